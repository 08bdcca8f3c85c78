//! The Lambda Runtime API, version 2018-06-01, for one process: on a loopback port of its own, as in the service.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
    task::{AbortHandle, JoinSet},
};

use crate::failure::{Diagnostic, Failure, Payload};

/// The most that an event or a buffered answer may have: 6 MB of 2^20 bytes.
pub(crate) const MAX_PAYLOAD: usize = 6 << 20;

/// Pieces of a streamed answer that wait for their reader, before the process has to.
const FRAMES: usize = 16;

/// An event, and what the process is told with it.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) request_id: String,
    /// Milliseconds since 1970.
    pub(crate) deadline: u128,
    pub(crate) function_arn: Arc<str>,
    pub(crate) trace_id: String,
    pub(crate) event: Bytes,
    /// Where the answer goes.
    pub(crate) answer: oneshot::Sender<Answer>,
    /// Told when the process asks for the next event: it is done with this one.
    pub(crate) done: oneshot::Sender<()>,
}

/// What a process posts. Streamed ones have only begun.
#[derive(Debug)]
pub(crate) enum Answer {
    Whole(Bytes),
    Stream(mpsc::Receiver<Frame>),
    Failed(Failure),
}

/// A piece of a streamed answer. Without [`Frame::End`] it broke off.
#[derive(Debug)]
pub(crate) enum Frame {
    Data(Bytes),
    Failed(Failure),
    End,
}

/// What the process has been given and not finished.
#[derive(Debug)]
enum Phase {
    Starting(oneshot::Sender<Result<(), Diagnostic>>),
    Idle,
    Busy {
        request_id: String,
        answer: Option<oneshot::Sender<Answer>>,
        done: oneshot::Sender<()>,
    },
    /// The process has ended.
    Over,
}

/// The endpoint of one process. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    address: SocketAddr,
    work: mpsc::Sender<Work>,
    state: Arc<State>,
    server: AbortHandle,
}

#[derive(Debug)]
struct State {
    phase: Mutex<Phase>,
    work: tokio::sync::Mutex<mpsc::Receiver<Work>>,
}

impl RuntimeApi {
    /// Opens the endpoint. `started` is told when the process asks for its first event, or says why it will not.
    pub(crate) async fn open(started: oneshot::Sender<Result<(), Diagnostic>>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (work, queue) = mpsc::channel(1);
        let state = Arc::new(State {
            phase: Mutex::new(Phase::Starting(started)),
            work: tokio::sync::Mutex::new(queue),
        });
        let server = tokio::spawn(serve(listener, Arc::clone(&state))).abort_handle();
        Ok(Self { address, work, state, server })
    }

    /// What `AWS_LAMBDA_RUNTIME_API` says.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gives an event to the process, which has asked for one.
    pub(crate) async fn dispatch(&self, work: Work) {
        // Lost if the process has ended: whoever waits for the answer hears of it.
        let _ = self.work.send(work).await;
    }

    /// The process has ended: whoever waits for it need not.
    pub(crate) fn close(&self) {
        *self.state.phase() = Phase::Over;
        self.server.abort();
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl State {
    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The process asks for an event: whatever it had is over.
    fn asked(&self) {
        let mut phase = self.phase();
        if matches!(*phase, Phase::Over) {
            return;
        }
        match std::mem::replace(&mut *phase, Phase::Idle) {
            Phase::Starting(started) => drop(started.send(Ok(()))),
            // An answer that was never given fails with its sender.
            Phase::Busy { done, .. } => drop(done.send(())),
            Phase::Idle | Phase::Over => {}
        }
    }

    /// Who waits for the answer to that event, if it is the one that the process has and nothing was answered yet.
    fn awaited(&self, request_id: &str) -> Option<oneshot::Sender<Answer>> {
        match &mut *self.phase() {
            Phase::Busy { request_id: current, answer, .. } if current == request_id => answer.take(),
            _ => None,
        }
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        connections.spawn(connection(stream, Arc::clone(&state)));
    }
}

async fn connection(stream: TcpStream, state: Arc<State>) {
    // Small answers must not wait for the acknowledgement of others. Nothing is lost where it cannot be set.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let state = Arc::clone(&state);
        async move { Ok::<_, Infallible>(answer(&state, request).await) }
    });
    // It ends when the process does.
    let _ = hyper::server::conn::http1::Builder::new()
        // As the service writes them, for runtimes that do not know that it makes no difference.
        .title_case_headers(true)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(state: &State, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let Some(call) = path.strip_prefix("/2018-06-01/runtime/") else { return status(StatusCode::NOT_FOUND) };
    match (request.method(), call.strip_prefix("invocation/").map(|call| call.split_once('/'))) {
        (&Method::GET, Some(None)) if call == "invocation/next" => next(state).await,
        (&Method::POST, Some(Some((id, "response")))) => response(state, id, request).await,
        (&Method::POST, Some(Some((id, "error")))) => error(state, id, request).await,
        (&Method::POST, None) if call == "init/error" => init_error(state, request).await,
        _ => status(StatusCode::NOT_FOUND),
    }
}

async fn next(state: &State) -> Response<Full<Bytes>> {
    state.asked();
    let Some(work) = state.work.lock().await.recv().await else { return status(StatusCode::GONE) };
    let response = Response::builder()
        .header("Lambda-Runtime-Aws-Request-Id", &work.request_id)
        .header("Lambda-Runtime-Deadline-Ms", work.deadline.to_string())
        .header("Lambda-Runtime-Invoked-Function-Arn", &*work.function_arn)
        .header("Lambda-Runtime-Trace-Id", &work.trace_id)
        .header("Content-Type", "application/json")
        .body(Full::new(work.event));
    let mut phase = state.phase();
    if !matches!(*phase, Phase::Over) {
        let (request_id, answer) = (work.request_id, Some(work.answer));
        *phase = Phase::Busy { request_id, answer, done: work.done };
    }
    response.unwrap_or_else(|_| status(StatusCode::INTERNAL_SERVER_ERROR))
}

async fn response(state: &State, id: &str, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let Some(awaited) = state.awaited(id) else { return status(StatusCode::BAD_REQUEST) };
    let (parts, body) = request.into_parts();
    if is_streaming(&parts.headers) {
        let (frames, stream) = mpsc::channel(FRAMES);
        let _ = awaited.send(Answer::Stream(stream));
        pass_on(body, frames).await;
        return status(StatusCode::ACCEPTED);
    }
    let Some(whole) = whole(body).await else { return status(StatusCode::BAD_REQUEST) };
    if whole.len() > MAX_PAYLOAD {
        let _ = awaited.send(Answer::Failed(Failure::TooLarge(Payload::Answer)));
        return status(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let _ = awaited.send(Answer::Whole(whole));
    status(StatusCode::ACCEPTED)
}

async fn error(state: &State, id: &str, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let Some(awaited) = state.awaited(id) else { return status(StatusCode::BAD_REQUEST) };
    let body = whole(request.into_body()).await.unwrap_or_default();
    let _ = awaited.send(Answer::Failed(Diagnostic::parse(&body).into_failure()));
    status(StatusCode::ACCEPTED)
}

async fn init_error(state: &State, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let body = whole(request.into_body()).await.unwrap_or_default();
    let mut phase = state.phase();
    if !matches!(*phase, Phase::Starting(_)) {
        return status(StatusCode::FORBIDDEN);
    }
    if let Phase::Starting(started) = std::mem::replace(&mut *phase, Phase::Over) {
        let _ = started.send(Err(Diagnostic::parse(&body)));
    }
    status(StatusCode::ACCEPTED)
}

fn is_streaming(headers: &HeaderMap) -> bool {
    headers.get("Lambda-Runtime-Function-Response-Mode").is_some_and(|mode| mode == "streaming")
}

/// Passes a body on as it comes. Nobody may be interested any more; it is read all the same.
async fn pass_on(mut body: Incoming, frames: mpsc::Sender<Frame>) {
    while let Some(frame) = body.frame().await {
        // A connection that broke off: no end is told.
        let Ok(frame) = frame else { return };
        let frame = match frame.into_data() {
            Ok(data) => Frame::Data(data),
            Err(frame) => match frame.trailers_ref().and_then(failed_midway) {
                Some(failure) => Frame::Failed(failure),
                None => continue,
            },
        };
        let _ = frames.send(frame).await;
    }
    let _ = frames.send(Frame::End).await;
}

/// The error that came after the beginning of the answer, in its trailers.
fn failed_midway(trailers: &HeaderMap) -> Option<Failure> {
    let text = |name| trailers.get(name).and_then(|value| value.to_str().ok());
    let error_type = text("Lambda-Runtime-Function-Error-Type")?.to_owned();
    let message = text("Lambda-Runtime-Function-Error-Body").unwrap_or_default().to_owned();
    Some(Failure::Function { error_type, message })
}

/// The body in one piece, or one byte more than is allowed. `None` when the connection broke off.
async fn whole(mut body: Incoming) -> Option<Bytes> {
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.ok()?.into_data() else { continue };
        // What is over the limit is read, so that the process can finish, and not kept.
        if whole.len() <= MAX_PAYLOAD {
            whole.extend_from_slice(&data);
        }
    }
    Some(whole.freeze())
}

/// What the service answers beside events: a status, and that as JSON.
fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let text = if status.is_success() { r#"{"status":"OK"}"# } else { r#"{"errorType":"InvalidRequest"}"# };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response
}
