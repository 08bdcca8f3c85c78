//! What the processes of a function print.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

/// A line that a process printed, or a report about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The process.
    pub pid: u32,
    /// The line, without its end.
    pub text: String,
}

/// The most that is kept, in bytes of text. What is older is forgotten.
const CAPACITY: usize = 32 << 20;

/// The lines of all processes of a function, as they came.
#[derive(Debug, Default)]
pub(crate) struct Logs(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    lines: VecDeque<Line>,
    bytes: usize,
    forgotten: usize,
}

impl Logs {
    pub(crate) fn push(&self, pid: u32, text: String) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes += text.len();
        kept.lines.push_back(Line { pid, text });
        while kept.bytes > CAPACITY {
            let Some(oldest) = kept.lines.pop_front() else { return };
            kept.bytes -= oldest.text.len();
            kept.forgotten += 1;
        }
    }

    /// The lines from that one on, counted from the first that there ever was, and the number of the next.
    pub(crate) fn since(&self, line: usize) -> (Vec<Line>, usize) {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let skipped = line.saturating_sub(kept.forgotten);
        (kept.lines.iter().skip(skipped).cloned().collect(), kept.forgotten + kept.lines.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_numbers_when_older_ones_are_forgotten() {
        let logs = Logs::default();
        for n in 0..5 {
            logs.push(n, "x".repeat(CAPACITY / 4));
        }
        let (lines, next) = logs.since(4);
        assert_eq!((lines.len(), lines[0].pid, next), (1, 4, 5));
        assert_eq!(logs.since(0).0.len(), 4);
        assert_eq!(logs.since(next).0, []);
    }
}
