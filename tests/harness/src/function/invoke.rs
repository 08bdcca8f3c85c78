//! The life of one invocation.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use tokio::{sync::oneshot, time::timeout_at};

use super::{Inner, Output};
use crate::{
    Failure, Payload, Report,
    process::{Init, Process, init_failure},
    runtime_api::{Answer, MAX_PAYLOAD, Work},
};

/// What the end of an invocation depends on.
struct Run {
    process: Arc<Process>,
    request_id: String,
    init: Option<Init>,
    begun: Instant,
    cpu: Duration,
}

impl Inner {
    /// Has an event answered. `answered` is told as soon as there is an answer; the report comes when the process is done.
    pub(super) async fn run(
        self: Arc<Self>,
        event: Bytes,
        answered: oneshot::Sender<Answer>,
    ) -> Result<Report, Failure> {
        if event.len() > MAX_PAYLOAD {
            return Err(Failure::TooLarge(Payload::Event));
        }
        let idle = self.pool.lease()?;
        let started = match idle {
            Some(process) => Ok((process, None)),
            None => self.start().await,
        };
        let (process, init) = started.inspect_err(|_| self.pool.release(None))?;
        let outcome = self.give(Arc::clone(&process), init, event, answered).await;
        let reusable = !process.has_ended();
        if reusable {
            process.rest(self.freeze);
        }
        self.pool.release(reusable.then_some(process));
        outcome
    }

    async fn start(&self) -> Result<(Arc<Process>, Option<Init>), Failure> {
        let this = self.this.clone();
        let ended = move |pid| {
            if let Some(function) = this.upgrade() {
                function.pool.remove(pid);
            }
        };
        let spawned = Process::spawn(&self.program, &self.logs, ended).await;
        let (process, readiness) =
            spawned.map_err(|error| init_failure("Runtime.InvalidEntrypoint", &error.to_string()))?;
        let process = Arc::new(process);
        self.pool.add(&process);
        let init = process.ready(readiness).await?;
        Ok((process, Some(init)))
    }

    /// Gives the event to the process. When this returns, the process has asked for the next one, or has ended.
    async fn give(
        &self,
        process: Arc<Process>,
        init: Option<Init>,
        event: Bytes,
        answered: oneshot::Sender<Answer>,
    ) -> Result<Report, Failure> {
        let begun = Instant::now();
        let run = Run { cpu: process.cpu(), process, request_id: request_id(), init, begun };
        let deadline = begun + self.timeout;
        let (answer, to_answer) = oneshot::channel();
        let (done, when_done) = oneshot::channel();
        let work = self.work(run.request_id.clone(), event, answer, done);
        run.process.dispatch(work).await;
        let answer = tokio::select! {
            // An answer that is there counts, even if the process has ended since.
            biased;
            answer = timeout_at(deadline.into(), to_answer) => answer.map(Result::ok),
            // It may have been ending when it was given the event, and never have asked for it.
            _ = run.process.exited() => Ok(None),
        };
        let answer = match answer {
            Ok(Some(answer)) => answer,
            Ok(None) => return Err(run.unanswered().await),
            Err(_) => return Err(self.timed_out(&run).await),
        };
        let in_one_piece = matches!(answer, Answer::Whole(_));
        // Whoever asked may be gone.
        let _ = answered.send(answer);
        let failure = match timeout_at(deadline.into(), when_done).await {
            Ok(Ok(())) => return Ok(self.report(&run)),
            Ok(Err(_)) => Failure::Exited(run.process.exited().await),
            Err(_) => self.timed_out(&run).await,
        };
        // Whoever has the whole answer does not mind what happened afterwards.
        if in_one_piece { Ok(self.report(&run)) } else { Err(failure) }
    }

    fn work(
        &self,
        request_id: String,
        event: Bytes,
        answer: oneshot::Sender<Answer>,
        done: oneshot::Sender<()>,
    ) -> Work {
        Work {
            request_id,
            deadline: (now() + self.timeout).as_millis(),
            function_arn: Arc::clone(&self.arn),
            trace_id: trace_id(),
            event,
            answer,
            done,
        }
    }

    async fn timed_out(&self, run: &Run) -> Failure {
        run.process.end().await;
        let failure = Failure::TimedOut(self.timeout);
        self.log(run, || format!("{} {failure}", run.request_id));
        failure
    }

    fn report(&self, run: &Run) -> Report {
        let report = Report {
            duration: run.begun.elapsed(),
            cpu: run.process.cpu().saturating_sub(run.cpu),
            init: run.init.map(|init| init.duration),
            init_cpu: run.init.map(|init| init.cpu),
            memory_mb: self.memory_mb,
            max_memory: run.process.max_memory(),
            request_id: run.request_id.clone(),
        };
        self.log(run, || report.to_string());
        report
    }

    fn log(&self, run: &Run, text: impl FnOnce() -> String) {
        if self.program.output == Output::Collect {
            self.logs.push(run.process.pid(), text());
        }
    }
}

impl Run {
    /// Why there will be no answer.
    async fn unanswered(&self) -> Failure {
        if self.process.has_ended() {
            return Failure::Exited(self.process.exited().await);
        }
        Failure::Function {
            error_type: "Runtime.NoAnswer".to_owned(),
            message: "the process asked for another event before it had answered".to_owned(),
        }
    }
}

/// A UUID, version 4.
pub(crate) fn request_id() -> String {
    let bits = (fastrand::u128(..) & !(0xf << 76 | 0x3 << 62)) | 0x4 << 76 | 0x2 << 62;
    let hex = format!("{bits:032x}");
    let mut id = String::with_capacity(36);
    for (at, digit) in hex.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            id.push('-');
        }
        id.push(digit);
    }
    id
}

/// A trace that is not sampled.
fn trace_id() -> String {
    let (time, unique) = (now().as_secs(), fastrand::u128(..) >> 32);
    format!("Root=1-{time:08x}-{unique:024x};Parent={:016x};Sampled=0", fastrand::u64(..))
}

#[expect(clippy::disallowed_methods, reason = "the processes compare it with the clock of the system")]
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_are_uuids() {
        let id = request_id();
        let parts: Vec<_> = id.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_eq!(&id[14..15], "4");
        assert!("89ab".contains(&id[19..20]), "{id}");
    }

    #[test]
    fn trace_ids_are_those_of_x_ray() {
        let id = trace_id();
        let (root, rest) = id.split_once(";Parent=").unwrap();
        assert_eq!(
            (root.len(), rest.len()),
            ("Root=1-58406520-a006649127e371903a2de979".len(), 16 + 10),
            "{id}"
        );
    }
}
