//! Breaks things, one after the other, and mends them.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use dax_local::{Fault as DaxFault, FaultKind};
use lambda_harness::{ProcessState, State};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use pennon_test_support::{Fault as DynamoDbFault, Schedule, Scope, TcpFault};
use tokio::time::sleep;

use super::phase::{EVALUATORS, Fault, KILL_EVERY, Phase, STOPPED, WRITERS};
use crate::{
    run::Run,
    target::{DAX_NODES, Lab},
};

/// How slow transactions are while writers are killed.
const SLOW_TRANSACTION: Duration = Duration::from_millis(250);

/// For how long a process is looked for that is in the middle of something.
const LIE_IN_WAIT: Duration = Duration::from_millis(100);

/// Breaks and mends the parts of a lab.
#[derive(Debug)]
pub(super) struct Conductor<'a> {
    pub(super) lab: &'a Lab,
    pub(super) run: &'a Arc<Run>,
    pub(super) seed: u64,
}

impl Conductor<'_> {
    /// Does what the phase says for as long as it says, and undoes it; returns how many processes were killed that evaluate.
    pub(super) async fn perform(&self, phase: &Phase) -> usize {
        let killed = self.break_for(phase.fault, phase.length).await;
        self.mend();
        killed
    }

    async fn break_for(&self, fault: Fault, length: Duration) -> usize {
        let lab = self.lab;
        match fault {
            Fault::Nothing => {}
            Fault::DynamoDbLink(fault) => lab.dynamodb_link.inject(fault),
            Fault::DynamoDbLinkAtRandom => {
                lab.dynamodb_link.follow(&Schedule::random(self.seed, length)).await;
                return 0;
            }
            Fault::DynamoDbThrottles => lab.dynamodb_errors.inject(Scope::all(), DynamoDbFault::THROTTLED),
            Fault::TransactionsUnanswered => {
                lab.dynamodb_errors.inject(Scope::operation("TransactWriteItems"), DynamoDbFault::LoseAnswer);
            }
            Fault::DaxNodeGone => lab.dax.node(0).stop(),
            Fault::DaxHangs => self.break_dax(&FaultKind::BlackHole),
            Fault::DaxBreaks => self.break_dax(&FaultKind::CloseBeforeDone),
            Fault::IssuerLink(fault) => {
                lab.issuer_link.inject(fault);
                // One that has not been verified yet.
                self.run.renew_token(lab.issuer.token());
            }
            Fault::KeysRotate => self.rotate_keys(),
            Fault::EvaluatorsKilled => return self.kill(&EVALUATORS, length).await,
            Fault::EvaluatorsStopped => {
                self.stop(length).await;
                return 0;
            }
            Fault::WritersKilled => {
                let slow = DynamoDbFault::DelayAnswer(SLOW_TRANSACTION);
                lab.dynamodb_errors.inject(Scope::operation("TransactWriteItems"), slow);
                self.kill(&WRITERS, length).await;
                return 0;
            }
            Fault::DynamoDbGoneAndEvaluatorsKilled => {
                lab.dynamodb_link.inject(TcpFault::Refuse);
                sleep(length / 3).await;
                let killed = self.kill_one_of_each(&EVALUATORS).await;
                sleep(length * 2 / 3).await;
                return killed;
            }
        }
        sleep(length).await;
        0
    }

    fn mend(&self) {
        self.lab.dynamodb_link.heal();
        self.lab.dynamodb_errors.heal();
        self.lab.issuer_link.heal();
        for node in (0..DAX_NODES).map(|node| self.lab.dax.node(node)) {
            node.clear_faults();
            // It refuses only if the cluster has ended, and then the phases that need it show it.
            let _ = node.start();
        }
    }

    fn break_dax(&self, what: &FaultKind) {
        for node in (0..DAX_NODES).map(|node| self.lab.dax.node(node)) {
            node.inject(DaxFault::new(what.clone()));
        }
    }

    /// Those who know the old keys alone are killed: one that lives would look for new ones within a minute.
    fn rotate_keys(&self) {
        if self.lab.issuer.rotate().is_ok() {
            let authorizers: Vec<_> = self.lab.processes_of("authorize").iter().filter_map(pid).collect();
            signal_all(&authorizers, Signal::SIGKILL);
            self.run.renew_token(self.lab.issuer.token());
        }
    }

    async fn kill(&self, functions: &[&str], length: Duration) -> usize {
        let mut killed = 0;
        let mut left = length;
        while let Some(rest) = left.checked_sub(KILL_EVERY) {
            sleep(KILL_EVERY).await;
            killed += self.kill_one_of_each(functions).await;
            left = rest;
        }
        sleep(left).await;
        killed
    }

    /// Kills the process of each function that does most of its work, in the middle of it if it can be caught at it; returns how many.
    async fn kill_one_of_each(&self, functions: &[&str]) -> usize {
        let mut killed = 0;
        for function in functions {
            let begun = Instant::now();
            while !self.lab.is_busy(function) && begun.elapsed() < LIE_IN_WAIT {
                sleep(Duration::from_millis(1)).await;
            }
            let processes = self.busiest(&[function]);
            signal_all(&processes, Signal::SIGKILL);
            killed += processes.len();
        }
        killed
    }

    /// Stops those that do most of the work for a while, as Lambda does with whoever has nothing to do, but in the middle of whatever
    /// they do.
    async fn stop(&self, length: Duration) {
        let mut left = length;
        while let Some(rest) = left.checked_sub(STOPPED) {
            let stopped = self.busiest(&EVALUATORS);
            signal_all(&stopped, Signal::SIGSTOP);
            sleep(STOPPED).await;
            signal_all(&stopped, Signal::SIGCONT);
            left = rest;
        }
        sleep(left).await;
    }

    /// The process of each function that has an event, or else has had the most.
    fn busiest(&self, functions: &[&str]) -> Vec<Pid> {
        let busiest = functions.iter().filter_map(|function| {
            let processes = self.lab.processes_of(function).into_iter();
            processes.max_by_key(|process| (process.state == State::Busy, process.invocations))
        });
        busiest.filter_map(|process| pid(&process)).collect()
    }
}

fn pid(process: &ProcessState) -> Option<Pid> {
    i32::try_from(process.pid).ok().map(Pid::from_raw)
}

fn signal_all(processes: &[Pid], signal: Signal) {
    for process in processes {
        // One that is gone by now needs no signal.
        let _ = kill(*process, signal);
    }
}
