//! Tables in Markdown.

use std::{fmt::Write, time::Duration};

use hdrhistogram::Histogram;

use super::{percent, short};
use crate::{
    ledger::Propagation,
    oracle::Kind,
    record::{Figures, Sample},
};

/// The percentiles of latencies that tables have.
const QUANTILES: [f64; 4] = [0.5, 0.9, 0.99, 0.999];

/// A row of a table.
pub fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut row = String::from("|");
    for cell in cells {
        // Writing into a string cannot fail.
        let _ = write!(row, " {cell} |");
    }
    row.push('\n');
    row
}

/// The figures of each kind of request, over that time.
pub fn kinds(samples: &[Sample], time: Duration) -> String {
    let head = ["request", "per second", "p50", "p90", "p99", "p99.9", "max", "p99 once sent", "answers"];
    let mut table = row(head) + &row(head.map(|_| "---"));
    for kind in Kind::ALL {
        let figures = Figures::of(samples.iter().filter(|sample| sample.kind == kind));
        if figures.requests() > 0 {
            table.push_str(&line(kind.name(), &figures, time));
        }
    }
    table + &line("all", &Figures::of(samples), time)
}

/// How publishes reached the readers.
pub fn propagation(publishes: &[Propagation]) -> String {
    let spread = |moments: Vec<Duration>| {
        let mut moments = moments;
        moments.sort();
        let at = |index: usize| moments.get(index).copied().map_or_else(|| "none".to_owned(), short);
        (moments.len(), at(moments.len() / 2), at(moments.len().saturating_sub(1)))
    };
    let (seen, first, first_max) = spread(publishes.iter().filter_map(|one| one.first).collect());
    let last = publishes.iter().filter(|one| one.first.is_some());
    let (_, last, last_max) = spread(last.map(|one| one.last.unwrap_or_default()).collect());
    let head = ["from the acknowledgement of a publish", "p50", "max"];
    row(head)
        + &row(head.map(|_| "---"))
        + &row([&*format!("until the first answer with it ({seen} publishes)"), &first, &first_max])
        + &row(["until the last request that was answered without it", &last, &last_max])
}

/// How many answers there were of each status, and what was no answer.
pub fn statuses(figures: &Figures) -> String {
    let mut parts: Vec<String> =
        figures.statuses.iter().map(|(status, count)| format!("{count} × {status}")).collect();
    for (count, what) in
        [(figures.unanswered, "no answer"), (figures.broke_off, "broken off"), (figures.wrong, "WRONG")]
    {
        if count > 0 {
            parts.push(format!("{count} × {what}"));
        }
    }
    if figures.conditional > 0 {
        let unchanged = percent(figures.unchanged, figures.conditional);
        parts.push(format!("{unchanged} of {} that had one before unchanged", figures.conditional));
    }
    parts.join(", ")
}

fn line(name: &str, figures: &Figures, time: Duration) -> String {
    #[expect(clippy::cast_precision_loss, reason = "counts of requests")]
    let rate = format!("{:.1}", figures.requests() as f64 / time.as_secs_f64().max(0.001));
    let quantiles = QUANTILES.map(|quantile| short(at(&figures.latencies, quantile)));
    let max = short(Duration::from_micros(figures.latencies.max()));
    let (service, answers) = (short(at(&figures.service, 0.99)), statuses(figures));
    let cells = [name, &rate].into_iter().chain(quantiles.iter().map(String::as_str));
    row(cells.chain([&*max, &*service, &*answers]))
}

fn at(latencies: &Histogram<u64>, quantile: f64) -> Duration {
    Duration::from_micros(latencies.value_at_quantile(quantile))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Result;

    #[test]
    fn a_table_has_a_line_for_each_kind_and_one_for_all() {
        let result = Result::Right { status: 304, conditional: true, stale: false };
        let (due, done) = (Duration::ZERO, Duration::from_millis(2));
        let samples = [Kind::Poll, Kind::Evaluate].map(|kind| Sample { kind, due, sent: due, done, result });
        let table = kinds(&samples, Duration::from_secs(1));
        assert_eq!(table.lines().count(), 5);
        let all = table.lines().last().unwrap();
        assert!(all.starts_with("| all | 2.0 | 2.00 ms |"), "{all}");
        assert!(all.contains("2 × 304, 100.0 % of 2 that had one before unchanged"), "{all}");
    }

    #[test]
    fn a_publish_that_nobody_waited_for_arrived_at_once() {
        let publish = Propagation { first: Some(Duration::from_millis(900)), last: None };
        let table = propagation(&[publish]);
        assert!(table.contains("(1 publishes) | 900 ms | 900 ms |"), "{table}");
        assert!(table.ends_with("| 0 µs | 0 µs |\n"), "{table}");
    }
}
