//! How these tests change things.

use pennon_domain::{
    Action, Author, Bucketing, Call, ChangeError, Definition, EnvironmentId, EnvironmentInfo, IdempotencyKey,
    KeyInfo, KeyRecord, Precondition, Project, Refusal, Scope, StoredAnswer, Timestamp, text_tag,
};
use pennon_store::{Current, Decision, EnvironmentDecision, KeyEdit, ProjectDecision, Store};

use super::lab::id;

pub(crate) type Changed = Result<StoredAnswer, ChangeError>;

/// A request that is not told from others.
pub(crate) fn call() -> Call {
    let author = Author { actor: "ada".to_owned(), request_id: "r-1".to_owned(), at: Timestamp::default() };
    Call { author, idempotency: None }
}

/// A request with that idempotency key and that body.
pub(crate) fn keyed(key: &str, body: &str) -> Call {
    let idempotency = IdempotencyKey::new("ada", "PUT", "/v1/flags", "", body.as_bytes(), key);
    Call { idempotency: Some(idempotency), ..call() }
}

/// A flag whose value is that number.
pub(crate) fn flag(number: u64) -> String {
    format!(r#"{{"state":"ENABLED","variants":{{"it":{number}}},"defaultVariant":"it"}}"#)
}

/// The number that [`flag`] put there.
pub(crate) fn number_of(definition: &Definition, key: &str) -> Option<u64> {
    let flag: serde_json::Value = serde_json::from_str(definition.flag(key)?).unwrap();
    flag["variants"]["it"].as_u64()
}

/// The definition with those flags, made or changed.
pub(crate) fn with_flags(definition: &Definition, flags: &[(&str, u64)]) -> Definition {
    let flags: Vec<_> = flags.iter().map(|(key, number)| format!(r#""{key}":{}"#, flag(*number))).collect();
    let file = format!(r#"{{"flags":{{{}}}}}"#, flags.join(","));
    definition.merged_with_file(&file).unwrap().definition
}

/// The decision to give a flag that number.
pub(crate) fn put(current: &Current, key: &str, number: u64) -> Decision {
    content(current, Action::FlagPut, with_flags(&current.definition, &[(key, number)]))
}

/// The decision to have that content.
pub(crate) fn content(current: &Current, action: Action, definition: Definition) -> Decision {
    current.replace(action, definition, |outcome| answer(Some(outcome.version)))
}

/// The answer to a change that made that version.
pub(crate) fn answer(version: Option<u64>) -> StoredAnswer {
    let body = version.map(|version| format!(r#"{{"version":{version}}}"#)).unwrap_or_default();
    StoredAnswer { status: 200, etag: Some("tag".to_owned()), version, body }
}

pub(crate) async fn set(store: &Store, environment: &str, key: &str, number: u64, call: &Call) -> Changed {
    store.change(&id(environment), call, |current| Ok(put(current, key, number))).await
}

/// Gives a flag that number if it is in the state that the precondition names.
pub(crate) async fn set_if(
    store: &Store,
    environment: &str,
    (key, number): (&str, u64),
    condition: &Precondition,
) -> Changed {
    let decide = |current: &Current| {
        condition.check(current.definition.flag(key).map(text_tag).as_deref())?;
        Ok(put(current, key, number))
    };
    store.change(&id(environment), &call(), decide).await
}

pub(crate) async fn make_project(store: &Store, key: &str) -> Changed {
    name_project(store, key, key, &call()).await
}

pub(crate) async fn name_project(store: &Store, key: &str, name: &str, call: &Call) -> Changed {
    let project = Project {
        key: key.parse().unwrap(),
        name: name.to_owned(),
        description: String::new(),
        created: Timestamp::from_millis(1_790_000_000_000),
    };
    let decide =
        |_: Option<&Project>| Ok(ProjectDecision::Put { project: project.clone(), answer: answer(None) });
    store.change_project(&project.key, call, decide).await
}

pub(crate) async fn delete_project(store: &Store, key: &str, call: &Call) -> Changed {
    let decide = |_: Option<&Project>| Ok(ProjectDecision::Delete { answer: answer(None) });
    store.change_project(&key.parse().unwrap(), call, decide).await
}

pub(crate) fn info(id: &EnvironmentId, name: &str, bucketing: Bucketing) -> EnvironmentInfo {
    EnvironmentInfo {
        key: id.key(),
        name: name.to_owned(),
        description: String::new(),
        bucketing,
        created: Timestamp::from_millis(1_790_000_000_000),
    }
}

pub(crate) async fn put_environment(
    store: &Store,
    info: EnvironmentInfo,
    project: &str,
    call: &Call,
) -> Changed {
    let id = EnvironmentId::new(&project.parse().unwrap(), &info.key);
    let decide = |_: Option<(&EnvironmentInfo, &Current)>| {
        Ok(EnvironmentDecision::Put { info: info.clone(), answer: answer(None) })
    };
    store.change_environment(&id, call, decide).await
}

/// Makes an environment without flags; its project must be there.
pub(crate) async fn make_environment(store: &Store, environment: &str, call: &Call) -> Changed {
    let id = id(environment);
    let info = info(&id, environment, Bucketing::V3);
    put_environment(store, info, id.project().as_str(), call).await
}

pub(crate) async fn delete_environment(store: &Store, environment: &str, call: &Call) -> Changed {
    let decide =
        |_: Option<(&EnvironmentInfo, &Current)>| Ok(EnvironmentDecision::Delete { answer: answer(None) });
    store.change_environment(&id(environment), call, decide).await
}

/// A key that can be added.
pub(crate) fn new_key(kid: &str) -> KeyEdit {
    let info = KeyInfo {
        kid: kid.to_owned(),
        name: format!("key {kid}"),
        scope: Scope::Client,
        created: Timestamp::from_millis(1_790_000_000_000),
        created_by: "ada".to_owned(),
        expires: None,
    };
    KeyEdit::Add(info, KeyRecord { hash: [7; 32], scope: Scope::Client, expires: None })
}

pub(crate) async fn edit_key(store: &Store, environment: &str, edit: KeyEdit, call: &Call) -> Changed {
    let decide = |current: &Current| {
        let action = match edit {
            KeyEdit::Add(..) => Action::KeyCreated,
            KeyEdit::Revoke(_) => Action::KeyRevoked,
        };
        let answer = answer(Some(current.next_version()));
        Ok(Decision::Change { action, definition: None, key: Some(edit.clone()), answer })
    };
    store.change(&id(environment), call, decide).await
}

/// Why a change was refused.
pub(crate) fn refusal(changed: Changed) -> Refusal {
    match changed {
        Err(ChangeError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}
