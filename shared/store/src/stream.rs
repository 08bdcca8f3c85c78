//! The rows of the audit as its stream carries them.

use std::collections::HashMap;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use base64::{Engine, engine::general_purpose::STANDARD};
use pennon_domain::{AuditEntry, StoreError};
use serde::{Deserialize, de::Error};

use crate::item::decode_audit;

/// An attribute as streams write it. Rows of the audit have no other types.
#[derive(Deserialize)]
enum Attribute {
    S(String),
    N(String),
    B(Binary),
    #[serde(rename = "BOOL")]
    Bool(bool),
}

struct Binary(Vec<u8>);

/// The entry in a record of the stream: its `NewImage`, whose attributes have their types beside them.
///
/// [`StoreError::Damaged`] if it is no row of the audit.
pub fn audit_entry(image: &serde_json::Value) -> Result<AuditEntry, StoreError> {
    let attributes = HashMap::<String, Attribute>::deserialize(image);
    let context = "reading a record of the audit's stream";
    let attributes = attributes.map_err(|_| StoreError::Damaged { context, source: None })?;
    decode_audit(&attributes.into_iter().map(|(name, value)| (name, value.into())).collect())
}

impl From<Attribute> for AttributeValue {
    fn from(attribute: Attribute) -> Self {
        match attribute {
            Attribute::S(text) => Self::S(text),
            Attribute::N(number) => Self::N(number),
            Attribute::B(Binary(bytes)) => Self::B(Blob::new(bytes)),
            Attribute::Bool(truth) => Self::Bool(truth),
        }
    }
}

impl<'de> Deserialize<'de> for Binary {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Self).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use pennon_domain::{Action, Changed, Kind, Timestamp};
    use serde_json::{Value, json};

    use super::*;
    use crate::{item::encode_audit, ulid::ulid};

    fn entry() -> AuditEntry {
        let at = Timestamp::from_millis(1_795_000_000_000);
        let key = "cart".to_owned();
        AuditEntry {
            id: ulid(at),
            at,
            actor: "ada".to_owned(),
            request_id: "r-1".to_owned(),
            project: "shop".parse().unwrap(),
            environment: Some("production".parse().unwrap()),
            version: Some(7),
            action: Action::FlagPut,
            changes: vec![Changed { kind: Kind::Flag, key, before: None, after: Some("{}".to_owned()) }],
            truncated: true,
        }
    }

    /// As DynamoDB writes it.
    fn image(entry: &AuditEntry) -> Value {
        let typed = |value: &AttributeValue| match value {
            AttributeValue::S(text) => json!({ "S": text }),
            AttributeValue::N(number) => json!({ "N": number }),
            AttributeValue::B(bytes) => json!({ "B": STANDARD.encode(bytes) }),
            AttributeValue::Bool(truth) => json!({ "BOOL": truth }),
            other => panic!("{other:?}"),
        };
        encode_audit(entry).unwrap().iter().map(|(name, value)| (name.clone(), typed(value))).collect()
    }

    #[test]
    fn a_row_is_read_back_from_its_image() {
        let entry = entry();
        assert_eq!(audit_entry(&image(&entry)).unwrap(), entry);
    }

    #[test]
    fn what_is_no_row_is_damaged() {
        let whole = image(&entry());
        let with = |name: &str, value: Value| {
            let mut image = whole.clone();
            image[name] = value;
            image
        };
        for image in [
            json!(null),
            json!({}),
            with("sk", json!({ "S": "no ulid" })),
            with("changes", json!({ "B": "no base64" })),
            with("changes", json!({ "B": "" })),
            with("action", json!({ "S": "flag.painted" })),
            with("version", json!({ "NULL": true })),
        ] {
            let error = audit_entry(&image).unwrap_err();
            assert!(matches!(error, StoreError::Damaged { .. }), "{image}: {error}");
        }
    }
}
