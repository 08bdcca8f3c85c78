//! What must be true when all is over: every publish that was acknowledged is there, whole, and exactly once.

use std::collections::BTreeMap;

use pennon_domain::error_chain;
use serde_json::Value;

use crate::{
    client::{Answer, Call, Connection},
    content::FIRST,
    run::{PATIENCE, Run},
    setup::{PROJECT, member, path},
};

/// How many entries of the audit are asked for at once: one may hold a whole import.
const PAGE: usize = 10;

/// Looks; returns what must not be, in words.
pub(super) async fn look(run: &Run) -> Vec<String> {
    let mut violations = Vec::new();
    for environment in 0..run.environments.len() {
        if let Err(violation) = look_at(run, environment).await {
            violations.push(violation);
        }
    }
    violations
}

async fn look_at(run: &Run, environment: usize) -> Result<(), String> {
    let name = run.environments.get(environment).map_or("", String::as_str);
    let mut connection = Connection::new(run.authority.clone(), PATIENCE);
    let exported = get(run, &mut connection, &format!("{}/export", path(name))).await?;
    let version = exported.version().ok_or("the export names no version")?;
    let (attempted, acknowledged) = {
        let ledger = run.oracle.ledger(environment).ok_or("there is no ledger")?;
        (ledger.latest_attempted(), ledger.latest_acknowledged())
    };
    if !(acknowledged..=attempted).contains(&version) {
        return Err(format!("{name} is at {version}, but {acknowledged} of {attempted} was acknowledged"));
    }
    let content = run.oracle.content().definition(name, version);
    if member(&exported, "flags").as_ref() != content.get("flags") {
        return Err(format!("version {version} of {name} is not what was published"));
    }
    let changes = audited(run, &mut connection, name).await?;
    let once = (1..=version).all(|version| changes.get(&version) == Some(&1));
    if !once || changes.keys().any(|other| *other > version) {
        return Err(format!(
            "the audit of {name} is not that of {version} versions after {FIRST}: {changes:?}"
        ));
    }
    Ok(())
}

/// How often the audit names each version.
async fn audited(run: &Run, connection: &mut Connection, name: &str) -> Result<BTreeMap<u64, u32>, String> {
    let mut versions = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/projects/{PROJECT}/audit?environment={name}&limit={PAGE}{cursor}");
        let page = get(run, connection, &path).await?;
        let items = member(&page, "items").unwrap_or_default();
        for entry in items.as_array().into_iter().flatten() {
            if let Some(version) = entry.get("version").and_then(Value::as_u64) {
                *versions.entry(version).or_default() += 1;
            }
        }
        match member(&page, "next") {
            Some(Value::String(next)) => cursor = format!("&cursor={next}"),
            _ => return Ok(versions),
        }
    }
}

async fn get(run: &Run, connection: &mut Connection, path: &str) -> Result<Answer, String> {
    let call = Call::get(path).bearer(&run.token());
    let answer = connection.call(&call).await.map_err(|error| error_chain(&error))?;
    if answer.status.is_success() {
        return Ok(answer);
    }
    Err(format!("{path} was answered by {}", answer.status))
}
