//! `make chaos`: the load goes on while what Pennon depends on is broken, one thing after the other.

mod closing;
mod conductor;
mod liar;
mod phase;
mod prime;
mod report;
mod verdict;

use std::{
    io,
    sync::{Arc, RwLock},
    time::{Duration, Instant},
};

use conductor::Conductor;
use pennon_test_support::Stalls;
use prime::prime;

use self::phase::{AT_ONCE, CONCURRENCY, MAX_STALE, recovery};
pub use self::{
    liar::{Liar, Sabotage},
    phase::{Failures, Fault, Phase, phases},
    report::Report,
    verdict::{Found, Past},
};
use crate::{
    client::Connection,
    config::ChaosOptions,
    content::Content,
    crowd::{Crowd, Size},
    oracle::Oracle,
    pace::Pace,
    publisher::Publisher,
    record::Recorder,
    report::PlotError,
    run::{Lanes, PATIENCE, Run},
    setup::{names, set_up},
    target::{Lab, LabOptions, TargetError},
};

/// One environment, so that every process that was asked anything has read the HEAD that counts.
const ENVIRONMENTS: usize = 1;
/// It has so many flags.
const FLAGS: usize = 50;
/// The share of polls that is to find nothing new, where a process notices one change in two seconds.
const UNCHANGED: f64 = 0.8;
/// Callers who wait while all processes of one function are busy.
const CALLERS: usize = 64;
/// What is quiet for so long after a fault has recovered.
const QUIET: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What keeps a run from its end.
#[derive(Debug, thiserror::Error)]
pub enum ChaosError {
    /// The functions, or what they depend on, cannot be started.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The lying proxy cannot be started.
    #[error("the proxy that lies cannot be started")]
    Liar(#[source] io::Error),
    /// Not every process could be brought up.
    #[error("not every process answers")]
    NotPrimed,
    /// The plot cannot be drawn.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// The report cannot be written.
    #[error("the report cannot be written")]
    Write(#[source] io::Error),
}

/// Breaks one thing after the other; `tell` is told what happens as it happens.
///
/// # Errors
/// When the run cannot be begun or ended. What Pennon does wrong is in the report.
pub async fn chaos(options: &ChaosOptions, tell: impl Fn(&str)) -> Result<Report, ChaosError> {
    let lab = LabOptions { concurrency: CONCURRENCY, max_stale: MAX_STALE };
    let lab = Lab::start(lab).await.map_err(TargetError::from)?;
    let liar = match options.sabotage {
        Some(sabotage) => Some(Liar::start(lab.authority(), sabotage).await.map_err(ChaosError::Liar)?),
        None => None,
    };
    let authority = liar.as_ref().map_or_else(|| lab.authority(), Liar::authority);
    let run = Arc::new(prepare(options, authority, &lab).await?);
    let stalls = Stalls::watch(run.start);
    let pace = Arc::new(Pace::start(run.start, options.rate));
    let asking = tokio::spawn(Arc::clone(&run).ask(Arc::clone(&pace), CALLERS));
    let publishing = tokio::spawn(Publisher::new(Arc::clone(&run)).publish_along(Arc::clone(&pace)));

    let past = go_through(options, &lab, &run, &tell).await;
    pace.stop();
    // Whoever waits for an answer gets it: what hangs at the end should show.
    let _ = tokio::join!(asking, publishing);
    let closing = closing::look(&run).await;
    let (record, logs) = (run.recorder.take(), lab.logs());
    lab.gateway.shutdown().await;
    Ok(Report::new(options, past?, record, &stalls.noted(), closing, &run).with_logs(logs))
}

async fn prepare(options: &ChaosOptions, authority: String, lab: &Lab) -> Result<Run, ChaosError> {
    let (content, environments, start) = (Content::new(FLAGS), names(ENVIRONMENTS), Instant::now());
    let mut connection = Connection::new(lab.authority(), PATIENCE);
    let token = lab.issuer.token();
    let secrets = set_up(&mut connection, &token, content, &environments).await.map_err(TargetError::from)?;
    // A process notices every other change, as it keeps HEAD for two seconds.
    let size = Size::for_unchanged(2, options.rate, UNCHANGED);
    Ok(Run {
        start,
        authority,
        crowd: Crowd::new(options.seed, Size { environments: ENVIRONMENTS, ..size }, content),
        oracle: Oracle::new(content, environments.clone(), Some(MAX_STALE)),
        environments,
        secrets: RwLock::new(secrets),
        recorder: Recorder::default(),
        lanes: Lanes::of(AT_ONCE),
    })
}

async fn go_through(
    options: &ChaosOptions,
    lab: &Lab,
    run: &Arc<Run>,
    tell: &impl Fn(&str),
) -> Result<Vec<Past>, ChaosError> {
    let mut past = Vec::new();
    let conductor = Conductor { lab, run, seed: options.seed };
    for phase in phases(Duration::from_secs(options.seconds)) {
        let primed = run.now();
        if !prime(lab, run).await {
            return Err(ChaosError::NotPrimed);
        }
        // What came before the first phase belongs to it.
        let began = if past.is_empty() { Duration::ZERO } else { run.now() };
        let killed = conductor.perform(&phase).await;
        let ended = run.now();
        recover(run, ended).await;
        let end = run.now();
        tell(&format!(
            "{:7.1} s  {}, for {:.1} s; watched for {:.1} s more",
            began.as_secs_f64(),
            phase.name,
            ended.saturating_sub(began).as_secs_f64(),
            end.saturating_sub(ended).as_secs_f64(),
        ));
        past.push(Past { phase, broken: began..ended, end: Duration::MAX, primed, killed });
    }
    for next in 1..past.len() {
        let end = past.get(next).map_or(Duration::MAX, |next| next.broken.start);
        past.iter_mut().skip(next - 1).take(1).for_each(|past| past.end = end);
    }
    Ok(past)
}

/// Waits until all is as before, or should be.
async fn recover(run: &Run, ended: Duration) {
    let calm = |now: Duration| now.saturating_sub(run.recorder.last_bad().max(ended)) > QUIET;
    while !calm(run.now()) && run.now() < ended + recovery() + QUIET {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
