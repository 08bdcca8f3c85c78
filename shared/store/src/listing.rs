//! Lists, part by part.

use pennon_domain::{Page, StoreError};

use crate::{
    item::Item,
    table::{Query, Range, Table},
};

/// Less than every character of a key, and so between a key and whatever comes after it.
const AFTER: char = ' ';
/// More than every character of a key.
const LAST: char = '~';

/// The part of a list that begins after the key `after`: items of one partition whose sort key is `prefix` and their key, in
/// the order of their keys. `read` makes an entry of an item, or skips it; `key` is what the next part begins after.
pub(crate) async fn list<T>(
    table: &Table,
    (partition, prefix): (String, &str),
    after: Option<&str>,
    limit: usize,
    read: impl Fn(&Item) -> Result<Option<T>, StoreError>,
    key: impl Fn(&T) -> String,
) -> Result<Page<T>, StoreError> {
    let begin = after.map_or_else(|| prefix.to_owned(), |after| format!("{prefix}{after}{AFTER}"));
    let range = Range::Between(begin, format!("{prefix}{LAST}"));
    // One more tells whether there is another part.
    let mut query = Query { index: None, partition, range, limit: limit.saturating_add(1) };
    let mut entries = Vec::new();
    loop {
        let found = table.query(&query, "reading a list").await?;
        for item in &found.items {
            entries.extend(read(item)?);
        }
        if entries.len() > limit {
            entries.truncate(limit);
            let next = entries.last().map(key);
            return Ok(Page { items: entries, next });
        }
        let Some(last) = found.last else { return Ok(Page { items: entries, next: None }) };
        query.range = Range::Between(format!("{last}{AFTER}"), format!("{prefix}{LAST}"));
    }
}
