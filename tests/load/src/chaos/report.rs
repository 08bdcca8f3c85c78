//! What a chaos run says in the end: phase by phase, and in one word.

use std::{fmt::Write, fs, io, path::Path, time::Duration};

use super::{
    phase::Fault,
    verdict::{Found, Past},
};
use crate::{
    config::ChaosOptions,
    record::{Figures, Record},
    report::{self, Plot, PlotError, row, short},
    run::Run,
};

/// How many violations are told of each phase.
const TOLD: usize = 5;

/// What was found.
#[derive(Debug)]
pub struct Report {
    seed: u64,
    rate: f64,
    phases: Vec<(Past, Found)>,
    /// What must not be when all is over.
    closing: Vec<String>,
    record: Record,
    publishes: Vec<Duration>,
    versions: u64,
    worst_stall: Duration,
    logs: String,
}

impl Report {
    /// Judges a run.
    pub(super) fn new(
        options: &ChaosOptions,
        past: Vec<Past>,
        record: Record,
        stalls: &[(Duration, Duration)],
        closing: Vec<String>,
        run: &Run,
    ) -> Self {
        let next = past.iter().skip(1).map(Some).chain([None]);
        let found: Vec<Found> =
            past.iter().zip(next).map(|(past, next)| past.judge(next, &record, stalls)).collect();
        let phases = past.into_iter().zip(found).collect();
        let ledger = run.oracle.ledger(0);
        let publishes =
            ledger.iter().flat_map(|ledger| ledger.propagations().map(|(_, at, _)| at).collect::<Vec<_>>());
        let publishes = publishes.collect();
        let versions = ledger.as_ref().map_or(0, |ledger| ledger.latest_acknowledged());
        let worst_stall = stalls.iter().map(|(_, late)| *late).max().unwrap_or_default();
        let (seed, rate) = (options.seed, options.rate);
        Self { seed, rate, phases, closing, record, publishes, versions, worst_stall, logs: String::new() }
    }

    /// With what the functions printed, for whoever looks for a cause.
    pub(super) fn with_logs(self, logs: String) -> Self {
        Self { logs, ..self }
    }

    /// How many rules were broken.
    pub fn violations(&self) -> usize {
        let phases: usize = self.phases.iter().map(|(_, found)| found.violations.len()).sum();
        phases + self.closing.len()
    }

    /// The report, in Markdown.
    pub fn to_markdown(&self) -> String {
        let mut text = String::from("# Chaos\n\n");
        // Writing into a string cannot fail.
        let _ = writeln!(
            text,
            "{} requests a second while things are broken, seed {}; {} requests in all, {} versions published. The machine itself was \
             late by {} at most.\n",
            self.rate,
            self.seed,
            self.record.samples.len(),
            self.versions,
            short(self.worst_stall),
        );
        text.push_str(&self.table());
        let _ = write!(text, "\n{}\n", report::kinds(&self.record.samples, self.length()));
        let _ = writeln!(text, "**Verdict: {}**", self.verdict());
        self.tell_violations(&mut text);
        text
    }

    /// Writes `chaos.md`, `chaos.svg` and `functions.log` into that directory.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&self, directory: &Path) -> Result<(), super::ChaosError> {
        let plot = self.plot()?;
        let files = [("chaos.md", &self.to_markdown()), ("chaos.svg", &plot), ("functions.log", &self.logs)];
        let write = || -> io::Result<()> {
            fs::create_dir_all(directory)?;
            files.iter().try_for_each(|(name, text)| fs::write(directory.join(name), text))
        };
        write().map_err(super::ChaosError::Write)
    }

    /// In one word, with the count of what was wrong.
    pub fn verdict(&self) -> String {
        match self.violations() {
            0 => "everything held".to_owned(),
            count => format!("FAILED: {count} violations"),
        }
    }

    fn table(&self) -> String {
        let head = [
            "at",
            "what is wrong",
            "for",
            "requests",
            "stale",
            "failures",
            "of management",
            "excused",
            "slowest",
            "recovered after",
            "verdict",
        ];
        let mut table = row(head) + &row(head.map(|_| "---"));
        for (past, found) in &self.phases {
            let samples = self.record.within(&(past.broken.start..past.end));
            let cells = [
                format!("{:.1} s", past.broken.start.as_secs_f64()),
                past.phase.name.to_owned(),
                short(past.broken.end.saturating_sub(past.broken.start)),
                Figures::of(samples).requests().to_string(),
                found.stale.to_string(),
                found.failures.to_string(),
                found.management_failures.to_string(),
                found.excused.to_string(),
                short(found.slowest),
                short(found.recovered),
                if found.violations.is_empty() { "held".to_owned() } else { "**FAILED**".to_owned() },
            ];
            table.push_str(&row(cells.iter().map(String::as_str)));
        }
        table
    }

    fn tell_violations(&self, text: &mut String) {
        let phases = self.phases.iter().map(|(past, found)| (past.phase.name, &found.violations));
        for (name, violations) in phases.chain([("at the end", &self.closing)]) {
            for violation in violations.iter().take(TOLD) {
                let _ = writeln!(text, "* {name}: {violation}");
            }
            if let Some(more) = violations.len().checked_sub(TOLD).filter(|more| *more > 0) {
                let _ = writeln!(text, "* {name}: {more} more");
            }
        }
        let wrong =
            self.record.incidents.iter().filter(|incident| incident.result == crate::record::Result::Wrong);
        for incident in wrong.take(4 * TOLD) {
            let _ =
                writeln!(text, "* at {}, {}: {}", short(incident.sent), incident.kind.name(), incident.what);
        }
    }

    fn plot(&self) -> Result<String, PlotError> {
        let broken = self.phases.iter().filter(|(past, _)| past.phase.fault != Fault::Nothing);
        let faults = broken.map(|(past, _)| (past.broken.clone(), past.phase.name)).collect();
        let title = format!("Chaos: {}", self.verdict());
        let (samples, publishes) = (&self.record.samples, self.publishes.clone());
        Plot { title: &title, samples, publishes, faults }.to_svg()
    }

    fn length(&self) -> Duration {
        self.record.samples.last().map_or(Duration::ZERO, |sample| sample.done)
    }
}
