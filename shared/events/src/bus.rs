//! Putting events on the bus.

use std::{sync::Arc, time::Duration};

use aws_sdk_eventbridge::{
    Client,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
    primitives::DateTime,
    types::{PutEventsRequestEntry, PutEventsResultEntry},
};
use pennon_domain::{ChangeEvent, error_chain};
use tokio::time::Instant;

use crate::{config::Config, order::Queues};

/// Who the events are from, as rules match it.
const SOURCE: &str = "pennon";
const ATTEMPTS: u32 = 3;
/// The first pause before a retry, of the SDK's and of ours.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const MAX_PAUSE: Duration = Duration::from_secs(2);
/// What EventBridge says of single events that it may take another time (`PutEventsResultEntry`, EventBridge API reference).
const PASSING: [&str; 3] = ["ThrottlingException", "InternalFailure", "InternalException"];

/// A bus, and how patient to be with it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct EventBus {
    client: Client,
    config: Arc<Config>,
}

/// Not everything could be published.
#[derive(Debug, thiserror::Error)]
#[error("event {first} is not published, and {accepted} are: {reason}")]
pub struct PublishError {
    /// The first event that is not known to be published, counted from zero. All before it are; of those after it, some may be.
    pub first: usize,
    /// How many are.
    pub accepted: usize,
    /// Why.
    pub reason: Reason,
}

/// Why an event is not published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// EventBridge will not take this event, however often it is asked.
    #[error("it is refused: {0}")]
    Refused(String),
    /// EventBridge did not take it now.
    #[error("the bus does not take it: {0}")]
    Unavailable(String),
}

impl EventBus {
    /// A bus by that client's connections and credentials; deadlines and retries are the configuration's.
    pub fn new(client: &Client, config: Config) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(config.connect_timeout)
            .operation_attempt_timeout(config.attempt_timeout)
            .operation_timeout(config.operation_timeout)
            .build();
        let retries = RetryConfig::standard()
            .with_max_attempts(ATTEMPTS)
            .with_initial_backoff(FIRST_PAUSE)
            .with_max_backoff(MAX_PAUSE);
        let config_of_client = client.config().to_builder().timeout_config(timeouts).retry_config(retries);
        Self { client: Client::from_conf(config_of_client.build()), config: Arc::new(config) }
    }

    /// Publishes all of them: those of a project one after the other, those of different projects side by side. What EventBridge
    /// does not take now is tried again until `PUBLISH_DEADLINE_MS` is over.
    ///
    /// An event whose acceptance was not heard of is sent again, so it may be published twice, with the same `id` in its detail.
    pub async fn publish(&self, events: &[ChangeEvent]) -> Result<(), PublishError> {
        let mut queues = Queues::new(events);
        let mut patience = Patience::new(self.config.deadline);
        let mut failures = Vec::new();
        while let Some(first) = queues.first() {
            if patience.is_over() {
                return Err(PublishError::at(first, &queues, failures));
            }
            failures = self.send(&mut queues).await;
            if failures.iter().any(|(_, reason)| matches!(reason, Reason::Refused(_))) {
                let first = queues.first().unwrap_or(first);
                return Err(PublishError::at(first, &queues, failures));
            }
            patience.after(failures.is_empty()).await;
        }
        Ok(())
    }

    /// One request. What was not accepted, and why.
    async fn send(&self, queues: &mut Queues<'_>) -> Vec<(usize, Reason)> {
        let sent = queues.next();
        let entries = sent.iter().map(|(_, event)| self.entry(event)).collect();
        let answer = self.client.put_events().set_entries(Some(entries)).send().await;
        let mut failures = Vec::new();
        match answer {
            Ok(answer) => {
                let mut results = answer.entries().iter();
                for (index, event) in sent {
                    match results.next().map_or_else(|| Err(unanswered()), outcome) {
                        Ok(()) => queues.accepted(event),
                        Err(reason) => failures.push((index, reason)),
                    }
                }
            }
            Err(error) => {
                let reason = Reason::Unavailable(error_chain(&error));
                failures.extend(sent.into_iter().map(|(index, _)| (index, reason.clone())));
            }
        }
        failures
    }

    fn entry(&self, event: &ChangeEvent) -> PutEventsRequestEntry {
        let time = i64::try_from(event.at.as_millis()).unwrap_or(i64::MAX);
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.config.bus)
            .source(SOURCE)
            .detail_type(event.detail_type)
            .detail(&event.detail)
            .time(DateTime::from_millis(time))
            .build()
    }
}

impl PublishError {
    fn at(first: usize, queues: &Queues<'_>, failures: Vec<(usize, Reason)>) -> Self {
        let of_first = failures.into_iter().find(|(index, _)| *index == first);
        let reason = of_first.map_or_else(not_reached, |(_, reason)| reason);
        Self { first, accepted: queues.accepted_so_far(), reason }
    }
}

/// What EventBridge says of one event.
fn outcome(result: &PutEventsResultEntry) -> Result<(), Reason> {
    let Some(code) = result.error_code() else { return Ok(()) };
    let text = format!("{code}: {}", result.error_message().unwrap_or_default());
    Err(if PASSING.contains(&code) { Reason::Unavailable(text) } else { Reason::Refused(text) })
}

fn unanswered() -> Reason {
    Reason::Unavailable("the answer does not speak of it".to_owned())
}

fn not_reached() -> Reason {
    Reason::Unavailable("it was not its turn before the others failed or the time was over".to_owned())
}

/// For how long to go on, and how long to wait in between.
struct Patience {
    until: Instant,
    pause: Duration,
}

impl Patience {
    fn new(deadline: Duration) -> Self {
        Self { until: Instant::now() + deadline, pause: FIRST_PAUSE }
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Waits after a failure, longer each time, and never past the end.
    async fn after(&mut self, success: bool) {
        if success {
            self.pause = FIRST_PAUSE;
            return;
        }
        let jittered = self.pause.mul_f64(0.5 + fastrand::f64() / 2.0);
        tokio::time::sleep_until(self.until.min(Instant::now() + jittered)).await;
        self.pause = MAX_PAUSE.min(self.pause * 2);
    }
}
