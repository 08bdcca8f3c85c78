//! An OpenID Connect server as a process of its own.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::Value;

use crate::{
    clients::{folder, node},
    support::send,
};

/// A server that runs, until it is dropped or the test ends in whatever way: it ends with its standard input.
pub(super) struct Issuer {
    child: Child,
    commands: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// What its tokens call it.
    pub(super) url: String,
    token_endpoint: String,
}

impl Issuer {
    /// oauth2-mock-server, which signs with RS256 whatever it is asked to.
    pub(super) fn mock() -> Self {
        Self::start("mock-issuer.mjs")
    }

    /// oidc-provider, which signs with ES256 or EdDSA.
    pub(super) fn provider() -> Self {
        Self::start("oidc-issuer.mjs")
    }

    fn start(script: &str) -> Self {
        let mut child = Command::new(node())
            .arg(folder().join(script))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null()) // warnings about the version of Node and the like
            .spawn()
            .expect("Node starts");
        let commands = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("its output is piped"));
        let mut issuer = Self { child, commands, output, url: String::new(), token_endpoint: String::new() };
        let itself = issuer.next_line();
        let text = |member: &str| itself[member].as_str().expect("a URL").to_owned();
        (issuer.url, issuer.token_endpoint) = (text("issuer"), text("tokenEndpoint"));
        issuer
    }

    /// A token by the grant of client credentials, with these parameters beside.
    pub(super) async fn token(&self, parameters: &[(&str, &str)]) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials").extend_pairs(parameters);
        let request = reqwest::Client::new()
            .post(&self.token_endpoint)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.finish());
        let answer = send(request).await;
        answer.json()["access_token"].as_str().unwrap_or_else(|| panic!("no token in {answer:?}")).to_owned()
    }

    /// Has it sign with a new key.
    pub(super) fn rotate(&mut self) {
        let commands = self.commands.as_mut().expect("it runs");
        writeln!(commands, "rotate").expect("it listens");
        assert!(self.next_line()["kid"].is_string());
    }

    /// Stops it.
    pub(super) fn stop(&mut self) {
        self.commands = None;
        self.child.wait().expect("it ends with its input");
    }

    fn next_line(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("a line");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line:?}; run `make test`"))
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
