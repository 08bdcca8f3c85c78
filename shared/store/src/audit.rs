//! What was changed, by whom: newest first.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use pennon_domain::{
    AuditEntry, Changed, EnvironmentId, EnvironmentKey, Kind, Page, ProjectKey, StoreError, Timestamp,
};

use crate::{
    Store,
    item::{self, AuditKey, Item, Key, PK, SK, SUBJECT, text_of},
    table::{Found, Query, Range},
    tables::BY_SUBJECT,
    ulid::{self, first_ulid},
};

/// How many queries one part of the audit may take: months without a change and rows of other environments are passed over in
/// several parts.
const MAX_QUERIES: usize = 16;
/// How many changes of several things at once a part of a flag's history looks into.
const MAX_SEARCHED: usize = 64;
/// How many rows are read at the same time.
const AT_ONCE: usize = 8;
/// How far the clock of whoever wrote a row may have been ahead.
const CLOCK_SKEW: Duration = Duration::from_hours(24);

impl Store {
    /// A part of what was changed in a project, or in one of its environments: at most `limit` entries, newest first, from before
    /// the cursor `before`. A part may be short, or empty, and yet not the last. What is no cursor gives an empty list.
    pub async fn audit(
        &self,
        project: &ProjectKey,
        environment: Option<&EnvironmentKey>,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Page<AuditEntry>, StoreError> {
        let row = self.project_row(project).await?;
        let (Some(row), Some(mut cursor)) = (row, self.cursor(before)) else { return Ok(nothing()) };
        let wanted =
            |item: &Item| environment.is_none_or(|key| item::environment_of(item) == Some(key.as_str()));
        let mut items = Vec::new();
        for _ in 0..MAX_QUERIES {
            let month = month_before(&cursor);
            if month < row.since.month() {
                return Ok(Page { items, next: None });
            }
            let found = self.audit_rows(project, month, cursor, limit).await?;
            for item in found.items.iter().filter(|item| wanted(item)) {
                if items.len() == limit {
                    let next = items.last().map(|entry: &AuditEntry| entry.id.clone());
                    return Ok(Page { items, next });
                }
                items.push(item::decode_audit(item)?);
            }
            cursor = found.last.unwrap_or_else(|| first_of(month));
        }
        Ok(Page { items, next: Some(cursor) })
    }

    /// A part of the changes of a flag: at most `limit` entries, newest first, from before the cursor `before`. A part may be
    /// short, or empty, and yet not the last. Of an entry that changed more, only the change of this flag is given.
    ///
    /// The index that it reads may lag behind the last changes by some milliseconds.
    pub async fn history(
        &self,
        id: &EnvironmentId,
        flag: &str,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Page<AuditEntry>, StoreError> {
        let Some(cursor) = self.cursor(before) else { return Ok(nothing()) };
        let (alone, among_others) = tokio::try_join!(
            self.by_subject(item::flag_subject(id, flag), cursor.clone(), limit.saturating_add(1)),
            self.by_subject(item::several_subject(id), cursor, MAX_SEARCHED),
        )?;
        // Of what comes before the later of both ends, it is not known whether it is all.
        let end = alone.last.clone().max(among_others.last.clone());
        let mut keys: Vec<Key> = alone.items.iter().chain(&among_others.items).filter_map(key_of).collect();
        keys.retain(|key| end.as_ref().is_none_or(|end| key.sk >= *end));
        keys.sort_by(|one, other| other.sk.cmp(&one.sk));
        let entries = stream::iter(keys).map(|key| self.audit_entry(key)).buffered(AT_ONCE);
        let entries = entries.try_filter_map(async |entry| Ok(entry.and_then(|entry| only(entry, flag))));
        let mut items: Vec<AuditEntry> = entries.take(limit.saturating_add(1)).try_collect().await?;
        if items.len() <= limit {
            return Ok(Page { items, next: end });
        }
        items.truncate(limit);
        let next = items.last().map(|entry| entry.id.clone());
        Ok(Page { items, next })
    }

    async fn audit_rows(
        &self,
        project: &ProjectKey,
        month: u32,
        before: String,
        limit: usize,
    ) -> Result<Found, StoreError> {
        let partition = AuditKey::partition(project, month);
        let limit = limit.saturating_add(1);
        let query = Query { index: None, partition, range: Range::Before(before), limit };
        self.0.tables.audit.query(&query, "reading the audit").await
    }

    async fn by_subject(&self, subject: String, before: String, limit: usize) -> Result<Found, StoreError> {
        let index = Some((BY_SUBJECT, SUBJECT));
        let query = Query { index, partition: subject, range: Range::Before(before), limit };
        self.0.tables.audit.query(&query, "reading the index of the audit").await
    }

    async fn audit_entry(&self, key: Key) -> Result<Option<AuditEntry>, StoreError> {
        let item = self.0.tables.audit.get_large(key, "reading an audit row").await?;
        item.map(|item| item::decode_audit(&item)).transpose()
    }

    /// Where a list begins; `None` for what is no cursor.
    fn cursor(&self, before: Option<&str>) -> Option<String> {
        let Some(before) = before else { return Some(first_ulid(self.0.clock.now().plus(CLOCK_SKEW))) };
        ulid::moment(before).map(|_| before.to_owned())
    }
}

fn nothing() -> Page<AuditEntry> {
    Page { items: Vec::new(), next: None }
}

/// The month of the identifiers that come next before `cursor`.
fn month_before(cursor: &str) -> u32 {
    let at = ulid::moment(cursor).unwrap_or_default();
    if cursor > first_ulid(at).as_str() {
        return at.month();
    }
    Timestamp::from_millis(at.as_millis().saturating_sub(1)).month()
}

/// The least identifier of a month, `202611`.
fn first_of(month: u32) -> String {
    let text = format!("{:04}-{:02}-01T00:00:00Z", month / 100, month % 100);
    first_ulid(Timestamp::from_rfc3339(&text).unwrap_or_default())
}

fn key_of(item: &Item) -> Option<Key> {
    Some(Key { pk: text_of(item, PK)?.to_owned(), sk: text_of(item, SK)?.to_owned() })
}

/// The entry with nothing but the change of that flag; `None` if it did not change it.
fn only(mut entry: AuditEntry, flag: &str) -> Option<AuditEntry> {
    let of_flag = |change: &Changed| change.kind == Kind::Flag && change.key == flag;
    entry.changes.retain(of_flag);
    (!entry.changes.is_empty()).then_some(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_from_month_to_month() {
        let newyear = Timestamp::from_rfc3339("2027-01-01T00:00:00.000Z").unwrap();
        assert_eq!(month_before(&first_ulid(newyear)), 202_612);
        assert_eq!(month_before(&ulid::ulid(newyear)), 202_701);
        assert_eq!(first_of(202_701), first_ulid(newyear));
        assert_eq!(month_before(&first_of(202_612)), 202_611);
    }
}
