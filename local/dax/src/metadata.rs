//! What a node knows beside items: the keys of tables, and the lists of attribute names that clients have defined.

use std::collections::HashMap;
use std::sync::Arc;

use dax_client::protocol::item::EMPTY_LIST;
use dax_client::protocol::key::KeySchema;
use dax_client::protocol::lookup::Metadata;

/// The number of the first list that is defined. The official clients take any; the captures have these.
const FIRST_LIST: i64 = 1001;

/// What one node knows. Lists are numbered by each node in the order in which it learns of them, so that the same number
/// may stand for different lists on different nodes.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    schemas: HashMap<String, Arc<KeySchema>>,
    ids: HashMap<Vec<String>, i64>,
    /// The first has the number [`FIRST_LIST`].
    lists: Vec<Arc<[String]>>,
}

impl Registry {
    pub(crate) fn learn_schema(&mut self, table: String, schema: Arc<KeySchema>) {
        self.schemas.insert(table, schema);
    }

    /// The number of a list, which is a new one if the list is new. The names may be in any order: another order is
    /// another list.
    pub(crate) fn define_list(&mut self, names: Vec<String>) -> i64 {
        if names.is_empty() {
            return EMPTY_LIST;
        }
        if let Some(&id) = self.ids.get(&names) {
            return id;
        }
        let id = FIRST_LIST.saturating_add_unsigned(self.lists.len() as u64);
        self.lists.push(names.clone().into());
        self.ids.insert(names, id);
        id
    }

    /// The names that a number stands for, the empty list included.
    pub(crate) fn list(&self, id: i64) -> Option<Arc<[String]>> {
        if id == EMPTY_LIST {
            return Some(Arc::default());
        }
        let position = usize::try_from(id.checked_sub(FIRST_LIST)?).ok()?;
        self.lists.get(position).cloned()
    }

    /// Numbers begin anew. Clients that still use the old ones name no list, or a wrong one.
    pub(crate) fn forget_lists(&mut self) {
        self.ids.clear();
        self.lists.clear();
    }

    /// Asks DynamoDB for the keys of tables again.
    pub(crate) fn forget_schemas(&mut self) {
        self.schemas.clear();
    }
}

impl Metadata for Registry {
    fn key_schema(&self, table: &str) -> Option<Arc<KeySchema>> {
        self.schemas.get(table).cloned()
    }

    fn attribute_list_id(&self, names: &[&str]) -> Option<i64> {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        self.ids.get(&names).copied()
    }

    fn attribute_list(&self, id: i64) -> Option<Arc<[String]>> {
        self.list(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_list_keeps_its_number_and_another_order_is_another_list() {
        let mut registry = Registry::default();
        assert_eq!(registry.define_list(names(&["a", "b"])), 1001);
        assert_eq!(registry.define_list(names(&["b", "a"])), 1002);
        assert_eq!(registry.define_list(names(&["a", "b"])), 1001);
        assert_eq!(registry.attribute_list_id(&["b", "a"]), Some(1002));
        assert_eq!(registry.list(1002).as_deref(), Some(&names(&["b", "a"])[..]));
        assert_eq!(registry.list(1003), None);
        assert_eq!(registry.list(i64::MIN), None);
    }

    #[test]
    fn the_empty_list_is_known_to_everybody() {
        let mut registry = Registry::default();
        assert_eq!(registry.define_list(Vec::new()), EMPTY_LIST);
        assert_eq!(registry.list(EMPTY_LIST).as_deref(), Some(&[][..]));
    }

    #[test]
    fn forgotten_numbers_are_given_to_others() {
        let mut registry = Registry::default();
        registry.define_list(names(&["a"]));
        registry.forget_lists();
        assert_eq!(registry.list(1001), None);
        assert_eq!(registry.define_list(names(&["b"])), 1001);
    }
}
