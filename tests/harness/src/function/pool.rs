//! The processes of a function: who is free, who is busy, and how many there may be.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{Failure, process::Process};

/// What a process is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has not asked for its first event yet.
    Starting,
    /// It waits for an event.
    Idle,
    /// It would, but is stopped.
    Frozen,
    /// It has an event.
    Busy,
}

/// A process, as it was when it was asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessState {
    /// Its number.
    pub pid: u32,
    /// What it is doing.
    pub state: State,
    /// How many events it was given so far.
    pub invocations: u64,
    /// From its start until it asked for its first event, if it has.
    pub init: Option<Duration>,
    /// The most memory that was ever resident, in bytes.
    pub max_memory: u64,
}

#[derive(Debug)]
pub(super) struct Pool {
    concurrency: usize,
    members: Mutex<Members>,
}

#[derive(Debug, Default)]
struct Members {
    all: Vec<Arc<Process>>,
    /// Those without an event. The last was used last.
    idle: Vec<Arc<Process>>,
    /// Invocations under way.
    busy: usize,
    closed: bool,
}

impl Pool {
    pub(super) fn new(concurrency: usize) -> Self {
        Self { concurrency, members: Mutex::default() }
    }

    /// Counts an invocation in, and gives it an idle process; `None` if it has to start one.
    pub(super) fn lease(&self) -> Result<Option<Arc<Process>>, Failure> {
        let mut members = self.members();
        if members.closed || members.busy >= self.concurrency {
            return Err(Failure::Throttled);
        }
        members.busy += 1;
        while let Some(process) = members.idle.pop() {
            if !process.has_ended() {
                return Ok(Some(process));
            }
        }
        Ok(None)
    }

    /// A process was started.
    pub(super) fn add(&self, process: &Arc<Process>) {
        let mut members = self.members();
        if members.closed {
            process.kill();
        }
        // It may have ended already, and been missed.
        if !process.has_ended() {
            members.all.push(Arc::clone(process));
        }
    }

    /// Counts an invocation out. Its process is free for the next, if it is given back.
    pub(super) fn release(&self, process: Option<Arc<Process>>) {
        let mut members = self.members();
        members.busy = members.busy.saturating_sub(1);
        members.idle.extend(process.filter(|process| !process.has_ended()));
    }

    /// A process has ended.
    pub(super) fn remove(&self, pid: u32) {
        let mut members = self.members();
        members.all.retain(|process| process.pid() != pid);
        members.idle.retain(|process| process.pid() != pid);
    }

    pub(super) fn processes(&self) -> Vec<ProcessState> {
        let all = self.members().all.clone();
        let state = |process: Arc<Process>| ProcessState {
            pid: process.pid(),
            state: process.current(),
            invocations: process.invocations(),
            init: process.init(),
            max_memory: process.max_memory(),
        };
        all.into_iter().map(state).collect()
    }

    pub(super) fn kill_one(&self) -> Option<u32> {
        let mut members = self.members();
        let process = fastrand::choice(&members.all).map(Arc::clone)?;
        // At once: nobody is to be given a process that is dying.
        members.idle.retain(|idle| idle.pid() != process.pid());
        members.all.retain(|other| other.pid() != process.pid());
        process.kill();
        Some(process.pid())
    }

    pub(super) async fn close(&self) {
        let all = {
            let mut members = self.members();
            members.closed = true;
            members.idle.clear();
            std::mem::take(&mut members.all)
        };
        for process in &all {
            process.kill();
        }
        for process in &all {
            process.exited().await;
        }
    }

    fn members(&self) -> MutexGuard<'_, Members> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
