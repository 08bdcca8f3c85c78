//! `pennon-local` as a process of its own.

use std::{
    env, fs,
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

/// How long a server may take to start or to stop: far more than it needs, since the machine runs other tests as well.
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(10);

/// A server that is about to be started.
#[derive(Debug)]
pub(crate) struct Start {
    directory: TempDir,
    variables: Vec<(String, String)>,
}

impl Start {
    /// A server in an empty directory of its own, on any free port, with the demo flags, and without throttles: tests ask more
    /// at once than people do.
    pub(crate) fn new() -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let start = Self { directory, variables: Vec::new() };
        start.variable("PORT", "0").variable("UNLIMITED", "1")
    }

    /// With the throttles of template.yaml, and those values for its parameters.
    pub(crate) fn throttled(self, parameters: &str) -> Self {
        self.variable("UNLIMITED", "").variable("PARAMETERS", parameters)
    }

    /// Serves this definition file.
    pub(crate) fn flags(self, json: &str) -> Self {
        let file = self.directory.path().join("flags.json");
        fs::write(&file, json).expect("the flag file is written");
        let file = file.to_str().expect("a path in UTF-8").to_owned();
        self.variable("FLAGS", file)
    }

    /// Sets an environment variable.
    pub(crate) fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.retain(|(set, _)| set != name);
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// The directory that it will run in.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Starts it and waits until it serves.
    pub(crate) fn serve(self) -> LocalServer {
        let child = self.spawn();
        let mut server = LocalServer {
            child,
            start: self,
            url: String::new(),
            key: String::new(),
            admin_token: String::new(),
            dynamodb: String::new(),
            client: reqwest::Client::builder().timeout(PATIENCE).build().expect("an HTTP client"),
        };
        server.wait_until_serving();
        server
    }

    /// Starts it, expecting that it gives up by itself; returns how it ended and what it printed.
    pub(crate) fn fail(self) -> (ExitStatus, String) {
        let status = self.wait_for_end(&mut self.spawn());
        (status, self.output())
    }

    fn wait_for_end(&self, child: &mut Child) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = child.try_wait().expect("the state of a process") {
                return status;
            }
            if begun.elapsed() > PATIENCE {
                kill(child);
                panic!("pennon-local was to end, but runs:\n{}", self.output());
            }
            thread::sleep(POLL);
        }
    }

    fn spawn(&self) -> Child {
        let log = File::create(self.log()).expect("the log file is made");
        let log_too = log.try_clone().expect("a second handle of the log file");
        Command::new(program())
            .current_dir(self.directory.path())
            .env_clear()
            .envs(self.variables.iter().cloned())
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(log_too)
            .spawn()
            .expect("pennon-local starts")
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("output.log")
    }

    fn output(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }
}

/// A server that runs, until it is dropped.
#[derive(Debug)]
pub(crate) struct LocalServer {
    child: Child,
    start: Start,
    /// Its base URL, without a slash at the end.
    pub(crate) url: String,
    /// An SDK key that opens the environment it serves.
    pub(crate) key: String,
    /// A token that may do everything.
    pub(crate) admin_token: String,
    /// The base URL of its DynamoDB.
    pub(crate) dynamodb: String,
    client: reqwest::Client,
}

/// What the server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    headers: reqwest::header::HeaderMap,
    /// The body, which is always text.
    pub(crate) text: String,
}

impl Answer {
    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {self:#?}"))
    }

    /// The header, or `None`.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a header in ASCII"))
    }

    /// The entity tag, which must be there.
    #[track_caller]
    pub(crate) fn etag(&self) -> &str {
        self.header("etag").unwrap_or_else(|| panic!("no ETag in {self:#?}"))
    }
}

impl LocalServer {
    /// A server of this definition file.
    pub(crate) fn with_flags(json: &str) -> Self {
        Start::new().flags(json).serve()
    }

    /// A request with the SDK key, ready for more headers and a body. `path` is sent as it is written.
    pub(crate) fn post(&self, path: &str) -> reqwest::RequestBuilder {
        self.anonymous_post(path).bearer_auth(&self.key)
    }

    /// A request without any key.
    pub(crate) fn anonymous_post(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.post(format!("{}{path}", self.url)).header("content-type", "application/json")
    }

    /// A request of any method, without any key.
    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().expect("an HTTP method");
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// A request of the management plane with the admin's token.
    pub(crate) fn manage(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.request(method, path).bearer_auth(&self.admin_token).header("content-type", "application/json")
    }

    /// Evaluates one flag. `body` is the request body as text.
    pub(crate) async fn evaluate(&self, flag: &str, body: &str) -> Answer {
        send(self.post(&format!("/ofrep/v1/evaluate/flags/{flag}")).body(body.to_owned())).await
    }

    /// Evaluates every flag. `body` is the request body as text.
    pub(crate) async fn evaluate_all(&self, body: &str) -> Answer {
        send(self.post("/ofrep/v1/evaluate/flags").body(body.to_owned())).await
    }

    /// What it printed so far.
    pub(crate) fn output(&self) -> String {
        self.start.output()
    }

    /// The directory that it runs in.
    pub(crate) fn directory(&self) -> &Path {
        self.start.directory()
    }

    /// Replaces the definition file that it serves, as an editor does.
    pub(crate) fn edit_flags(&self, json: &str) {
        let directory = self.directory();
        fs::write(directory.join("flags.json.new"), json).expect("the new flag file is written");
        fs::rename(directory.join("flags.json.new"), directory.join("flags.json"))
            .expect("it replaces the old");
    }

    /// Ends it with no chance to tidy up, and starts it again in the same directory with the same variables.
    pub(crate) fn kill_and_restart(&mut self) {
        kill(&mut self.child);
        fs::remove_file(self.directory().join(".pennon/local.json")).expect("the old connection file goes");
        self.child = self.start.spawn();
        self.wait_until_serving();
    }

    /// Tells it to stop, as a supervisor does; returns how it ended.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        let told = Command::new("kill").arg(self.child.id().to_string()).status().expect("kill runs");
        assert!(told.success(), "pennon-local had ended before");
        self.start.wait_for_end(&mut self.child)
    }

    fn wait_until_serving(&mut self) {
        let begun = Instant::now();
        loop {
            if let Some(connection) = connection(self.directory()) {
                let text = |member: &str| connection[member].as_str().unwrap_or_default().to_owned();
                text("url").trim_end_matches('/').clone_into(&mut self.url);
                (self.key, self.admin_token) = (text("sdkKey"), text("adminToken"));
                self.dynamodb = text("dynamodbUrl");
                return;
            }
            if let Some(status) = self.child.try_wait().expect("the state of a process") {
                panic!("pennon-local ended with {status}:\n{}", self.output());
            }
            assert!(begun.elapsed() < PATIENCE, "pennon-local does not serve:\n{}", self.output());
            thread::sleep(POLL);
        }
    }
}

impl Drop for LocalServer {
    fn drop(&mut self) {
        kill(&mut self.child);
        if thread::panicking() {
            println!("pennon-local printed:\n{}", self.output());
        }
    }
}

/// Sends a request and reads the whole answer.
pub(crate) async fn send(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("the server answers");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.expect("the answer is text");
    Answer { status, headers, text }
}

/// The binary beside the test's own: both come from the same build.
fn program() -> PathBuf {
    let this = env::current_exe().expect("the path of the test binary");
    let build = this.parent().and_then(Path::parent).expect("the test binary is in <build>/deps");
    let program = build.join("pennon-local");
    assert!(program.is_file(), "{} is missing: `make test` builds it", program.display());
    program
}

/// What the server says of itself once it serves.
fn connection(directory: &Path) -> Option<Value> {
    let text = fs::read_to_string(directory.join(".pennon/local.json")).ok()?;
    serde_json::from_str(&text).ok()
}

fn kill(child: &mut Child) {
    child.kill().ok();
    child.wait().ok();
}
