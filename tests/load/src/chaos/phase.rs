//! What is broken, one thing after the other, and what must hold all the same.

use std::time::Duration;

use pennon_test_support::TcpFault;

use crate::target::deadlines;

/// How many processes a function has.
pub(super) const CONCURRENCY: usize = 6;
/// How many requests it has at once: so few that no process is started during an outage but where one was killed.
pub(super) const AT_ONCE: u32 = 3;
/// `MAX_STALE_SECONDS`: short, so that a run can outlast it, and longer than all other outages.
pub(super) const MAX_STALE: Duration = Duration::from_secs(10);
/// For how long a stopped process is stopped.
pub(super) const STOPPED: Duration = Duration::from_secs(1);
/// How often processes are killed or stopped while that is what is wrong.
pub(super) const KILL_EVERY: Duration = Duration::from_millis(400);

/// What a recovery usually takes, with the priming of the processes before the next fault.
const USUAL_RECOVERY: Duration = Duration::from_millis(4_500);
/// What a short run breaks.
const MOST_TELLING: [Fault; 5] = [
    Fault::Nothing,
    Fault::DynamoDbLink(TcpFault::BlackHole),
    Fault::EvaluatorsKilled,
    Fault::WritersKilled,
    Fault::DaxNodeGone,
];

/// What evaluates. All of their processes are up and have the flags before anything is broken.
pub(super) const EVALUATORS: [&str; 3] = ["evaluate-flag", "evaluate-flags", "get-snapshot"];
/// What publishes.
pub(super) const WRITERS: [&str; 2] = ["patch-flag", "import-flags"];

/// What is broken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// Nothing.
    Nothing,
    /// The connections to DynamoDB.
    DynamoDbLink(TcpFault),
    /// The same, by faults that change, as the seed says.
    DynamoDbLinkAtRandom,
    /// DynamoDB itself answers every request that its capacity is used up.
    DynamoDbThrottles,
    /// DynamoDB carries transactions out, and their answers are lost.
    TransactionsUnanswered,
    /// A node of DAX is gone.
    DaxNodeGone,
    /// The nodes of DAX accept what they are asked, and never answer.
    DaxHangs,
    /// The nodes of DAX close connections instead of answering.
    DaxBreaks,
    /// The connections to the issuer of tokens.
    IssuerLink(TcpFault),
    /// The issuer signs with a new key, and the processes that know the old ones are killed.
    KeysRotate,
    /// Processes that evaluate are killed.
    EvaluatorsKilled,
    /// Processes that evaluate are stopped for a while.
    EvaluatorsStopped,
    /// Processes that publish are killed while they do; transactions are slow, so that they are hit.
    WritersKilled,
    /// DynamoDB is away, and one process of each that evaluates is killed.
    DynamoDbGoneAndEvaluatorsKilled,
}

/// What 5xx the evaluation plane may answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failures {
    /// None.
    None,
    /// As many as processes were killed: each had at most one request.
    Killed,
    /// Those, and 503 from processes that were started meanwhile: they have nothing to serve.
    KilledAndCold,
    /// 503, once the snapshots of all processes are older than `MAX_STALE_SECONDS`, and then nothing else.
    OutOfDate,
}

/// A fault, for how long, and what must hold meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct Phase {
    /// What it is called in reports.
    pub name: &'static str,
    /// What is broken.
    pub fault: Fault,
    /// For how long.
    pub length: Duration,
    /// Whether answers may say that they are stale.
    pub stale: bool,
    /// What the evaluation plane may answer instead of flags.
    pub failures: Failures,
    /// Whether the management plane may fail.
    pub management_may_fail: bool,
    /// How long an answer may take from when it was asked for, without what the machine itself adds.
    pub latency: Duration,
}

/// How long the store takes at most for an answer: both of its deadlines, for HEAD and for a snapshot.
pub(super) fn slowest_answer() -> Duration {
    let config = deadlines();
    config.point.operation + config.transfer.operation
}

/// When everything is as before, counted from the end of a fault: a read that was under way then may take all of its time, and what
/// it failed to find is not looked for again before a jittered `HEAD_TTL` is over.
pub(super) fn recovery() -> Duration {
    let config = deadlines();
    config.transfer.operation + config.head_ttl.mul_f64(1.25)
}

/// The phases that fit into that time, the most telling ones first; in the order of the story.
pub fn phases(time: Duration) -> Vec<Phase> {
    let story = story();
    let rank =
        |phase: &Phase| MOST_TELLING.iter().position(|fault| *fault == phase.fault).unwrap_or(usize::MAX);
    let mut order: Vec<(usize, &Phase)> = story.iter().enumerate().collect();
    order.sort_by_key(|(_, phase)| rank(phase));
    let mut left = time;
    order.retain(|(_, phase)| match left.checked_sub(phase.length + USUAL_RECOVERY) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    });
    order.sort_by_key(|(place, _)| *place);
    order.into_iter().map(|(_, phase)| *phase).collect()
}

fn story() -> Vec<Phase> {
    let (short, long) = (Duration::from_secs(3), Duration::from_secs(5));
    let calm = Phase {
        name: "nothing is wrong",
        fault: Fault::Nothing,
        length: short,
        stale: false,
        failures: Failures::None,
        management_may_fail: false,
        latency: slowest_answer(),
    };
    let dynamodb = |name, fault, length| Phase {
        name,
        fault: Fault::DynamoDbLink(fault),
        length,
        stale: true,
        management_may_fail: true,
        ..calm
    };
    let dax = |name, fault| Phase { name, fault, ..calm };
    let outage = MAX_STALE + Duration::from_secs(4);
    vec![
        calm,
        dynamodb("DynamoDB is slow", TcpFault::Delay(Duration::from_millis(80)), short),
        dynamodb("DynamoDB trickles", TcpFault::Bandwidth(2_000), short),
        dynamodb("DynamoDB hangs", TcpFault::BlackHole, long),
        dynamodb("DynamoDB refuses connections", TcpFault::Refuse, short),
        dynamodb("DynamoDB resets connections", TcpFault::Reset, short),
        dynamodb("DynamoDB's answers are cut off", TcpFault::HalfOpen(700), short),
        Phase { fault: Fault::DynamoDbThrottles, ..dynamodb("DynamoDB throttles", TcpFault::None, short) },
        dax("a node of DAX is gone", Fault::DaxNodeGone),
        dax("DAX hangs", Fault::DaxHangs),
        dax("DAX breaks connections", Fault::DaxBreaks),
        Phase {
            name: "processes are killed",
            fault: Fault::EvaluatorsKilled,
            failures: Failures::Killed,
            ..calm
        },
        Phase {
            name: "processes are stopped",
            fault: Fault::EvaluatorsStopped,
            latency: slowest_answer() + STOPPED,
            ..calm
        },
        Phase {
            name: "writers are killed mid-publish",
            fault: Fault::WritersKilled,
            length: long,
            management_may_fail: true,
            ..calm
        },
        Phase {
            name: "answers to transactions are lost",
            fault: Fault::TransactionsUnanswered,
            management_may_fail: true,
            ..calm
        },
        Phase { name: "the issuer is away", fault: Fault::IssuerLink(TcpFault::Refuse), ..calm },
        Phase { name: "the issuer hangs", fault: Fault::IssuerLink(TcpFault::BlackHole), ..calm },
        Phase { name: "the issuer changes its keys", fault: Fault::KeysRotate, ..calm },
        Phase {
            fault: Fault::DynamoDbLinkAtRandom,
            ..dynamodb("DynamoDB fails at random", TcpFault::None, long)
        },
        Phase {
            fault: Fault::DynamoDbGoneAndEvaluatorsKilled,
            failures: Failures::KilledAndCold,
            ..dynamodb("DynamoDB is away, and processes are killed", TcpFault::None, short)
        },
        Phase {
            failures: Failures::OutOfDate,
            ..dynamodb("DynamoDB is away for longer than MAX_STALE", TcpFault::Refuse, outage)
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_has_every_phase_and_a_short_one_the_most_telling() {
        let all = phases(Duration::from_mins(10));
        assert_eq!(all.len(), story().len());
        let few: Vec<_> = phases(Duration::from_secs(30)).iter().map(|phase| phase.name).collect();
        assert_eq!(few[0], "nothing is wrong");
        assert!(few.contains(&"DynamoDB hangs") && few.len() < all.len(), "{few:?}");
    }

    #[test]
    fn no_outage_outlasts_the_snapshots_but_the_one_that_is_to() {
        for phase in story() {
            let outlasts = phase.length >= MAX_STALE;
            assert_eq!(outlasts, phase.failures == Failures::OutOfDate, "{}", phase.name);
        }
    }

    #[test]
    fn bounds_follow_from_the_deadlines() {
        assert_eq!(slowest_answer(), Duration::from_millis(4_500));
        assert_eq!(recovery(), Duration::from_millis(5_500));
    }
}
