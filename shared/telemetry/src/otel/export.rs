//! Where finished spans go: an OTLP receiver, by HTTP.

use std::{
    fmt::Display,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hyper_rustls::HttpsConnectorBuilder;
use opentelemetry_http::{HttpClient, hyper::HyperClient};
use opentelemetry_otlp::{ExporterBuildError, Protocol, RetryPolicy, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{SpanData, SpanExporter as _},
};
use pennon_domain::{Clock, SystemClock, Timestamp};

use super::TracesConfig;

/// For that long after a failure, no spans are made. A receiver that hangs would else cost each request the deadline.
const PAUSE: Duration = Duration::from_secs(10);
/// A failure within that long after one that was logged is not.
const QUIET: Duration = Duration::from_mins(1);

/// Spans cannot be exported, whatever the receiver does.
#[derive(Debug, thiserror::Error)]
pub enum TracerError {
    /// The system has no certificates that could be read.
    #[error("the certificates of the system cannot be read")]
    Certificates(#[source] io::Error),
    /// One of the variables that the exporter reads says nothing usable.
    #[error("spans cannot be exported as the environment says")]
    Exporter(#[from] ExporterBuildError),
}

/// Hands spans to a receiver, one attempt each.
#[derive(Debug)]
pub(super) struct Exporter {
    otlp: opentelemetry_otlp::SpanExporter,
    deadline: Duration,
    clock: Arc<dyn Clock>,
    failures: Mutex<Failures>,
}

/// By the wall clock: a frozen process does not notice how long it slept.
#[derive(Debug, Default)]
struct Failures {
    last: Option<Timestamp>,
    logged: Option<Timestamp>,
}

impl Exporter {
    pub(super) fn new(config: &TracesConfig, resource: &Resource) -> Result<Self, TracerError> {
        let builder = opentelemetry_otlp::SpanExporter::builder().with_http();
        let mut otlp = builder
            .with_protocol(Protocol::HttpBinary)
            .with_shared_http_client(client(config)?)
            .with_timeout(config.deadline)
            // Between two attempts it would put the thread to sleep.
            .with_retry_policy(RetryPolicy::disabled())
            .build()?;
        otlp.set_resource(resource);
        let (clock, failures) = (Arc::new(SystemClock), Mutex::default());
        Ok(Self { otlp, deadline: config.deadline, clock, failures })
    }

    /// Whether it would be a waste to make spans now.
    pub(super) fn is_paused(&self) -> bool {
        is_within(PAUSE, self.failures().last, self.clock.now())
    }

    pub(super) async fn export(&self, spans: Vec<SpanData>) {
        match tokio::time::timeout(self.deadline, self.otlp.export(spans)).await {
            Ok(Ok(())) => self.failures().last = None,
            Ok(Err(error)) => self.failed(&error),
            Err(elapsed) => self.failed(&elapsed),
        }
    }

    fn failed(&self, error: &dyn Display) {
        let now = self.clock.now();
        let mut failures = self.failures();
        failures.last = Some(now);
        if !is_within(QUIET, failures.logged, now) {
            failures.logged = Some(now);
            tracing::warn!(error = %error, "spans cannot be exported");
        }
    }

    fn failures(&self) -> MutexGuard<'_, Failures> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clock that was set back says nothing about when that was.
fn is_within(period: Duration, then: Option<Timestamp>, now: Timestamp) -> bool {
    then.and_then(|then| now.since(then)).is_some_and(|age| age < period)
}

fn client(config: &TracesConfig) -> Result<Arc<dyn HttpClient>, TracerError> {
    if !config.tls {
        return Ok(Arc::new(HyperClient::with_default_connector(config.deadline, None)));
    }
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
        .map_err(TracerError::Certificates)?
        .https_only()
        .enable_http1()
        .build();
    Ok(Arc::new(HyperClient::new(connector, config.deadline, None)))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[derive(Debug, Default)]
    struct At(AtomicU64);

    impl Clock for At {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(Ordering::Relaxed))
        }
    }

    #[test]
    fn after_a_failure_there_is_a_pause_and_a_line_of_the_log_at_most_once_a_minute() {
        let clock = Arc::new(At::default());
        let config =
            TracesConfig { tls: true, deadline: Duration::from_millis(1), function: "evaluate".into() };
        let exporter = Exporter::new(&config, &Resource::builder_empty().build()).unwrap();
        let exporter = Exporter { clock: Arc::clone(&clock) as _, ..exporter };
        let paused_at = |millis| {
            clock.0.store(millis, Ordering::Relaxed);
            exporter.is_paused()
        };
        let logged = || exporter.failures().logged.map(Timestamp::as_millis);
        assert!(!paused_at(100_000));
        exporter.failed(&"refused");
        assert!(paused_at(109_999) && !paused_at(110_000));
        assert!(!paused_at(99_000), "the clock was set back");
        assert!(!paused_at(159_999));
        exporter.failed(&"refused");
        assert!(paused_at(160_000));
        assert_eq!(logged(), Some(100_000));
        exporter.failed(&"refused");
        assert_eq!(logged(), Some(160_000));
    }
}
