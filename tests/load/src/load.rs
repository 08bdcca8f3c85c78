//! `make load`: how Pennon answers a realistic mix of requests.

use std::{
    fmt::Write,
    fs, io,
    ops::Range,
    path::PathBuf,
    sync::{Arc, RwLock},
    time::{Duration, Instant},
};

use crate::{
    client::Connection,
    config::LoadOptions,
    content::{Content, FIRST},
    crowd::{Crowd, Size},
    ledger::Propagation,
    oracle::{Kind, Oracle},
    pace::Pace,
    process::Meter,
    publisher::Publisher,
    record::{Figures, Record, Recorder},
    report::{self, Plot, PlotError},
    run::{PATIENCE, Run},
    setup::{names, set_up},
    target::{Target, TargetError},
};

/// The share of polls that is to find nothing new.
const UNCHANGED: f64 = 0.8;
/// Requests before the measured ones, so that processes are up and callers have something to poll with.
const WARM_UP: Duration = Duration::from_secs(3);
/// How often the usage of the servers is read.
const METER_EVERY: Duration = Duration::from_millis(200);

/// What keeps a run from its end.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The server cannot be had.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The plot cannot be drawn.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// What was measured cannot be written.
    #[error("{path} cannot be written")]
    Write {
        /// Where.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// What a run found.
#[derive(Debug)]
pub struct Loaded {
    /// The table, in Markdown.
    pub table: String,
    /// How many requests were not answered rightly.
    pub wrong: usize,
}

/// Runs the load against a server that has just been started; writes `<name>.md` and `<name>.svg`.
///
/// # Errors
/// When the server does not serve, or what was measured cannot be written.
pub async fn load(
    options: &LoadOptions,
    name: &str,
    rate: f64,
    target: &Target,
) -> Result<Loaded, LoadError> {
    let run = Arc::new(prepare(options, rate, target).await?);
    let pace = Arc::new(Pace::start(run.start, rate));
    let publishing = tokio::spawn(Publisher::new(Arc::clone(&run)).publish_along(Arc::clone(&pace)));
    let asking = tokio::spawn(Arc::clone(&run).ask(Arc::clone(&pace), options.connections));
    tokio::time::sleep(WARM_UP).await;
    let (began, mut meter) = (run.now(), Meter::default());
    let measured = began..began + Duration::from_secs(options.seconds);
    while run.now() < measured.end {
        meter.read(target.processes());
        tokio::time::sleep(METER_EVERY.min(measured.end.saturating_sub(run.now()))).await;
    }
    meter.read(target.processes());
    let late = pace.stop();
    // Whoever is waiting for an answer gets it: a server that hangs at the end should show.
    let _ = tokio::join!(asking, publishing);
    let record = run.recorder.take();
    let summary = Summary { options, name, rate, measured, record: &record, run: &run, meter: &meter, late };
    summary.write()
}

async fn prepare(options: &LoadOptions, rate: f64, target: &Target) -> Result<Run, LoadError> {
    let (content, environments) = (Content::new(options.flags), names(options.environments));
    let start = Instant::now();
    let mut connection = Connection::new(target.authority(), PATIENCE);
    let token = target.token();
    let secrets = set_up(&mut connection, &token, content, &environments).await.map_err(TargetError::from)?;
    let oracle = Oracle::new(content, environments.clone(), None);
    let size = Size::for_unchanged(environments.len(), rate, UNCHANGED);
    Ok(Run {
        start,
        authority: target.authority(),
        crowd: Crowd::new(options.seed, size, content),
        environments,
        secrets: RwLock::new(secrets),
        oracle,
        recorder: Recorder::default(),
        lanes: target.lanes(),
    })
}

struct Summary<'a> {
    options: &'a LoadOptions,
    name: &'a str,
    rate: f64,
    measured: Range<Duration>,
    record: &'a Record,
    run: &'a Run,
    meter: &'a Meter,
    late: usize,
}

impl Summary<'_> {
    fn write(&self) -> Result<Loaded, LoadError> {
        let (table, wrong) = (self.table(), self.wrong());
        let title = format!("Load of {}: {} requests a second", self.name, self.rate);
        let publishes = self.propagations().map(|(at, _)| at).collect();
        let plot =
            Plot { title: &title, samples: &self.record.samples, publishes, faults: Vec::new() }.to_svg()?;
        let directory = &self.options.output;
        let refused = |source| LoadError::Write { path: directory.clone(), source };
        fs::create_dir_all(directory).map_err(refused)?;
        fs::write(directory.join(format!("{}.md", self.name)), &table).map_err(refused)?;
        fs::write(directory.join(format!("{}.svg", self.name)), plot).map_err(refused)?;
        Ok(Loaded { table, wrong })
    }

    fn wrong(&self) -> usize {
        self.record.samples.iter().filter(|sample| !sample.result.is_right()).count()
    }

    fn propagations(&self) -> impl Iterator<Item = (Duration, Propagation)> {
        let ledgers = (0..self.run.environments.len()).filter_map(|one| self.run.oracle.ledger(one));
        let all: Vec<_> = ledgers.flat_map(|ledger| ledger.propagations().collect::<Vec<_>>()).collect();
        all.into_iter().filter(|(version, ..)| *version > FIRST).map(|(_, at, reached)| (at, reached))
    }

    fn table(&self) -> String {
        let LoadOptions { seconds, connections, seed, environments, flags, .. } = self.options;
        let samples = self.record.within(&self.measured);
        let time = Duration::from_secs(*seconds);
        let mut text = format!(
            "# Load: {}\n\n{} requests a second in an open loop for {seconds} s over {connections} connections, seed {seed}; \
             {environments} environments of {flags} flags, {} pollers, a publish each second in one environment after the other. \
             Latencies count from when a request was due; those in the last column but one from when it was sent.\n\n",
            self.name,
            self.rate,
            self.run.crowd.size().pollers,
        );
        text.push_str(&report::kinds(samples, time));
        let publishes: Vec<_> = self.propagations().map(|(_, reached)| reached).collect();
        let polls = Figures::of(samples.iter().filter(|sample| sample.kind == Kind::Poll));
        let requests = Figures::of(samples).requests();
        // Writing into a string cannot fail.
        let _ = write!(
            text,
            "\n{}\nPolls that found nothing new: {} of those by somebody who had an answer before ({:.0} % were arranged), {} of all \
             polls.\n\nThe servers, {} processes: {} of CPU time, {:.1} µs a request; at most {:.1} MB resident in one.\n\n\
             Not answered rightly: {}. Due but not sent when the time was over: {}.\n",
            report::propagation(&publishes),
            report::percent(polls.unchanged, polls.conditional),
            UNCHANGED * 100.0,
            report::percent(polls.unchanged, polls.requests()),
            self.meter.processes(),
            report::short(self.meter.cpu()),
            self.meter.cpu().as_secs_f64() * 1e6 / to_f64(requests).max(1.0),
            to_f64(self.meter.peak_memory()) / 1e6,
            self.wrong(),
            self.late,
        );
        for incident in self.record.incidents.iter().take(20) {
            let at = report::short(incident.sent);
            let _ = writeln!(text, "* at {at}, {}: {}", incident.kind.name(), incident.what);
        }
        text
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts that a run can reach")]
fn to_f64(count: u64) -> f64 {
    count as f64
}
