//! An issuer on the loopback interface.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// How the issuer answers when it is asked for its keys.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// With this JSON.
    Json(String),
    /// With this status and these headers.
    Status(u16, String),
    /// With the beginning of an answer, and then nothing.
    HalfAnAnswer,
    /// Not at all.
    Silence,
}

/// An issuer on the loopback interface, until it is dropped.
pub(crate) struct Issuer {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
    serving: JoinHandle<()>,
}

struct State {
    discovery: Reply,
    keys: Reply,
    requests: Vec<String>,
}

impl Issuer {
    /// An issuer that publishes those keys.
    pub(crate) async fn with_keys(keys: &[Value]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let discovery = Reply::Json(json!({ "issuer": url, "jwks_uri": format!("{url}/keys") }).to_string());
        let state = State { discovery, keys: key_set(keys), requests: Vec::new() };
        let state = Arc::new(Mutex::new(state));
        let serving = tokio::spawn(serve(listener, Arc::clone(&state)));
        Self { url, state, serving }
    }

    /// Publishes other keys from now on.
    pub(crate) fn publish(&self, keys: &[Value]) {
        self.answer_with(key_set(keys));
    }

    /// Answers differently from now on.
    pub(crate) fn answer_with(&self, reply: Reply) {
        self.state.lock().unwrap().keys = reply;
    }

    /// Describes itself differently from now on.
    pub(crate) fn describe_with(&self, reply: Reply) {
        self.state.lock().unwrap().discovery = reply;
    }

    /// The paths that were asked for since this was last called.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().requests)
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn key_set(keys: &[Value]) -> Reply {
    Reply::Json(json!({ "keys": keys }).to_string())
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        // A client that goes away is part of some tests.
        tokio::spawn(async move { drop(answer(stream, &state).await) });
    }
}

/// Answers whatever comes over one connection.
async fn answer(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(path) = read(&mut stream).await? {
        let answer = match reply(state, path) {
            Reply::Json(json) => format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{json}", json.len()),
            Reply::Status(status, headers) => {
                format!("HTTP/1.1 {status} Status\r\n{headers}content-length: 0\r\n\r\n")
            }
            Reply::HalfAnAnswer => "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_owned(),
            Reply::Silence => String::new(),
        };
        stream.write_all(answer.as_bytes()).await?;
        stream.flush().await?;
    }
    Ok(())
}

/// The path of the next request; `None` at the end of the connection.
async fn read(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<String>> {
    let mut request = String::new();
    while !request.ends_with("\r\n\r\n") {
        if stream.read_line(&mut request).await? == 0 {
            return Ok(None);
        }
    }
    Ok(request.split(' ').nth(1).map(str::to_owned))
}

fn reply(state: &Mutex<State>, path: String) -> Reply {
    let mut state = state.lock().unwrap();
    let discovery = path.starts_with("/.well-known/");
    state.requests.push(path);
    if discovery { state.discovery.clone() } else { state.keys.clone() }
}
