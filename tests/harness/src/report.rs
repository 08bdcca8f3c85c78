//! What an invocation cost.

use std::{fmt, time::Duration};

/// What Lambda writes into the log after each invocation, and the CPU time, which it does not tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The invocation.
    pub request_id: String,
    /// From the start of the process until it asked for its first event. Of cold starts only.
    pub init: Option<Duration>,
    /// From the event to the moment when the process asked for the next one.
    pub duration: Duration,
    /// User and system time of all threads of the process meanwhile, without the init phase.
    pub cpu: Duration,
    /// User and system time of the process in its init phase. Of cold starts only.
    pub init_cpu: Option<Duration>,
    /// The memory size of the function, in MB of 2^20 bytes.
    pub memory_mb: u32,
    /// The most memory that was ever resident in the process (`VmHWM`), in bytes. Read at most ten times a second.
    pub max_memory: u64,
}

impl Report {
    /// What Lambda bills: init and duration, up to the next whole millisecond. The init phase is billed since August 2025.
    pub fn billed(&self) -> Duration {
        let nanos = (self.duration + self.init.unwrap_or_default()).as_nanos();
        Duration::from_millis(u64::try_from(nanos.div_ceil(1_000_000)).unwrap_or(u64::MAX))
    }
}

/// The line that Lambda writes, and the CPU time at its end.
impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "REPORT RequestId: {}\tDuration: {:.2} ms\tBilled Duration: {} ms\tMemory Size: {} MB\tMax Memory Used: {} MB\t",
            self.request_id,
            millis(self.duration),
            self.billed().as_millis(),
            self.memory_mb,
            self.max_memory.div_ceil(1 << 20),
        )?;
        if let Some(init) = self.init {
            write!(formatter, "Init Duration: {:.2} ms\t", millis(init))?;
        }
        write!(formatter, "CPU: {:.2} ms", millis(self.cpu))
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const WARM: Report = Report {
        request_id: String::new(),
        init: None,
        duration: Duration::from_micros(1_200),
        cpu: Duration::from_micros(310),
        init_cpu: None,
        memory_mb: 256,
        max_memory: 10 << 20,
    };

    #[test]
    fn a_cold_start_says_what_its_init_took_and_is_billed_for_it() {
        let cold = Report { init: Some(Duration::from_micros(6_900)), ..WARM };
        assert_eq!((WARM.billed().as_millis(), cold.billed().as_millis()), (2, 9));
        assert_eq!(
            cold.to_string(),
            "REPORT RequestId: \tDuration: 1.20 ms\tBilled Duration: 9 ms\tMemory Size: 256 MB\t\
             Max Memory Used: 10 MB\tInit Duration: 6.90 ms\tCPU: 0.31 ms"
        );
        assert!(!WARM.to_string().contains("Init"));
    }
}
