//! The stream of a table: what DynamoDB Streams serves on the same port, without the way over a socket.

use std::fmt;

use dynoxide::{
    Database,
    actions::{get_records::GetRecordsRequest, get_shard_iterator::GetShardIteratorRequest},
    streams::{shard_id, stream_arn},
};
use serde_json::Value;

use crate::Error;

/// Reads the one shard of a table's stream. Nothing in it is ever trimmed, as it is on AWS after a day.
#[derive(Clone)]
pub struct StreamReader {
    database: Database,
    table: String,
}

/// A record, as `GetRecords` and Lambda write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamRecord {
    /// Its place in the stream. Texts and numbers sort alike.
    pub sequence_number: String,
    /// `INSERT`, `MODIFY` or `REMOVE`.
    pub event_name: String,
    /// All of it.
    pub json: Value,
}

impl StreamReader {
    pub(crate) fn new(database: Database, table: &str) -> Self {
        Self { database, table: table.to_owned() }
    }

    /// At most `limit` records, the oldest first: those after that sequence number, or all. It blocks while a write is under way.
    pub fn read(&self, after: Option<&str>, limit: usize) -> Result<Vec<StreamRecord>, Error> {
        let refused = |message: String| Error::Stream { table: self.table.clone(), message };
        let request = GetShardIteratorRequest {
            stream_arn: stream_arn(&self.table, ""),
            shard_id: shard_id(&self.table),
            shard_iterator_type: if after.is_some() { "AFTER_SEQUENCE_NUMBER" } else { "TRIM_HORIZON" }
                .to_owned(),
            sequence_number: after.map(str::to_owned),
        };
        let iterator =
            self.database.get_shard_iterator(request).map_err(|error| refused(error.to_string()))?;
        let shard_iterator = iterator.shard_iterator.unwrap_or_default();
        let request = GetRecordsRequest { shard_iterator, limit: Some(limit) };
        let found = self.database.get_records(request).map_err(|error| refused(error.to_string()))?;
        let record = |record: dynoxide::actions::get_records::Record| {
            let (sequence_number, event_name) =
                (record.dynamodb.sequence_number.clone(), record.event_name.clone());
            let json = serde_json::to_value(record).map_err(|error| refused(error.to_string()))?;
            Ok(StreamRecord { sequence_number, event_name, json })
        };
        found.records.into_iter().map(record).collect()
    }
}

impl fmt::Debug for StreamReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamReader").field("table", &self.table).finish_non_exhaustive()
    }
}
