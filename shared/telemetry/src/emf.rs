//! Metrics, written to standard output in CloudWatch's embedded metric format: the log is where they travel, so that no call is made for them.
//!
//! Whoever counts does so through the `metrics` facade. What was counted is added up in memory and written at the end of an invocation,
//! but not of each: [`MetricsConfig::interval`] says how far apart. ADR 0012 says why, and what can be lost.

use std::{
    fmt,
    io::Write,
    sync::{Arc, Mutex, PoisonError},
};

use metrique_metricsrs::{MetricAccumulatorEntry, MetricRecorder};
use metrique_writer::{Entry, EntryWriter, format::Format};
use metrique_writer_format_emf::Emf;
use pennon_domain::{Clock, SystemClock, Timestamp};

use crate::{MetricsConfig, RELEASE, Scope};

/// The dimension of every metric, as AWS/Lambda has it: which function it is about.
const FUNCTION: &str = "FunctionName";

/// What a process has counted and not written yet.
pub struct Emitter {
    recorder: MetricRecorder<dyn metrics::Recorder>,
    config: MetricsConfig,
    clock: Arc<dyn Clock>,
    output: Mutex<Output>,
}

struct Output {
    format: Emf,
    /// When it was last written. By the wall clock: a frozen process does not notice how long it slept.
    written: Option<Timestamp>,
    buffer: Vec<u8>,
}

/// Somebody else in this process counts already.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("there is a recorder of metrics already")]
pub struct InstallError;

impl Emitter {
    /// Has everything that this process counts from now on added up here.
    ///
    /// # Errors
    /// When something else does that already.
    pub fn install(config: MetricsConfig) -> Result<Self, InstallError> {
        let emitter = Self::new(config, Arc::new(SystemClock));
        metrics::set_global_recorder(emitter.recorder.clone()).map_err(|_| InstallError)?;
        Ok(emitter)
    }

    fn new(config: MetricsConfig, clock: Arc<dyn Clock>) -> Self {
        let format = Emf::builder(config.namespace.clone(), vec![vec![FUNCTION.to_owned()]]).build();
        let output = Mutex::new(Output { format, written: None, buffer: Vec::new() });
        Self { recorder: MetricRecorder::new(), config, clock, output }
    }

    /// Writes to standard output what was counted, if it is time to: [`Emitter::after_invocation_to`].
    pub fn after_invocation(&self, scope: &Scope) {
        self.after_invocation_to(std::io::stdout(), scope);
    }

    /// Writes what was counted if the last time is an interval ago, or if the invocation could not be answered by our fault. That
    /// it cannot be written is nobody's problem but the metrics'.
    pub fn after_invocation_to(&self, writer: impl Write, scope: &Scope) {
        let now = self.clock.now();
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back says nothing about when that was.
        let age = output.written.and_then(|written| now.since(written));
        if !scope.is_faulty() && age.is_some_and(|age| age < self.config.interval) {
            return;
        }
        output.written = Some(now);
        let about = self.config.interval.is_zero().then_some(scope);
        let entry = Report { counted: self.recorder.readout(), function: &self.config.function, about };
        output.write(writer, &entry);
    }
}

impl Output {
    /// In one call of the system, so that lines of others do not come between.
    fn write(&mut self, mut writer: impl Write, report: &impl Entry) {
        self.buffer.clear();
        if let Err(error) = self.format.format(report, &mut self.buffer) {
            tracing::warn!(error = %error, "metrics cannot be written");
            return;
        }
        let _ = writer.write_all(&self.buffer).and_then(|()| writer.flush());
    }
}

impl fmt::Debug for Emitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emitter").field("config", &self.config).finish_non_exhaustive()
    }
}

/// What was counted, with what else a line says.
struct Report<'a> {
    counted: MetricAccumulatorEntry<dyn metrics::Recorder>,
    function: &'a str,
    /// The one request that the line is about, if it is about one.
    about: Option<&'a Scope>,
}

impl Entry for Report<'_> {
    fn write<'a>(&'a self, writer: &mut impl EntryWriter<'a>) {
        writer.value(FUNCTION, self.function);
        writer.value("release", RELEASE);
        if let Some(scope) = self.about {
            writer.value("requestId", scope.request_id());
            if let Some(trace) = scope.trace() {
                writer.value("traceId", &trace.id.to_string());
            }
        }
        self.counted.write(writer);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicU64, Ordering},
        time::Duration,
    };

    use metrics::{counter, histogram};
    use serde_json::{Value, json};

    use super::*;
    use crate::Trace;

    #[derive(Debug, Default)]
    struct At(AtomicU64);

    impl Clock for At {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(Ordering::Relaxed))
        }
    }

    struct Process {
        emitter: Emitter,
        clock: Arc<At>,
    }

    impl Process {
        fn new(interval: Duration) -> Self {
            let clock = Arc::new(At::default());
            let config = MetricsConfig { interval, function: "evaluate".into(), ..MetricsConfig::default() };
            Self { emitter: Emitter::new(config, Arc::clone(&clock) as _), clock }
        }

        /// The lines after an invocation that took place then.
        fn invoke(&self, at: u64, count: impl FnOnce(&Scope)) -> Vec<Value> {
            self.clock.0.store(at, Ordering::Relaxed);
            let scope = Scope::new("req-1");
            metrics::with_local_recorder(&self.emitter.recorder, || count(&scope));
            let mut written = Vec::new();
            self.emitter.after_invocation_to(&mut written, &scope);
            let text = String::from_utf8(written).unwrap();
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        }
    }

    fn count(_: &Scope) {
        counter!("requests").increment(1);
    }

    #[test]
    fn a_line_is_in_the_embedded_metric_format() {
        let lines = Process::new(Duration::from_secs(1)).invoke(0, |_| {
            metrics::describe_histogram!("took", metrics::Unit::Microseconds, "");
            counter!("evaluations", "reason" => "STATIC").increment(3);
            for micros in [7_u32, 7, 900] {
                histogram!("took").record(micros);
            }
        });
        let find = |name: &str| lines.iter().find(|line| line.get(name).is_some()).unwrap();
        let line = find("took");
        assert_eq!(line["took"], json!({ "Values": [7, 911], "Counts": [2, 1] }));
        assert_eq!((&line["FunctionName"], &line["release"]), (&json!("evaluate"), &json!(RELEASE)));
        let metrics = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(metrics["Namespace"], "Pennon");
        assert_eq!(metrics["Dimensions"], json!([["FunctionName"]]));
        assert_eq!(metrics["Metrics"], json!([{ "Name": "took", "Unit": "Microseconds" }]));
        let line = find("evaluations");
        assert_eq!((&line["evaluations"], &line["reason"]), (&json!(3), &json!("STATIC")));
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["FunctionName", "reason"]]));
    }

    #[test]
    fn what_is_counted_within_an_interval_is_added_up() {
        let process = Process::new(Duration::from_secs(1));
        assert_eq!(process.invoke(10_000, count)[0]["requests"], 1);
        for at in [10_000, 10_500, 10_999] {
            assert!(process.invoke(at, count).is_empty());
        }
        assert_eq!(process.invoke(11_000, count)[0]["requests"], 4);
        assert!(process.invoke(11_001, count).is_empty());
    }

    #[test]
    fn a_fault_and_a_clock_that_was_set_back_do_not_wait() {
        let process = Process::new(Duration::from_secs(1));
        process.invoke(10_000, count);
        let lines = process.invoke(10_001, |scope| {
            count(scope);
            scope.set_faulty();
        });
        assert_eq!(lines[0]["requests"], 1);
        assert_eq!(process.invoke(9_000, count)[0]["requests"], 1);
    }

    #[test]
    fn without_an_interval_each_line_names_its_request() {
        let process = Process::new(Duration::ZERO);
        for at in [10_000, 10_000] {
            let lines = process.invoke(at, |scope| {
                count(scope);
                scope.set_trace(Trace::from_headers(None, Some("Root=1-5759e988-bd862e3fe1be46a994272793")));
            });
            assert_eq!(lines[0]["requestId"], "req-1");
            assert_eq!(lines[0]["traceId"], "5759e988bd862e3fe1be46a994272793");
        }
    }
}
