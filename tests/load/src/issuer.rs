//! An OpenID Connect issuer on the loopback interface, whose keys can be changed.

use std::{
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use pennon_domain::{Clock, SystemClock};
use ring::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair},
};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    task::{AbortHandle, JoinSet},
};

/// For whom its tokens are.
pub const AUDIENCE: &str = "pennon";
/// For how long a token is valid, in seconds: longer than any run.
const LIFETIME: u64 = 12 * 60 * 60;

/// An issuer. It stops when it is dropped.
#[derive(Debug)]
pub struct Issuer {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    server: AbortHandle,
}

/// There is no key to be had: the system gives no random numbers.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("no key can be made")]
pub struct NoKey;

#[derive(Debug)]
struct State {
    /// What it calls itself: where clients find it, which is not where it listens if there is a proxy.
    url: String,
    /// All that it publishes. It signs with the last.
    keys: Vec<Key>,
    /// How many tokens it has made.
    tokens: u64,
}

#[derive(Debug)]
struct Key {
    id: String,
    pair: Ed25519KeyPair,
}

impl Issuer {
    /// Starts with one key. Runs on the caller's runtime.
    ///
    /// # Errors
    /// When there is no port or no key.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let keys = vec![Key::new(0).map_err(io::Error::other)?];
        let state = Arc::new(Mutex::new(State { url: format!("http://{address}"), keys, tokens: 0 }));
        let server = tokio::spawn(serve(listener, Arc::clone(&state))).abort_handle();
        Ok(Self { address, state, server })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Has it call itself by another URL, that of a proxy in front of it.
    pub fn is_reached_at(&self, url: impl Into<String>) {
        self.state().url = url.into();
    }

    /// Makes a new key, beside the old ones, and signs with it from now on.
    ///
    /// # Errors
    /// When there is no key.
    pub fn rotate(&self) -> Result<(), NoKey> {
        let mut state = self.state();
        let key = Key::new(state.keys.len())?;
        state.keys.push(key);
        Ok(())
    }

    /// The token of an admin, another one each time.
    pub fn token(&self) -> String {
        let mut state = self.state();
        state.tokens += 1;
        let now = SystemClock.now().as_secs();
        let claims = json!({
            "iss": state.url, "aud": AUDIENCE, "sub": "load", "pennon_roles": ["admin"], "iat": now, "exp": now + LIFETIME,
            "jti": state.tokens.to_string(),
        });
        state.keys.last().map_or_else(String::new, |key| key.sign(&claims))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Key {
    fn new(number: usize) -> Result<Self, NoKey> {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| NoKey)?;
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).map_err(|_| NoKey)?;
        Ok(Self { id: format!("key-{number}"), pair })
    }

    /// The public key, as RFC 8037 writes it.
    fn published(&self) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.pair.public_key());
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": self.id, "use": "sig", "x": x })
    }

    fn sign(&self, claims: &Value) -> String {
        let header = json!({ "alg": "EdDSA", "typ": "JWT", "kid": self.id });
        let [header, claims] = [header, claims.clone()].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let message = format!("{header}.{claims}");
        let signature = URL_SAFE_NO_PAD.encode(self.pair.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    // Dropped, and with them every connection, when the issuer is.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        let state = Arc::clone(&state);
        let service = service_fn(move |request| {
            let answer = answer(&locked(&state), &request);
            async move { Ok::<_, Infallible>(answer) }
        });
        connections.spawn(async move {
            // A connection that breaks is the client's affair.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn answer(state: &State, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let document = match request.uri().path() {
        "/.well-known/openid-configuration" => {
            json!({ "issuer": state.url, "jwks_uri": format!("{}/keys", state.url) })
        }
        "/keys" => json!({ "keys": state.keys.iter().map(Key::published).collect::<Vec<_>>() }),
        _ => {
            let mut missing = Response::new(Full::default());
            *missing.status_mut() = StatusCode::NOT_FOUND;
            return missing;
        }
    };
    let mut response = Response::new(Full::new(Bytes::from(document.to_string())));
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pennon_auth::{Authenticator, Config};

    use super::*;

    #[tokio::test]
    async fn its_tokens_are_taken_and_so_are_those_of_a_new_key_by_whoever_asks_for_the_keys() {
        let issuer = Issuer::start().await.unwrap();
        let url = format!("http://{}", issuer.address());
        let open = || Authenticator::new(Config::new(&url, AUDIENCE), Arc::new(SystemClock)).unwrap();
        let (before, old) = (open(), issuer.token());
        assert_eq!(before.principal(&old).await.unwrap().subject(), "load");
        issuer.rotate().unwrap();
        let new = issuer.token();
        assert!(before.principal(&new).await.is_err());
        let after = open();
        assert!(after.principal(&new).await.is_ok() && after.principal(&old).await.is_ok());
    }
}
