//! Figures of many invocations.

use std::time::Duration;

use lambda_harness::Report;

/// A cold start, and the invocation after it.
pub(crate) struct Cold {
    pub(crate) first: Report,
    pub(crate) second: Report,
}

type Figure<T> = fn(&T) -> f64;

impl Cold {
    /// What is told of cold starts.
    pub(crate) const FIGURES: [(&'static str, &'static str, Figure<Self>); 5] = [
        ("start to first runtime call", "ms", |cold| millis(cold.first.init.unwrap_or_default())),
        ("start to first answer", "ms", |cold| {
            millis(cold.first.init.unwrap_or_default() + cold.first.duration)
        }),
        ("CPU time until then", "ms", |cold| {
            millis(cold.first.init_cpu.unwrap_or_default() + cold.first.cpu)
        }),
        ("the second answer", "ms", |cold| millis(cold.second.duration)),
        ("resident at most", "MB", |cold| megabytes(cold.second.max_memory)),
    ];
}

/// Warm invocations.
pub(crate) struct Warm {
    /// In microseconds, the shortest first.
    pub(crate) durations: Vec<f64>,
    /// Mean CPU time, in microseconds.
    pub(crate) cpu: f64,
    pub(crate) memory_mb: f64,
}

impl Warm {
    pub(crate) fn new(reports: &[Report]) -> Self {
        let mut durations: Vec<_> = reports.iter().map(|report| micros(report.duration)).collect();
        durations.sort_by(f64::total_cmp);
        let cpu: Duration = reports.iter().map(|report| report.cpu).sum();
        let memory = reports.iter().map(|report| report.max_memory).max().unwrap_or_default();
        Self {
            cpu: micros(cpu) / f64::from(u32::try_from(reports.len()).unwrap_or(u32::MAX)),
            memory_mb: megabytes(memory),
            durations,
        }
    }
}

/// The value that so many in a hundred do not exceed. The values are sorted.
pub(crate) fn percentile(sorted: &[f64], percent: usize) -> f64 {
    sorted
        .get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f64::NAN)
}

pub(crate) fn median<T>(samples: &[T], figure: Figure<T>) -> f64 {
    let mut values: Vec<_> = samples.iter().map(figure).collect();
    values.sort_by(f64::total_cmp);
    percentile(&values, 50)
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000_000.0
}

#[expect(clippy::cast_precision_loss, reason = "2^53 bytes are enough for anybody")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
