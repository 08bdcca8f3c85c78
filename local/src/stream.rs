//! What stands in for the event source mapping of `publish-changes`: hands it what the stream of the audit table has, as Lambda
//! would, by what template.yaml says of it.

use std::{
    collections::VecDeque,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use pennon_domain::error_chain;
use pennon_dynamodb_local::{EmbeddedDynamoDb, StreamReader, StreamRecord};
use pennon_events::{Config, EventBus};
use pennon_http::{StreamBatch, StreamError};
use serde_json::json;
use tokio::net::TcpListener;

use crate::{LocalBus, StartError};

/// Records that the function is handed at once.
pub const BATCH_SIZE: usize = 100;
/// How often a record is handed over again before it is put aside.
pub const MAXIMUM_RETRY_ATTEMPTS: u32 = 10;
/// What else is passed over, as the filter of the mapping does.
const EVENT_NAME: &str = "INSERT";
/// How often the stream is looked at, as on AWS.
const POLL: Duration = Duration::from_millis(250);
/// The first pause before a retry, and the longest. AWS does not say how long its own are.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const MAX_PAUSE: Duration = Duration::from_secs(1);
/// The file in the data directory that says how far the stream was handed over.
const CHECKPOINT: &str = "stream.checkpoint";

/// Where programs find the events: relative to the directory that the server was started in.
const DIRECTORY: &str = ".pennon";
const EVENTS: &str = "events.jsonl";
/// The deadlines of the function are for a network. Here everything shares one processor.
const PATIENT: Duration = Duration::from_secs(5);

/// The stream and the bus that it is told to.
pub(crate) struct Delivery {
    source: EventSource,
    bus: LocalBus,
}

impl Delivery {
    /// A bus on that socket, and the stream of these tables. What an earlier run without a data directory was told is forgotten.
    pub(crate) fn start(
        dynamodb: &EmbeddedDynamoDb,
        listener: TcpListener,
        data: Option<&Path>,
    ) -> Result<Self, StartError> {
        let file = Path::new(DIRECTORY).join(EVENTS);
        let refused = |source| StartError::Directory { path: file.clone(), source };
        fs::create_dir_all(DIRECTORY).map_err(refused)?;
        if data.is_none() {
            fs::write(&file, "").map_err(refused)?;
        }
        let bus = LocalBus::start(listener, &file).map_err(refused)?;
        let config = Config {
            connect_timeout: PATIENT,
            attempt_timeout: PATIENT,
            operation_timeout: 3 * PATIENT,
            ..Config::default()
        };
        let stream = dynamodb.stream(&pennon_store::Config::default().audit_table);
        let source = EventSource::new(stream, EventBus::new(&bus.client(), config), data).map_err(refused)?;
        Ok(Self { source, bus })
    }

    /// The URL of the bus.
    pub(crate) fn bus_url(&self) -> String {
        self.bus.url()
    }

    /// Tells the bus of every change, for ever.
    pub(crate) async fn run(self) {
        self.source.deliver().await;
    }
}

/// The stream of the audit table, as `publish-changes` is handed it.
#[derive(Debug)]
pub struct EventSource {
    stream: StreamReader,
    bus: EventBus,
    checkpoint: Checkpoint,
}

/// How far the stream was handed over: what a record's number is, once it and all before it are done with.
#[derive(Debug)]
struct Checkpoint {
    file: Option<PathBuf>,
    after: Option<String>,
}

/// Records that are handed over together.
struct Batch {
    records: Vec<StreamRecord>,
    /// How often they were handed over.
    attempts: u32,
}

/// What became of a batch.
enum Outcome {
    /// So many of its records, the first ones, are published.
    Published(usize),
    /// The function failed.
    Failed,
}

impl EventSource {
    /// Reads the stream from the oldest record; with a data directory, from where it was left there.
    ///
    /// # Errors
    /// When what the directory says of that cannot be read.
    pub fn new(stream: StreamReader, bus: EventBus, data: Option<&Path>) -> io::Result<Self> {
        Ok(Self { stream, bus, checkpoint: Checkpoint::open(data)? })
    }

    /// Hands over whatever comes, for ever.
    pub async fn deliver(mut self) {
        loop {
            let records = self.read().await;
            if records.is_empty() {
                tokio::time::sleep(POLL).await;
                continue;
            }
            self.hand_over(records).await;
        }
    }

    async fn read(&self) -> Vec<StreamRecord> {
        let (stream, after) = (self.stream.clone(), self.checkpoint.after.clone());
        let reading = tokio::task::spawn_blocking(move || stream.read(after.as_deref(), BATCH_SIZE));
        match reading.await {
            Ok(Ok(records)) => records,
            Ok(Err(error)) => {
                tracing::error!(error = error_chain(&error), "the stream cannot be read");
                Vec::new()
            }
            Err(_) => Vec::new(),
        }
    }

    /// Until all of them are published, or put aside.
    async fn hand_over(&mut self, records: Vec<StreamRecord>) {
        let last = records.last().map(|record| record.sequence_number.clone());
        let records = records.into_iter().filter(|record| record.event_name == EVENT_NAME).collect();
        let mut batches = VecDeque::from([Batch { records, attempts: 0 }]);
        while let Some(batch) = batches.pop_front().filter(|batch| !batch.records.is_empty()) {
            let pause = MAX_PAUSE.min(FIRST_PAUSE * 2_u32.saturating_pow(batch.attempts));
            // Boxed: the future of the function is many times the size of this one.
            let outcome = Box::pin(self.invoke(&batch.records)).await;
            let failed = !matches!(outcome, Outcome::Published(count) if count == batch.records.len());
            let (done, left) = batch.after(&outcome);
            if let Some(record) = done.last() {
                self.checkpoint.save(&record.sequence_number);
            }
            for batch in left.into_iter().rev() {
                batches.push_front(batch);
            }
            if failed {
                tokio::time::sleep(pause).await;
            }
        }
        // What was passed over is done with as well.
        if let Some(last) = last {
            self.checkpoint.save(&last);
        }
    }

    async fn invoke(&self, records: &[StreamRecord]) -> Outcome {
        let event = json!({ "Records": records.iter().map(|record| &record.json).collect::<Vec<_>>() });
        let answer = match serde_json::from_value::<StreamBatch>(event) {
            Ok(batch) => publish_changes::handle(self.bus.clone(), batch).await,
            Err(error) => Err(StreamError::at("", error)),
        };
        match answer {
            Ok(response) => {
                let failed =
                    |record: &StreamRecord| response.failed() == Some(record.sequence_number.as_str());
                Outcome::Published(records.iter().position(failed).unwrap_or(records.len()))
            }
            Err(error) => {
                // As Lambda's runtime does for the deployed function.
                tracing::error!(error = error_chain(&error), "the function failed");
                Outcome::Failed
            }
        }
    }
}

impl Batch {
    /// What is done with, and what is to be handed over next: as Lambda does it with `ReportBatchItemFailures` and
    /// `BisectBatchOnFunctionError`. Splitting a batch is no attempt.
    fn after(self, outcome: &Outcome) -> (Vec<StreamRecord>, Vec<Self>) {
        let Self { mut records, attempts } = self;
        match *outcome {
            Outcome::Published(count) if count >= records.len() => (records, Vec::new()),
            Outcome::Published(count @ 1..) => {
                let rest = records.split_off(count);
                (records, vec![Self { records: rest, attempts: 0 }])
            }
            Outcome::Failed if records.len() > 1 => {
                let second = records.split_off(records.len() / 2);
                let batch = |records| Self { records, attempts };
                (Vec::new(), vec![batch(records), batch(second)])
            }
            _ if attempts >= MAXIMUM_RETRY_ATTEMPTS => {
                put_aside(&records);
                (records, Vec::new())
            }
            _ => (Vec::new(), vec![Self { records, attempts: attempts + 1 }]),
        }
    }
}

/// On AWS, the queue of dead letters is told this.
fn put_aside(records: &[StreamRecord]) {
    let number = |record: Option<&StreamRecord>| record.map(|record| record.sequence_number.clone());
    let (first, last) = (number(records.first()), number(records.last()));
    tracing::error!(
        first,
        last,
        count = records.len(),
        "changes are put aside: they were handed over too often"
    );
}

impl Checkpoint {
    fn open(data: Option<&Path>) -> io::Result<Self> {
        let Some(file) = data.map(|directory| directory.join(CHECKPOINT)) else {
            return Ok(Self { file: None, after: None });
        };
        let after = match fs::read_to_string(&file) {
            Ok(text) => Some(text.trim().to_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        Ok(Self { file: Some(file), after })
    }

    /// If it cannot be written, records are handed over once more after the next start, and none is lost.
    fn save(&mut self, sequence_number: &str) {
        self.after = Some(sequence_number.to_owned());
        let Some(file) = &self.file else { return };
        // Renamed into place, so that nobody reads half a number.
        let unfinished = file.with_extension("new");
        let saved = fs::write(&unfinished, sequence_number).and_then(|()| fs::rename(&unfinished, file));
        if let Err(error) = saved {
            tracing::warn!(file = %file.display(), %error, "it cannot be noted how far the stream was handed over");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(count: usize, attempts: u32) -> Batch {
        let record = |number: usize| StreamRecord {
            sequence_number: number.to_string(),
            event_name: EVENT_NAME.to_owned(),
            json: json!({}),
        };
        Batch { records: (0..count).map(record).collect(), attempts }
    }

    /// How many are done with, and what is left: so many records, handed over so often.
    fn after(batch: Batch, outcome: &Outcome) -> (usize, Vec<(usize, u32)>) {
        let (done, left) = batch.after(outcome);
        (done.len(), left.iter().map(|batch| (batch.records.len(), batch.attempts)).collect())
    }

    #[test]
    fn what_is_published_is_not_handed_over_again() {
        assert_eq!(after(batch(3, 4), &Outcome::Published(3)), (3, vec![]));
        assert_eq!(after(batch(3, 4), &Outcome::Published(2)), (2, vec![(1, 0)]));
        assert_eq!(after(batch(3, 4), &Outcome::Published(0)), (0, vec![(3, 5)]));
    }

    #[test]
    fn a_batch_that_fails_is_split_until_it_cannot_be() {
        assert_eq!(after(batch(5, 1), &Outcome::Failed), (0, vec![(2, 1), (3, 1)]));
        assert_eq!(after(batch(1, 1), &Outcome::Failed), (0, vec![(1, 2)]));
    }

    #[test]
    fn what_was_handed_over_too_often_is_put_aside() {
        let often = MAXIMUM_RETRY_ATTEMPTS;
        assert_eq!(after(batch(1, often - 1), &Outcome::Failed), (0, vec![(1, often)]));
        assert_eq!(after(batch(1, often), &Outcome::Failed), (1, vec![]));
        assert_eq!(after(batch(2, often), &Outcome::Published(0)), (2, vec![]));
    }

    #[test]
    fn the_place_in_the_stream_outlives_the_process() {
        let directory = tempfile::tempdir().unwrap();
        let mut checkpoint = Checkpoint::open(Some(directory.path())).unwrap();
        assert_eq!(checkpoint.after, None);
        checkpoint.save("100");
        checkpoint.save("200");
        let again = Checkpoint::open(Some(directory.path())).unwrap();
        assert_eq!(again.after.as_deref(), Some("200"));
    }
}
