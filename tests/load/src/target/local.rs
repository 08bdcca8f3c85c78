//! `pennon-local` as a process of its own.

use std::{
    env, fs,
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde::Deserialize;
use tempfile::TempDir;

use super::TargetError;

/// The program, which is built beside this one.
const PROGRAM: &str = "pennon-local";
/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(10);

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct LocalTarget {
    child: Child,
    directory: TempDir,
    /// Its authority, for example `127.0.0.1:40123`.
    pub authority: String,
    /// The token of an admin.
    pub token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Connection {
    url: String,
    admin_token: String,
}

impl LocalTarget {
    /// Starts it on a free port, without throttles, and waits until it serves.
    ///
    /// # Errors
    /// When it cannot be started, or does not serve in time.
    pub async fn start() -> Result<Self, TargetError> {
        let directory = TempDir::new().map_err(TargetError::io("no temporary directory"))?;
        let child = spawn(directory.path())?;
        let mut server = Self { child, directory, authority: String::new(), token: String::new() };
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE && !server.has_ended() {
            if let Some(Connection { url, admin_token }) = server.connection() {
                url.trim_start_matches("http://").trim_end_matches('/').clone_into(&mut server.authority);
                server.token = admin_token;
                return Ok(server);
            }
            tokio::time::sleep(POLL).await;
        }
        Err(TargetError::Silent { program: PROGRAM, output: server.output() })
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn connection(&self) -> Option<Connection> {
        let text = fs::read_to_string(self.directory.path().join(".pennon/local.json")).ok()?;
        serde_json::from_str(&text).ok()
    }

    fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    fn output(&self) -> String {
        fs::read_to_string(log(self.directory.path())).unwrap_or_default()
    }
}

impl Drop for LocalTarget {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(directory: &Path) -> Result<Child, TargetError> {
    let output = File::create(log(directory)).map_err(TargetError::io("no file for the output"))?;
    let errors = output.try_clone().map_err(TargetError::io("no file for the output"))?;
    Command::new(beside_this(PROGRAM)?)
        .current_dir(directory)
        .env_clear()
        .envs([("PORT", "0"), ("UNLIMITED", "1"), ("RUST_LOG", "warn")])
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .spawn()
        .map_err(TargetError::io(format!("{PROGRAM} cannot be started: is it built?")))
}

/// A program of the same build as this one.
pub(crate) fn beside_this(program: &str) -> Result<PathBuf, TargetError> {
    let this = env::current_exe().map_err(TargetError::io("no path of this program"))?;
    Ok(this.with_file_name(program))
}

fn log(directory: &Path) -> PathBuf {
    directory.join("output.log")
}
