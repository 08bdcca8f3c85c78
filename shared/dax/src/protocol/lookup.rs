//! What must be known of a cluster to write a request or to read a response: the keys of tables, and which lists of
//! attribute names the server knows by which numbers.
//!
//! Whoever does the I/O keeps caches and offers them as [`Metadata`]. What is missing there comes back as a list of
//! [`Lookup`]s, all that can be told at once; each is a call of [`metadata`](super::metadata). Then the work is done
//! anew. A request takes at most two rounds (keys, then lists), a response one for each 256 lists that it names.

use std::sync::Arc;

use super::item::EMPTY_LIST;
use super::key::KeySchema;

/// Lookups that are told at once. A response names a handful of lists, whatever it claims: more are for another round.
const MAX_OPEN: usize = 256;

/// What is known at the moment. `None` means that it would have to be asked.
pub trait Metadata {
    /// The primary key of a table.
    fn key_schema(&self, table: &str) -> Option<Arc<KeySchema>>;

    /// The number of a list of attribute names. The names are sorted by their bytes, and there is at least one.
    fn attribute_list_id(&self, names: &[&str]) -> Option<i64>;

    /// The attribute names that a number stands for; never asked for [`EMPTY_LIST`].
    fn attribute_list(&self, id: i64) -> Option<Arc<[String]>>;
}

/// A question to the server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Lookup {
    /// The primary key of the table with this name.
    KeySchema(String),
    /// The number of the list of these names.
    AttributeListId(Vec<String>),
    /// The names of the list with this number.
    AttributeList(i64),
}

/// Collects the questions that [`Metadata`] leaves open, so that they can be asked together.
pub struct Lookups<'m> {
    metadata: &'m dyn Metadata,
    open: Vec<Lookup>,
}

impl std::fmt::Debug for Lookups<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lookups").field("open", &self.open).finish_non_exhaustive()
    }
}

impl<'m> Lookups<'m> {
    /// Nothing is open yet.
    pub fn new(metadata: &'m dyn Metadata) -> Self {
        Self { metadata, open: Vec::new() }
    }

    /// The primary key of a table. `None`, and a question more, if it is not known.
    pub fn key_schema(&mut self, table: &str) -> Option<Arc<KeySchema>> {
        let found = self.metadata.key_schema(table);
        self.note(found, || Lookup::KeySchema(table.to_owned()))
    }

    /// The number of a list of names, which may be empty. `None`, and a question more, if it is not known.
    pub fn attribute_list_id(&mut self, names: &[&str]) -> Option<i64> {
        if names.is_empty() {
            return Some(EMPTY_LIST);
        }
        let found = self.metadata.attribute_list_id(names);
        self.note(found, || Lookup::AttributeListId(names.iter().map(|name| (*name).to_owned()).collect()))
    }

    /// The names on a list. `None`, and a question more, if they are not known.
    pub fn attribute_list(&mut self, id: i64) -> Option<Arc<[String]>> {
        if id == EMPTY_LIST {
            return Some(Arc::default());
        }
        let found = self.metadata.attribute_list(id);
        self.note(found, || Lookup::AttributeList(id))
    }

    /// The value, if nothing is open that it would need.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Vec<Lookup>> {
        match value {
            Some(value) if self.open.is_empty() => Ok(value),
            _ => Err(self.open),
        }
    }

    fn note<T>(&mut self, found: Option<T>, lookup: impl FnOnce() -> Lookup) -> Option<T> {
        if found.is_none() {
            let lookup = lookup();
            if self.open.len() < MAX_OPEN && !self.open.contains(&lookup) {
                self.open.push(lookup);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Knows nothing.
    struct Nothing;

    impl Metadata for Nothing {
        fn key_schema(&self, _: &str) -> Option<Arc<KeySchema>> {
            None
        }

        fn attribute_list_id(&self, _: &[&str]) -> Option<i64> {
            None
        }

        fn attribute_list(&self, _: i64) -> Option<Arc<[String]>> {
            None
        }
    }

    #[test]
    fn a_response_cannot_ask_for_any_number_of_lookups() {
        let mut lookups = Lookups::new(&Nothing);
        for id in (2..100_000).chain(2..100) {
            assert_eq!(lookups.attribute_list(id), None);
        }
        let open = lookups.finish(Some(())).unwrap_err();
        assert_eq!(open.len(), MAX_OPEN);
        assert_eq!((&open[0], &open[255]), (&Lookup::AttributeList(2), &Lookup::AttributeList(257)));
    }
}
