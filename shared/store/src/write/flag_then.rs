//! What a flag was in an earlier version.

use pennon_domain::{AuditEntry, EnvironmentId, Kind, StoreError};

use crate::Store;

/// Entries of the history that are read at once.
const BATCH: usize = 20;

/// What a flag was in an earlier version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlagThen {
    /// This is not known any more, or the version has not been.
    Unknown,
    /// It was not there.
    Absent,
    /// It was there, with this definition.
    Present(String),
}

impl Store {
    /// What a flag was in an earlier version: from the snapshot of that version while that is kept, else from the flag's
    /// history.
    pub async fn flag_at(
        &self,
        id: &EnvironmentId,
        flag: &str,
        version: u64,
    ) -> Result<FlagThen, StoreError> {
        if let Some(definition) = self.definition_at(id, version).await? {
            return Ok(definition
                .flag(flag)
                .map_or(FlagThen::Absent, |text| FlagThen::Present(text.to_owned())));
        }
        let head = self.0.tables.core.head(id).await?;
        let is_past = head.is_some_and(|head| (1..=head.version).contains(&version));
        if is_past { self.flag_by_history(id, flag, version).await } else { Ok(FlagThen::Unknown) }
    }

    /// The newest change up to the version says what the flag was from then on; before the first, it was not there.
    async fn flag_by_history(
        &self,
        id: &EnvironmentId,
        flag: &str,
        version: u64,
    ) -> Result<FlagThen, StoreError> {
        let mut before = None;
        loop {
            let page = self.history(id, flag, before.as_deref(), BATCH).await?;
            if let Some(entry) =
                page.items.iter().find(|entry| entry.version.is_some_and(|made| made <= version))
            {
                return Ok(after(entry, flag));
            }
            before = page.next;
            if before.is_none() {
                return Ok(FlagThen::Absent);
            }
        }
    }
}

/// What the flag was after that change.
fn after(entry: &AuditEntry, flag: &str) -> FlagThen {
    let change = entry.changes.iter().find(|change| change.kind == Kind::Flag && change.key == flag);
    match change {
        Some(change) if !entry.truncated => change.after.clone().map_or(FlagThen::Absent, FlagThen::Present),
        _ => FlagThen::Unknown,
    }
}
