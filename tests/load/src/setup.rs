//! Making what is asked for: a project, its environments, their keys and their first flags.

use bytes::Bytes;
use http::{HeaderName, Method, StatusCode, header};
use serde_json::{Value, json};

use crate::{
    client::{Answer, Call, Connection, NoAnswer},
    content::{Content, FIRST},
    oracle::Secrets,
};

/// The project of all environments.
pub const PROJECT: &str = "load";
/// The header that makes a retry the same change.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What keeps a run from beginning.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The server does not answer.
    #[error("the server does not answer")]
    NoAnswer(#[from] NoAnswer),
    /// It refuses.
    #[error("{what} was answered by {status}: {body}")]
    Refused {
        /// What was asked for.
        what: String,
        /// The status.
        status: StatusCode,
        /// The beginning of the body.
        body: String,
    },
    /// It answers, but not as it should.
    #[error("{0} was answered without what should be in it")]
    Incomplete(String),
}

/// The names of that many environments.
pub fn names(environments: usize) -> Vec<String> {
    (0..environments).map(|number| format!("e{number}")).collect()
}

/// Makes the environments, each with a key and the first version of its flags; returns what opens them.
///
/// # Errors
/// When the server does not answer as it should.
pub async fn set_up(
    connection: &mut Connection,
    token: &str,
    content: Content,
    names: &[String],
) -> Result<Secrets, SetupError> {
    let mut admin = Admin { connection, token };
    admin.put(&format!("/v1/projects/{PROJECT}"), "{}").await?;
    let mut keys = Vec::new();
    for name in names {
        let environment = path(name);
        admin.put(&environment, "{}").await?;
        let key = admin.post(&format!("{environment}/keys"), r#"{"scope":"server"}"#.to_owned()).await?;
        let key = member(&key, "key").and_then(|key| Some(key.as_str()?.to_owned()));
        keys.push(key.ok_or_else(|| SetupError::Incomplete("a key".to_owned()))?);
        let file = content.definition(name, FIRST).to_string();
        let imported = admin.post(&format!("{environment}/import"), file).await?;
        if member(&imported, "version") != Some(json!(FIRST)) {
            return Err(SetupError::Incomplete("the first import".to_owned()));
        }
    }
    Ok(Secrets { keys, token: token.to_owned() })
}

/// The path of an environment in the management plane.
pub(crate) fn path(name: &str) -> String {
    format!("/v1/projects/{PROJECT}/environments/{name}")
}

/// A member of a body that is a JSON object.
pub(crate) fn member(answer: &Answer, name: &str) -> Option<Value> {
    serde_json::from_slice::<Value>(&answer.body).ok()?.get(name).cloned()
}

struct Admin<'a> {
    connection: &'a mut Connection,
    token: &'a str,
}

impl Admin<'_> {
    async fn put(&mut self, path: &str, body: &'static str) -> Result<Answer, SetupError> {
        let call = Call::send(Method::PUT, path, body).header(header::IF_NONE_MATCH, "*");
        self.send(call).await
    }

    async fn post(&mut self, path: &str, body: String) -> Result<Answer, SetupError> {
        let call = Call::send(Method::POST, path, Bytes::from(body));
        let call = if path.ends_with("/import") { call.header(header::IF_MATCH, "*") } else { call };
        self.send(call).await
    }

    async fn send(&mut self, call: Call) -> Result<Answer, SetupError> {
        let what = format!("{} {}", call.method, call.path);
        let answer = self.connection.call(&call.bearer(self.token)).await?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        let body = String::from_utf8_lossy(&answer.body).chars().take(300).collect();
        Err(SetupError::Refused { what, status: answer.status, body })
    }
}
