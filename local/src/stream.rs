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
    attempts: u32,
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
        let records = records.into_iter().filter(|record| record.json["eventName"] == EVENT_NAME).collect();
        let mut batches = VecDeque::from([Batch { records, attempts: 0 }]);
        while let Some(batch) = batches.pop_front() {
            if batch.records.is_empty() {
                continue;
            }
            let published = self.invoke(&batch.records).await;
            let (done, left) = batch.after(published);
            if let Some(record) = done.last() {
                self.checkpoint.save(&record.sequence_number);
            }
            let Some(attempts) = left.first().map(|batch| batch.attempts) else { continue };
            for batch in left.into_iter().rev() {
                batches.push_front(batch);
            }
            tokio::time::sleep(MAX_PAUSE.min(FIRST_PAUSE * 2_u32.saturating_pow(attempts))).await;
        }
        if let Some(last) = last {
            self.checkpoint.save(&last);
        }
    }

    /// How many of the records were published, from the first on; an error if none was and Lambda would split them.
    async fn invoke(&self, records: &[StreamRecord]) -> Result<usize, StreamError> {
        let event = json!({ "Records": records.iter().map(|record| &record.json).collect::<Vec<_>>() });
        let batch: StreamBatch = serde_json::from_value(event).map_err(|error| StreamError::at("", error))?;
        let answer = publish_changes::handle(self.bus.clone(), batch).await?;
        let failed = |record: &StreamRecord| answer.failed() == Some(record.sequence_number.as_str());
        Ok(records.iter().position(failed).unwrap_or(records.len()))
    }
}

impl Batch {
    /// What is done with, and what is to be handed over next: as Lambda does it with `ReportBatchItemFailures` and
    /// `BisectBatchOnFunctionError`.
    fn after(mut self, published: Result<usize, StreamError>) -> (Vec<StreamRecord>, Vec<Self>) {
        let (done, split) = match &published {
            Ok(done) => (*done, false),
            // The only place where this is said: Lambda's runtime would log it.
            Err(error) => {
                tracing::error!(error = error_chain(error), "the function failed");
                (0, self.records.len() > 1)
            }
        };
        let rest = self.records.split_off(done.min(self.records.len()));
        if rest.is_empty() {
            return (self.records, Vec::new());
        }
        if split {
            let attempts = self.attempts;
            let batch = |records: &[StreamRecord]| Self { records: records.to_vec(), attempts };
            let (first, second) = rest.split_at(rest.len() / 2);
            return (self.records, vec![batch(first), batch(second)]);
        }
        // What has come further is a batch of its own.
        let attempts = if done > 0 { 1 } else { self.attempts + 1 };
        if attempts > MAXIMUM_RETRY_ATTEMPTS {
            put_aside(&rest);
            self.records.extend(rest);
            return (self.records, Vec::new());
        }
        (self.records, vec![Self { records: rest, attempts }])
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
