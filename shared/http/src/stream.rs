//! Functions that are given the records of a DynamoDB stream: what Lambda hands them, and what it is told.

use std::{fmt, future::Future, process::ExitCode};

use lambda_http::{
    LambdaEvent,
    lambda_runtime::{Diagnostic, Runtime},
    service_fn,
};
use pennon_domain::error_chain;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, edge::fault, process::Process};

/// The name of a record of a new item.
const INSERT: &str = "INSERT";

/// A part of a shard, in its order.
#[derive(Clone, Debug, Deserialize)]
pub struct StreamBatch {
    #[serde(rename = "Records")]
    records: Vec<StreamRecord>,
}

/// What became of one item. Members that nobody here reads are passed over.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StreamRecord {
    event_name: String,
    dynamodb: ItemChange,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ItemChange {
    sequence_number: String,
    #[serde(default)]
    new_image: Option<Value>,
}

/// What Lambda is told: from which record on it has to hand them over again. For event source mappings with
/// `ReportBatchItemFailures`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StreamResponse {
    batch_item_failures: Vec<BatchItemFailure>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchItemFailure {
    item_identifier: String,
}

/// A batch cannot be handled, not even its first record. Lambda splits it in two, where it is told to, until the record that cannot be
/// handled is alone. What caused it goes to the log, where the runtime writes every error of a handler once.
#[derive(thiserror::Error)]
#[error("record {sequence_number} cannot be handled")]
pub struct StreamError {
    sequence_number: String,
    #[source]
    cause: Box<dyn std::error::Error + Send + Sync>,
}

impl StreamBatch {
    /// The records of new items.
    pub fn inserted(&self) -> impl Iterator<Item = &StreamRecord> {
        self.records.iter().filter(|record| record.event_name == INSERT)
    }
}

impl StreamRecord {
    /// The item as it is now, its attributes with their types: `{"pk":{"S":"..."}}`. `None` if the stream does not carry it.
    pub fn new_image(&self) -> Option<&Value> {
        self.dynamodb.new_image.as_ref()
    }

    /// Its place in the stream.
    pub fn sequence_number(&self) -> &str {
        &self.dynamodb.sequence_number
    }
}

impl StreamResponse {
    /// Every record was handled.
    pub fn done() -> Self {
        Self::default()
    }

    /// The records before this one were handled.
    pub fn failed_from(record: &StreamRecord) -> Self {
        let item_identifier = record.sequence_number().to_owned();
        Self { batch_item_failures: vec![BatchItemFailure { item_identifier }] }
    }

    /// The sequence number of the first record that was not handled; `None` if all were.
    pub fn failed(&self) -> Option<&str> {
        self.batch_item_failures.first().map(|failure| failure.item_identifier.as_str())
    }
}

impl StreamError {
    /// The record of that number cannot be handled, for that cause.
    pub fn at(sequence_number: &str, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { sequence_number: sequence_number.to_owned(), cause: cause.into() }
    }
}

impl fmt::Debug for StreamRecord {
    /// Without the item.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamRecord")
            .field("event_name", &self.event_name)
            .field("sequence_number", &self.dynamodb.sequence_number)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for StreamError {
    /// With the causes: this is what the runtime logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&error_chain(self))
    }
}

impl From<StreamError> for Diagnostic {
    fn from(error: StreamError) -> Self {
        Self { error_type: "StreamError".to_owned(), error_message: error.to_string() }
    }
}

/// Runs a consumer of a stream: handles batches until the process is stopped. `open` gives its state, which is cloned for each
/// batch; what it logs is not lost, since logging starts first. What goes wrong is logged, and the exit code says that something did.
pub async fn serve_stream<S, E, F>(
    open: impl AsyncFnOnce() -> Result<S, E>,
    handle: fn(S, StreamBatch) -> F,
) -> ExitCode
where
    S: Clone + Send + Sync,
    E: Into<Error>,
    F: Future<Output = Result<StreamResponse, StreamError>> + Send,
{
    let Some(process) = Process::start(open).await else { return ExitCode::FAILURE };
    let state = process.state.clone();
    let answer = |event: LambdaEvent<StreamBatch>| {
        let answer = handle(state.clone(), event.payload);
        async { answer.await.inspect_err(|_| fault()) }
    };
    process.run(Runtime::new(service_fn(answer))).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn batch() -> StreamBatch {
        let record = |name: &str, number: &str| {
            json!({
                "eventID": "1", "eventName": name, "eventSource": "aws:dynamodb", "awsRegion": "eu-west-1",
                "dynamodb": {
                    "ApproximateCreationDateTime": 1_795_251_600.0, "Keys": { "pk": { "S": "secret" } },
                    "NewImage": { "pk": { "S": "secret" } }, "SequenceNumber": number, "SizeBytes": 9,
                    "StreamViewType": "NEW_IMAGE",
                },
            })
        };
        let event =
            json!({ "Records": [record("REMOVE", "1"), record("INSERT", "2"), record("MODIFY", "3")] });
        serde_json::from_value(event).unwrap()
    }

    #[test]
    fn new_items_are_read_and_not_shown() {
        let batch = batch();
        let [record] = batch.inserted().collect::<Vec<_>>()[..] else { panic!("{batch:?}") };
        assert_eq!(record.sequence_number(), "2");
        assert_eq!(record.new_image(), Some(&json!({ "pk": { "S": "secret" } })));
        assert!(!format!("{batch:?}").contains("secret"));
    }

    #[test]
    fn lambda_is_told_in_its_words() {
        let batch = batch();
        let told = |response| serde_json::to_value::<StreamResponse>(response).unwrap();
        assert_eq!(told(StreamResponse::done()), json!({ "batchItemFailures": [] }));
        let failed = batch.inserted().next().map(StreamResponse::failed_from).unwrap();
        assert_eq!(told(failed), json!({ "batchItemFailures": [{ "itemIdentifier": "2" }] }));
    }

    #[test]
    fn the_log_is_told_the_cause_and_lambda_is_not() {
        let error = StreamError::at("7", "the row is damaged");
        assert_eq!(format!("{error:?}"), "record 7 cannot be handled: the row is damaged");
        assert_eq!(Diagnostic::from(error).error_message, "record 7 cannot be handled");
    }
}
