//! Processes: started, watched and ended. What they use is read from `/proc`.

use std::{collections::BTreeMap, fs, time::Duration};

/// The unit of CPU times in `/proc`: `USER_HZ`, which is 100 on Linux whatever the kernel's own clock does.
const TICK: Duration = Duration::from_millis(10);

/// What a process has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU time, of the process and the kernel for it.
    pub cpu: Duration,
    /// The most memory that it had resident, in bytes.
    pub peak_memory: u64,
}

/// What processes have used, those that are gone included.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    processes: BTreeMap<u32, (Usage, Usage)>,
}

impl Meter {
    /// Reads the usage of those processes. To be called more often than they end. What a process had used when it was first seen does
    /// not count.
    pub fn read(&mut self, processes: impl IntoIterator<Item = u32>) {
        for id in processes {
            if let Some(now) = usage(id) {
                let (_, latest) = self.processes.entry(id).or_insert((now, now));
                *latest = now;
            }
        }
    }

    /// The CPU time of all since each was first seen.
    pub fn cpu(&self) -> Duration {
        self.processes.values().map(|(first, latest)| latest.cpu.saturating_sub(first.cpu)).sum()
    }

    /// The most memory of any one, in bytes.
    pub fn peak_memory(&self) -> u64 {
        self.processes.values().map(|(_, latest)| latest.peak_memory).max().unwrap_or_default()
    }

    /// How many there were.
    pub fn processes(&self) -> usize {
        self.processes.len()
    }
}

/// What a process has used so far. `None`: there is no such process.
pub fn usage(id: u32) -> Option<Usage> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name of the process, in brackets, may hold anything; the CPU times are the 14th and 15th field, the state the third.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    let cpu = TICK * ticks()? + TICK * ticks()?;
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes: u64 = peak.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0);
    Some(Usage { cpu, peak_memory: kilobytes * 1024 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_something() {
        let mut meter = Meter::default();
        meter.read([std::process::id()]);
        let mut sum = 0_u64;
        while meter.cpu().is_zero() {
            sum = (0..1_000_000_u64).fold(sum, u64::wrapping_add);
            meter.read([std::process::id()]);
        }
        assert!(meter.peak_memory() > 1_000_000, "{meter:?} {sum}");
        assert_eq!(meter.processes(), 1);
    }

    #[test]
    fn a_process_that_is_gone_is_not_read() {
        assert_eq!(usage(u32::MAX), None);
    }
}
