//! Seeing to it that every process is up and has read HEAD not long ago, so that what each must do in an outage is known.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use pennon_test_support::{Fault as DynamoDbFault, Scope};
use tokio::task::JoinSet;

use super::phase::{CONCURRENCY, EVALUATORS};
use crate::{
    client::{Call, Connection},
    oracle::Asked,
    run::Run,
    setup::PROJECT,
    target::Lab,
    user::User,
};

/// DynamoDB is so slow meanwhile: below its deadlines, and long enough that requests are under way at the same time.
const SLOW: Duration = Duration::from_millis(60);
/// For how long it is tried.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks until every process of every function that evaluates was invoked. `false`: that could not be had in time.
pub(super) async fn prime(lab: &Lab, run: &Arc<Run>) -> bool {
    ask_authorizers(lab, run).await;
    // Nobody else asks meanwhile: there are no more processes than these requests need.
    let _lanes = run.lanes.clear().await;
    lab.dynamodb_errors.inject(Scope::operation("GetItem"), DynamoDbFault::Delay(SLOW));
    let primed = all_invoked(lab, run).await;
    lab.dynamodb_errors.heal();
    all_idle(lab).await;
    primed
}

async fn all_invoked(lab: &Lab, run: &Arc<Run>) -> bool {
    let before: BTreeMap<&str, BTreeMap<u32, u64>> =
        EVALUATORS.iter().map(|function| (*function, invocations(lab, function))).collect();
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        ask_at_once(run).await;
        let all = EVALUATORS.iter().all(|function| {
            let (now, before) = (invocations(lab, function), before.get(function));
            // One that is still starting has no invocation yet.
            let grown = |(pid, count): (&u32, &u64)| {
                before.and_then(|old| old.get(pid)).map_or(*count > 0, |old| count > old)
            };
            now.len() >= CONCURRENCY && now.iter().all(grown)
        });
        if all {
            return true;
        }
    }
    false
}

/// Waits until no process is busy: each is for a moment after its answer.
async fn all_idle(lab: &Lab) {
    let begun = Instant::now();
    while EVALUATORS.iter().any(|function| lab.is_busy(function)) && begun.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// How often each process of a function was invoked.
fn invocations(lab: &Lab, function: &str) -> BTreeMap<u32, u64> {
    lab.processes_of(function).into_iter().map(|process| (process.pid, process.invocations)).collect()
}

/// As many requests of each kind at once as there are processes. What they answer is not looked at: the load looks at the same.
async fn ask_at_once(run: &Arc<Run>) {
    let mut asking = JoinSet::new();
    for number in 0..CONCURRENCY {
        let user = User(number);
        for asked in [
            Asked::Poll { environment: 0, user, known: None },
            Asked::Evaluate { environment: 0, user, flag: number },
            Asked::Snapshot { environment: 0, known: None },
        ] {
            let run = Arc::clone(run);
            asking.spawn(async move { ask(&run, run.call(&asked)).await });
        }
    }
    asking.join_all().await;
}

/// As many tokens at once that nobody has seen, so that the processes that verify them are up and know the issuer's keys.
async fn ask_authorizers(lab: &Lab, run: &Arc<Run>) {
    let mut asking = JoinSet::new();
    for _ in 0..CONCURRENCY {
        let (run, token) = (Arc::clone(run), lab.issuer.token());
        asking.spawn(
            async move { ask(&run, Call::get(format!("/v1/projects/{PROJECT}")).bearer(&token)).await },
        );
    }
    asking.join_all().await;
}

async fn ask(run: &Run, call: Call) {
    let _ = Connection::new(run.authority.clone(), PATIENCE).call(&call).await;
}
