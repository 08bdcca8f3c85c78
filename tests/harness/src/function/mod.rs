//! A Lambda function: a binary, its variables and limits, and as many processes as there are invocations at once.

mod builder;
mod invoke;
mod pool;

use std::{
    path::PathBuf,
    sync::{Arc, Weak},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use tokio::sync::{mpsc, oneshot};

pub use builder::Builder;
pub(crate) use invoke::request_id;
pub use pool::{ProcessState, State};

use crate::{
    Failure, Report, Streamed,
    logs::{Line, Logs},
    process::Program,
    runtime_api::{Answer, Frame},
};
use pool::Pool;

/// A function. Clones are the same one; its processes are killed when the last is dropped.
#[derive(Clone, Debug)]
pub struct Function(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    program: Program,
    arn: Arc<str>,
    memory_mb: u32,
    timeout: Duration,
    freeze: bool,
    logs: Arc<Logs>,
    pool: Pool,
    /// For the processes, which tell when they end.
    this: Weak<Inner>,
}

/// An answer in one piece.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// What the function answered. Of a function that streams, prelude and body as they came: see [`Prelude::split`].
    ///
    /// [`Prelude::split`]: crate::Prelude::split
    pub payload: Bytes,
    /// What it cost.
    pub report: Report,
}

/// Where standard output and standard error of the processes go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Output {
    /// Into memory, where [`Function::logs`] finds the last 32 MB of it, with a REPORT line after each invocation.
    #[default]
    Collect,
    /// Nowhere.
    Discard,
    /// To where those of this program go.
    Inherit,
}

impl Function {
    /// A function that runs that binary, with the defaults of Lambda: 128 MB, 3 s, and up to ten processes.
    pub fn builder(binary: impl Into<PathBuf>) -> Builder {
        Builder::new(binary.into())
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Has a process answer an event, and waits until it is done with it. An idle process is taken if there is one, the
    /// last used first; else one is started.
    ///
    /// It goes on if nobody waits for it any more.
    ///
    /// # Errors
    /// As [`Failure`] says.
    pub async fn invoke(&self, event: impl Into<Bytes>) -> Result<Invocation, Failure> {
        let (answered, answer) = oneshot::channel();
        let run = tokio::spawn(Arc::clone(&self.0).run(event.into(), answered));
        let payload = match answer.await {
            Ok(Answer::Whole(payload)) => Ok(payload),
            Ok(Answer::Stream(frames)) => in_one_piece(frames).await,
            Ok(Answer::Failed(failure)) => Err(failure),
            // The run knows why.
            Err(_) => Err(Failure::Exited(None)),
        };
        let report = run.await.unwrap_or(Err(Failure::Exited(None)))?;
        Ok(Invocation { payload: payload?, report })
    }

    /// As [`invoke`](Self::invoke), for a function that streams: returns as soon as status and headers are there.
    ///
    /// # Errors
    /// As [`Failure`] says. [`Failure::Malformed`] when the function does not stream.
    pub async fn invoke_streaming(&self, event: impl Into<Bytes>) -> Result<Streamed, Failure> {
        let (answered, answer) = oneshot::channel();
        let (finished, report) = oneshot::channel();
        let run = Arc::clone(&self.0).run(event.into(), answered);
        tokio::spawn(async move {
            let _ = finished.send(run.await);
        });
        match answer.await {
            Ok(Answer::Stream(frames)) => Streamed::open(frames, report).await,
            Ok(Answer::Whole(_)) => Err(Failure::Malformed("it is not streamed".to_owned())),
            Ok(Answer::Failed(failure)) => Err(failure),
            Err(_) => Err(report.await.ok().and_then(Result::err).unwrap_or(Failure::Exited(None))),
        }
    }

    /// The processes that there are.
    pub fn processes(&self) -> Vec<ProcessState> {
        self.0.pool.processes()
    }

    /// Kills a process at random, whatever it is doing, with SIGKILL. Returns its number; `None` when there is none.
    pub fn kill_one(&self) -> Option<u32> {
        self.0.pool.kill_one()
    }

    /// What the processes printed so far, one line after the other.
    pub fn logs(&self) -> String {
        let mut text = String::new();
        for line in self.log_lines(0).0 {
            text.push_str(&line.text);
            text.push('\n');
        }
        text
    }

    /// The lines from that one on, and the number to ask for next. Zero is the first.
    pub fn log_lines(&self, from: usize) -> (Vec<Line>, usize) {
        self.0.logs.since(from)
    }

    /// Kills every process and waits until they are gone. Invocations under way fail, and later ones are refused.
    pub async fn shutdown(self) {
        self.0.pool.close().await;
    }
}

async fn in_one_piece(mut frames: mpsc::Receiver<Frame>) -> Result<Bytes, Failure> {
    let mut payload = BytesMut::new();
    let mut failure = None;
    while let Some(frame) = frames.recv().await {
        match frame {
            Frame::Data(data) => payload.extend_from_slice(&data),
            Frame::Failed(midway) => failure = Some(midway),
            Frame::End => {}
        }
    }
    failure.map_or(Ok(payload.freeze()), Err)
}
