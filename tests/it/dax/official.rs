//! The official clients, as processes that make one call after the other.

use std::{
    fmt, fs,
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::lab::{ACCESS_KEY, Lab, REGION, SECRET_KEY};
use crate::{clients, support::repository};

/// How long a call may take that is to end: longer than any of the clients waits between its attempts.
const PATIENCE: Duration = Duration::from_secs(50);

/// One of the official clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    /// amazon-dax-client.
    Python,
    /// @amazon-dax-sdk/client-dax.
    Node,
    /// aws-dax-go-v2.
    Go,
}

impl Client {
    /// Those that can run here. Python and Node always can, or the tests fail.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        [Self::Python, Self::Node, Self::Go].into_iter().filter(|client| client.is_here())
    }

    /// Whether it can run here: Go's cannot where there is no Go.
    pub(super) fn is_here(self) -> bool {
        let is_here = self != Self::Go || has_go();
        if !is_here {
            println!("skipped: there is no Go here, so aws-dax-go-v2 was not built");
        }
        is_here
    }

    /// The cluster as it finds it: Node's asks name servers, and these know no `localhost`.
    fn url(self, lab: &Lab) -> String {
        let url = lab.url();
        if self == Self::Node { url.replace("localhost", "127.0.0.1") } else { url }
    }

    /// What runs it; the endpoint is the last argument.
    fn command(self) -> Command {
        let folder = clients::folder().join("dax");
        let (program, script) = match self {
            Self::Python => (repository().join(".tools/venv/bin/python"), Some(folder.join("cases.py"))),
            Self::Node => (clients::node(), Some(folder.join("cases.mjs"))),
            Self::Go => (go_binary(), None),
        };
        let mut command = Command::new(program);
        command.args(script);
        command
    }
}

impl fmt::Display for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

fn go_binary() -> PathBuf {
    repository().join(".tools/dax-go")
}

fn has_go() -> bool {
    go_binary().is_file() || Command::new("go").arg("version").output().is_ok()
}

/// An official client that runs until it is dropped.
#[derive(Debug)]
pub(super) struct Official {
    pub(super) client: Client,
    child: Child,
    calls: ChildStdin,
    outcomes: Receiver<String>,
    /// Where its messages go, and the certificate that it trusts is.
    directory: TempDir,
}

impl Official {
    /// Starts it as a client of that cluster, with the credentials that the lab's clusters take.
    pub(super) fn start(client: Client, lab: &Lab) -> Self {
        Self::start_with(client, lab, SECRET_KEY)
    }

    /// Starts it with that secret key.
    pub(super) fn start_with(client: Client, lab: &Lab, secret_key: &str) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let mut command = client.command();
        command.arg(client.url(lab));
        // None of the developer's own configuration: it is looked for in the home directory.
        command.env("HOME", directory.path()).env_remove("AWS_PROFILE").env_remove("AWS_SESSION_TOKEN");
        command.envs([("AWS_ACCESS_KEY_ID", ACCESS_KEY), ("AWS_SECRET_ACCESS_KEY", secret_key)]);
        command.envs([("AWS_REGION", REGION), ("AWS_DEFAULT_REGION", REGION)]);
        if let Some(ca) = lab.ca_pem() {
            let file = directory.path().join("ca.pem");
            fs::write(&file, ca).expect("the certificate is written");
            command.env("SSL_CERT_FILE", &file).env("NODE_EXTRA_CA_CERTS", &file);
        }
        let messages = fs::File::create(directory.path().join("messages")).expect("a file for messages");
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(messages)
            .spawn()
            .unwrap_or_else(|error| panic!("{client}: {error}; run `make test`"));
        let (calls, outcomes) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        Self { client, child, calls, outcomes: lines(outcomes), directory }
    }

    /// Makes the call of a case, `{"operation": .., "input": ..}`. Returns `{"output": ..}` or `{"error": ..}`.
    #[track_caller]
    pub(super) fn call(&mut self, case: &Value) -> Value {
        self.send(case);
        self.outcome()
    }

    /// Makes the call without waiting for what comes of it.
    pub(super) fn send(&mut self, case: &Value) {
        let call =
            json!({"operation": case["operation"], "input": case["input"], "fresh": case["fresh"] == true});
        writeln!(self.calls, "{call}").expect("the client reads the call");
    }

    /// What came of the call that was sent.
    #[track_caller]
    pub(super) fn outcome(&mut self) -> Value {
        self.outcome_within(PATIENCE).unwrap_or_else(|| panic!("{} hangs", self.client))
    }

    /// The same; `None` if nothing came of it within the time.
    #[track_caller]
    pub(super) fn outcome_within(&mut self, time: Duration) -> Option<Value> {
        match self.outcomes.recv_timeout(time) {
            Ok(line) => Some(
                serde_json::from_str(&line)
                    .unwrap_or_else(|error| panic!("{}: {error}: {line}", self.client)),
            ),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => panic!("{} ended:\n{}", self.client, self.messages()),
        }
    }

    fn messages(&self) -> String {
        fs::read_to_string(self.directory.path().join("messages")).unwrap_or_default()
    }
}

impl Drop for Official {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if thread::panicking() {
            println!("{} wrote:\n{}", self.client, self.messages());
        }
    }
}

/// The lines that are read until the end, so that waiting for one can be given up.
fn lines(output: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
