//! The stored answers of idempotent requests.
//!
//! An answer that packs to more than [`MAX_PACKED_BYTES`] is stored without its lists: a retry is told what happened and which
//! version it made, and the audit knows the rest.

use std::time::Duration;

use pennon_domain::{IdempotencyKey, StoreError, StoredAnswer, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Item, Key, binary, damaged, number, number_of, text, text_of};
use crate::seal;

/// When DynamoDB may delete the item, in seconds since the epoch.
pub(crate) const TTL: &str = "ttl";
/// For how long an answer is kept.
const KEPT: Duration = Duration::from_hours(24);
/// The item holds at most 400 KB, and the transaction 4 MB.
const MAX_PACKED_BYTES: usize = 250 * 1024;
/// Bytes of an answer, unpacked: bounds what reading it can take.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;
/// Packing happens while somebody waits.
const ZSTD_LEVEL: i32 = 3;

const CONTENT: &str = "content";
const ANSWER: &str = "answer";

/// The stored answer of a request.
#[derive(Debug)]
pub(crate) struct AnswerRow {
    content: String,
    sealed: Vec<u8>,
    expires: u64,
}

#[derive(Serialize, Deserialize)]
struct Answer {
    status: u16,
    etag: Option<String>,
    version: Option<u64>,
    body: String,
}

impl AnswerRow {
    /// The key of the item.
    pub(crate) fn key(key: &IdempotencyKey) -> Key {
        Key { pk: format!("IDEM#{}", key.id), sk: "IDEM".to_owned() }
    }

    /// The item of an answer that is given now.
    pub(crate) fn encode(
        key: &IdempotencyKey,
        answer: &StoredAnswer,
        now: Timestamp,
    ) -> Result<Item, StoreError> {
        let sealed = seal::seal(key, &pack(answer)?).ok_or_else(failed("sealing an answer"))?;
        Ok(Self::key(key).item([
            (CONTENT, text(&key.content.to_string())),
            (ANSWER, binary(&sealed)),
            (TTL, number(now.plus(KEPT).as_secs())),
        ]))
    }

    pub(crate) fn decode(item: &Item) -> Result<Self, StoreError> {
        let read = || {
            Some(Self {
                content: text_of(item, CONTENT)?.to_owned(),
                sealed: item.get(ANSWER)?.as_b().ok()?.as_ref().to_vec(),
                expires: number_of(item, TTL)?,
            })
        };
        read().ok_or_else(damaged("reading a stored answer"))
    }

    /// Whether it counts: DynamoDB deletes what has expired when it finds the time.
    pub(crate) fn is_alive(&self, now: Timestamp) -> bool {
        self.expires > now.as_secs()
    }

    /// Whether it is of a request with the same content.
    pub(crate) fn is_of(&self, key: &IdempotencyKey) -> bool {
        self.content == key.content.to_string()
    }

    /// The answer, for the client that sent the key.
    pub(crate) fn open(&self, key: &IdempotencyKey) -> Result<StoredAnswer, StoreError> {
        let packed = seal::open(key, &self.sealed).ok_or_else(damaged("opening a stored answer"))?;
        unpack(&packed).ok_or_else(damaged("unpacking a stored answer"))
    }
}

fn pack(answer: &StoredAnswer) -> Result<Vec<u8>, StoreError> {
    let whole = pack_with(answer, answer.body.clone())?;
    if whole.len() <= MAX_PACKED_BYTES {
        return Ok(whole);
    }
    pack_with(answer, without_lists(&answer.body))
}

fn pack_with(answer: &StoredAnswer, body: String) -> Result<Vec<u8>, StoreError> {
    let StoredAnswer { status, etag, version, .. } = answer.clone();
    let json = serde_json::to_vec(&Answer { status, etag, version, body });
    let packed = json.ok().and_then(|json| zstd::bulk::compress(&json, ZSTD_LEVEL).ok());
    packed.ok_or_else(failed("packing an answer"))
}

fn unpack(packed: &[u8]) -> Option<StoredAnswer> {
    let json = zstd::bulk::decompress(packed, MAX_ANSWER_BYTES).ok()?;
    let Answer { status, etag, version, body } = serde_json::from_slice(&json).ok()?;
    Some(StoredAnswer { status, etag, version, body })
}

/// An object without the members that can be long.
fn without_lists(body: &str) -> String {
    let Ok(mut members) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(body) else {
        return "{}".to_owned();
    };
    members.retain(|_, value| value.is_number() || value.is_boolean());
    serde_json::Value::Object(members).to_string()
}

fn failed(context: &'static str) -> impl FnOnce() -> StoreError {
    move || StoreError::Unavailable { context, source: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_given_again_for_a_day_to_the_same_request() {
        let key = IdempotencyKey::new("ada", "POST", "/keys", "", b"{}", "one");
        let answer = StoredAnswer {
            status: 201,
            etag: Some("abc".to_owned()),
            version: Some(7),
            body: r#"{"key":"pnn_secret"}"#.to_owned(),
        };
        let now = Timestamp::from_millis(1_795_000_000_000);
        let row = AnswerRow::decode(&AnswerRow::encode(&key, &answer, now).unwrap()).unwrap();
        assert!(row.is_alive(now) && row.is_alive(now.plus(Duration::from_secs(86_399))));
        assert!(!row.is_alive(now.plus(Duration::from_hours(24))));
        assert!(row.is_of(&key));
        assert_eq!(row.open(&key).unwrap(), answer);
        assert!(!row.is_of(&IdempotencyKey::new("ada", "POST", "/keys", "", b"[]", "one")));
    }

    #[test]
    fn an_answer_that_is_too_large_is_kept_without_its_lists() {
        let key = IdempotencyKey::new("ada", "POST", "/import", "", b"{}", "one");
        let noise: String = (0..600_000).map(|_| fastrand::alphanumeric()).collect();
        let body = format!(r#"{{"version":7,"changed":true,"changes":[{{"key":"{noise}"}}]}}"#);
        let answer = StoredAnswer { status: 200, etag: None, version: Some(7), body };
        let item = AnswerRow::encode(&key, &answer, Timestamp::default()).unwrap();
        assert!(super::super::size(&item) < 1024);
        let read = AnswerRow::decode(&item).unwrap().open(&key).unwrap();
        let body: serde_json::Value = serde_json::from_str(&read.body).unwrap();
        assert_eq!(body, serde_json::json!({ "version": 7, "changed": true }));
        assert_eq!((read.status, read.version), (200, Some(7)));
    }
}
