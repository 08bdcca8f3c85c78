//! One process of a function: started, given events one after the other, frozen in between, ended.

use std::{
    fs, io,
    os::fd::OwnedFd,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill, killpg},
    time::ClockId,
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::unix::pipe,
    process::{Child, Command},
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
    time::timeout,
};

use crate::{
    failure::{Diagnostic, Failure, status_text},
    function::{Output, State},
    logs::Logs,
    runtime_api::{RuntimeApi, Work},
};

/// How long a process may take until it asks for its first event, as in the service.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);

/// For how long a figure of memory is good.
const MEMORY_TTL: Duration = Duration::from_millis(100);

/// How long to wait for the last lines of a process that has ended. Somebody else may hold its output open.
const LAST_LINES: Duration = Duration::from_secs(1);

/// What is run.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) binary: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) directory: Option<PathBuf>,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) output: Output,
}

/// A process. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    pid: u32,
    begun: Instant,
    clock: Option<ClockId>,
    api: Arc<RuntimeApi>,
    kill: mpsc::Sender<()>,
    exit: watch::Receiver<Option<ExitStatus>>,
    state: Mutex<State>,
    init: OnceLock<Init>,
    invocations: AtomicU64,
    memory: Mutex<Option<(Instant, u64)>>,
}

/// What the init phase took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Init {
    pub(crate) duration: Duration,
    pub(crate) cpu: Duration,
}

/// Told when the process asks for its first event, or says why it will not.
pub(crate) type Readiness = oneshot::Receiver<Result<(), Diagnostic>>;

impl Process {
    /// Starts a process. `ended` is called once it is no more.
    pub(crate) async fn spawn(
        program: &Program,
        logs: &Arc<Logs>,
        ended: impl FnOnce(u32) + Send + 'static,
    ) -> io::Result<(Self, Readiness)> {
        let (ready, readiness) = oneshot::channel();
        let api = Arc::new(RuntimeApi::open(ready).await?);
        let begun = Instant::now();
        let (child, reader) = spawn(program, &api, logs)?;
        let pid = child.id().ok_or_else(|| io::Error::other("the process has ended already"))?;
        let (kill, killed) = mpsc::channel(1);
        let (exited, exit) = watch::channel(None);
        let watched = Arc::clone(&api);
        tokio::spawn(async move {
            let status = outlive(child, killed).await;
            if let Some(reader) = reader {
                let _ = timeout(LAST_LINES, reader).await;
            }
            // Before the endpoint closes: who is told by that wants to know the status.
            exited.send_replace(Some(status));
            watched.close();
            ended(pid);
        });
        let process = Self {
            pid,
            begun,
            clock: ClockId::pid_cpu_clock_id(to_pid(pid)).ok(),
            api,
            kill,
            exit,
            state: Mutex::new(State::Starting),
            init: OnceLock::new(),
            invocations: AtomicU64::new(0),
            memory: Mutex::new(None),
        };
        Ok((process, readiness))
    }

    /// Waits until the process asks for its first event.
    pub(crate) async fn ready(&self, readiness: Readiness) -> Result<Init, Failure> {
        let Ok(outcome) = timeout(INIT_TIMEOUT, readiness).await else {
            self.end().await;
            return Err(init_failure("Runtime.InitTimeout", "no event was asked for in 10 seconds"));
        };
        match outcome {
            Ok(Ok(())) => {
                let init = Init { duration: self.begun.elapsed(), cpu: self.cpu() };
                Ok(*self.init.get_or_init(|| init))
            }
            Ok(Err(diagnostic)) => {
                self.end().await;
                Err(diagnostic.into_init())
            }
            Err(_) => {
                let status = status_text(self.exited().await);
                Err(init_failure("Runtime.ExitError", &format!("Runtime exited with error: {status}")))
            }
        }
    }

    /// Gives an event to the process, which is thawed first.
    pub(crate) async fn dispatch(&self, work: Work) {
        let frozen = std::mem::replace(&mut *self.state(), State::Busy) == State::Frozen;
        if frozen {
            self.signal(Signal::SIGCONT);
        }
        self.invocations.fetch_add(1, Ordering::Relaxed);
        self.api.dispatch(work).await;
    }

    /// The process has nothing to do; it is stopped meanwhile if that is wanted.
    pub(crate) fn rest(&self, freeze: bool) {
        if freeze {
            self.signal(Signal::SIGSTOP);
        }
        *self.state() = if freeze { State::Frozen } else { State::Idle };
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    pub(crate) fn current(&self) -> State {
        *self.state()
    }

    pub(crate) fn invocations(&self) -> u64 {
        self.invocations.load(Ordering::Relaxed)
    }

    pub(crate) fn init(&self) -> Option<Duration> {
        self.init.get().map(|init| init.duration)
    }

    /// User and system time of the process so far, of threads that are gone too. Zero once it has ended.
    pub(crate) fn cpu(&self) -> Duration {
        self.clock.and_then(|clock| clock.now().ok()).map(Duration::from).unwrap_or_default()
    }

    /// The most memory that it ever had resident, in bytes, as of at most [`MEMORY_TTL`] ago.
    pub(crate) fn max_memory(&self) -> u64 {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((read, bytes)) = *memory
            && (read.elapsed() < MEMORY_TTL)
        {
            return bytes;
        }
        let known = memory.map_or(0, |(_, bytes)| bytes);
        let bytes = resident(self.pid).unwrap_or(known);
        *memory = Some((Instant::now(), bytes));
        bytes
    }

    /// Kills the process, whatever it does. It goes on for a moment.
    pub(crate) fn kill(&self) {
        // Full or closed: it is being killed already, or has ended.
        let _ = self.kill.try_send(());
    }

    /// Kills the process, and waits until it is no more.
    pub(crate) async fn end(&self) {
        self.kill();
        self.exited().await;
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.exit.borrow().is_some()
    }

    /// How the process ended, when it has.
    pub(crate) async fn exited(&self) -> Option<ExitStatus> {
        self.exit.clone().wait_for(Option::is_some).await.ok().and_then(|status| *status)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signal(&self, signal: Signal) {
        // One that has just ended needs none.
        let _ = kill(to_pid(self.pid), signal);
    }
}

fn spawn(
    program: &Program,
    api: &RuntimeApi,
    logs: &Arc<Logs>,
) -> io::Result<(Child, Option<JoinHandle<()>>)> {
    let mut command = Command::new(&program.binary);
    command
        .args(&program.arguments)
        .env_clear()
        .envs(program.variables.iter().map(|(name, value)| (name, value)))
        .env("AWS_LAMBDA_RUNTIME_API", api.address().to_string())
        .env("AWS_LAMBDA_LOG_STREAM_NAME", format!("harness/[1]{:032x}", fastrand::u128(..)))
        .stdin(Stdio::null())
        // A group of its own: if the harness dies, the kernel hangs up a group that is stopped.
        .process_group(0)
        .kill_on_drop(true);
    if let Some(directory) = &program.directory {
        command.current_dir(directory);
    }
    let printed = match program.output {
        Output::Collect => {
            let (reader, writer) = io::pipe()?;
            command.stdout(writer.try_clone()?).stderr(writer);
            Some(reader)
        }
        Output::Discard => {
            command.stdout(Stdio::null()).stderr(Stdio::null());
            None
        }
        Output::Inherit => None,
    };
    let child = command.spawn()?;
    let (Some(printed), Some(pid)) = (printed, child.id()) else { return Ok((child, None)) };
    let receiver = pipe::Receiver::from_owned_fd(OwnedFd::from(printed))?;
    Ok((child, Some(tokio::spawn(collect(receiver, pid, Arc::clone(logs))))))
}

async fn collect(printed: pipe::Receiver, pid: u32, logs: Arc<Logs>) {
    let mut printed = BufReader::new(printed);
    let mut line = Vec::new();
    while let Ok(1..) = printed.read_until(b'\n', &mut line).await {
        logs.push(pid, String::from_utf8_lossy(&line).trim_end().to_owned());
        line.clear();
    }
}

/// Waits until a process ends, and kills it when that is wanted.
async fn outlive(mut child: Child, mut killed: mpsc::Receiver<()>) -> ExitStatus {
    tokio::select! {
        status = child.wait() => return status.unwrap_or_default(),
        // Wanted by name, or because nobody is left to want anything.
        _ = killed.recv() => {}
    }
    // With whatever it has started. It has not been waited for, so the number is its own.
    if let Some(pid) = child.id() {
        let _ = killpg(to_pid(pid), Signal::SIGKILL);
    }
    let _ = child.start_kill();
    child.wait().await.unwrap_or_default()
}

fn resident(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

fn to_pid(pid: u32) -> Pid {
    // The kernel has no larger ones.
    Pid::from_raw(i32::try_from(pid).unwrap_or(i32::MAX))
}

pub(crate) fn init_failure(error_type: &str, message: &str) -> Failure {
    Failure::Init { error_type: error_type.to_owned(), message: message.to_owned() }
}
