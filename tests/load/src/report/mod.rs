//! What a run leaves: a table for people, and a plot.

mod plot;
mod table;

use std::time::Duration;

pub use self::{
    plot::{Plot, PlotError},
    table::{kinds, propagation, row, statuses},
};

/// A duration in a table: in microseconds, milliseconds or seconds, whichever reads best.
pub fn short(duration: Duration) -> String {
    let micros = duration.as_secs_f64() * 1e6;
    match micros {
        ..1_000.0 => format!("{micros:.0} µs"),
        ..10_000.0 => format!("{:.2} ms", micros / 1e3),
        ..1_000_000.0 => format!("{:.0} ms", micros / 1e3),
        _ => format!("{:.2} s", micros / 1e6),
    }
}

/// A part of a whole, in per cent.
pub fn percent(part: u64, whole: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "counts of requests")]
    let share = part as f64 / (whole as f64).max(1.0);
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_the_unit_that_reads_best() {
        let shown = [1, 999, 1_500, 25_000, 999_000, 2_345_678].map(|us| short(Duration::from_micros(us)));
        assert_eq!(shown, ["1 µs", "999 µs", "1.50 ms", "25 ms", "999 ms", "2.35 s"]);
    }

    #[test]
    fn nothing_of_nothing_is_nothing() {
        assert_eq!((percent(0, 0), percent(1, 8)), ("0.0 %".to_owned(), "12.5 %".to_owned()));
    }
}
