//! A client as a process, and what the system says that the process used.

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::ours;

/// How long the calls before the measured ones take: V8 compiles what it sees often.
const WARM_UP: Duration = Duration::from_millis(500);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    Ours,
    Go,
    Node,
    Python,
}

impl Client {
    pub(crate) const ALL: [Self; 4] = [Self::Ours, Self::Go, Self::Node, Self::Python];

    /// Whether it was built: Go's is not where there is no Go.
    pub(crate) fn is_here(self) -> bool {
        let is_here = self != Self::Go || repository().join(".tools/dax-go").is_file();
        if !is_here {
            println!("left out: there is no Go here, so aws-dax-go-v2 was not built");
        }
        is_here
    }

    fn command(self, endpoint: &str) -> Command {
        let (program, arguments) = match self {
            Self::Ours => (env::current_exe().unwrap(), vec![ours::ARGUMENT.to_owned()]),
            Self::Go => (repository().join(".tools/dax-go"), vec![]),
            Self::Node => ("node".into(), vec![script("cases.mjs")]),
            Self::Python => (repository().join(".tools/venv/bin/python"), vec![script("cases.py")]),
        };
        let mut command = Command::new(program);
        command.args(arguments).arg(endpoint);
        command.envs([("AWS_ACCESS_KEY_ID", "local"), ("AWS_SECRET_ACCESS_KEY", "local")]);
        command.envs([("AWS_REGION", "us-east-1"), ("AWS_DEFAULT_REGION", "us-east-1")]);
        command
    }
}

/// A client that runs until it is dropped.
pub(crate) struct Caller {
    process: Child,
    outcomes: BufReader<ChildStdout>,
}

impl Caller {
    /// Starts it. Returns how long it took to its first answer as well.
    pub(crate) fn start(client: Client, endpoint: &str, call: &Value) -> (Self, Duration) {
        let begun = Instant::now();
        let mut process =
            client.command(endpoint).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let outcomes = BufReader::new(process.stdout.take().unwrap());
        let mut caller = Self { process, outcomes };
        caller.call(call, 1, false);
        (caller, begun.elapsed())
    }

    /// How long a new client in the same process takes to its first answer.
    pub(crate) fn fresh(&mut self, call: &Value) -> Duration {
        self.call(call, 1, true)
    }

    /// Makes the call for a time. Returns how many microseconds each took, and how many of the process's CPU time.
    pub(crate) fn repeat(&mut self, call: &Value, time: Duration) -> (f64, f64) {
        let mut times = 1;
        let mut took = self.call(call, times, false);
        while took < WARM_UP {
            times *= 2;
            took = self.call(call, times, false);
        }
        let times = (f64::from(times) * time.as_secs_f64() / took.as_secs_f64()).ceil();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of calls")]
        let calls = times as u32;
        let before = self.cpu_time();
        let took = self.call(call, calls, false);
        let cpu_time = self.cpu_time().saturating_sub(before);
        (took.as_secs_f64() * 1e6 / times, cpu_time.as_secs_f64() * 1e6 / times)
    }

    /// How much memory it held at most, in MB.
    pub(crate) fn memory(&self) -> f64 {
        let status = self.proc("status");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1024.0
    }

    fn call(&mut self, call: &Value, times: u32, fresh: bool) -> Duration {
        let call = json!({
            "operation": call["operation"], "input": call["input"], "times": times, "fresh": fresh,
        });
        writeln!(self.process.stdin.as_mut().unwrap(), "{call}").unwrap();
        let mut outcome = String::new();
        self.outcomes.read_line(&mut outcome).unwrap();
        let outcome: Value = serde_json::from_str(&outcome).unwrap();
        assert!(outcome["output"].is_object(), "{outcome}");
        Duration::from_secs_f64(outcome["micros"].as_f64().unwrap() / 1e6)
    }

    /// Of all its threads, in user and kernel mode, in the system's ticks of a hundredth of a second.
    fn cpu_time(&self) -> Duration {
        let stat = self.proc("stat");
        let (_, fields) = stat.rsplit_once(')').unwrap(); // its name may have blanks
        let ticks = fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().unwrap());
        Duration::from_millis(10 * ticks.sum::<u64>())
    }

    fn proc(&self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.process.id())).unwrap()
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn script(name: &str) -> String {
    repository().join("tests/clients/dax").join(name).to_str().unwrap().to_owned()
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}
