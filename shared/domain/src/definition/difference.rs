//! What is different between two definitions.

use std::{cmp::Ordering, sync::Arc};

use super::{Definition, Texts};
use crate::{Changed, Kind};

impl Definition {
    /// What has to be changed to come from this definition to another: flags, then segments, then other members, each by key.
    pub fn changes_to(&self, to: &Self) -> Vec<Changed> {
        let mut changes = Vec::new();
        for (kind, before, after) in [
            (Kind::Flag, &self.flags, &to.flags),
            (Kind::Segment, &self.evaluators, &to.evaluators),
            (Kind::Member, &self.others, &to.others),
        ] {
            compare(kind, before, after, &mut changes);
        }
        changes
    }
}

/// Walks both at once: they are sorted.
fn compare(kind: Kind, before: &Texts, after: &Texts, changes: &mut Vec<Changed>) {
    let (mut before, mut after) = (before.iter().peekable(), after.iter().peekable());
    loop {
        let order = match (before.peek(), after.peek()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((one, _)), Some((other, _))) => one.cmp(other),
        };
        let gone = before.next_if(|_| order.is_le());
        let come = after.next_if(|_| order.is_ge());
        let (Some((key, _)), (old, new)) = (gone.or(come), (text(gone), text(come))) else { return };
        // A copy shares what was not changed.
        let is_same = old.zip(new).is_some_and(|(old, new)| Arc::ptr_eq(old, new) || old == new);
        if !is_same {
            let [before, after] = [old, new].map(|text| text.map(ToString::to_string));
            changes.push(Changed { kind, key: key.to_string(), before, after });
        }
    }
}

fn text<'t>(entry: Option<(&'t Arc<str>, &'t Arc<str>)>) -> Option<&'t Arc<str>> {
    entry.map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(flags: &[(&str, u32)], rest: &str) -> Definition {
        let flag = |(key, value): &(&str, u32)| {
            format!(r#""{key}":{{"state":"ENABLED","variants":{{"on":{value}}}}}"#)
        };
        let flags: Vec<String> = flags.iter().map(flag).collect();
        Definition::parse(&format!(r#"{{"flags":{{{}}}{rest}}}"#, flags.join(","))).unwrap()
    }

    fn changed(kind: Kind, key: &str, before: Option<&str>, after: Option<&str>) -> Changed {
        let [before, after] = [before, after].map(|text| text.map(str::to_owned));
        Changed { kind, key: key.to_owned(), before, after }
    }

    #[test]
    fn what_was_added_changed_and_removed_is_listed_by_kind_and_key() {
        let one =
            definition(&[("a", 1), ("b", 1), ("c", 1)], r#","$evaluators":{"s":true},"metadata":{"m":1}"#);
        let other =
            definition(&[("b", 2), ("c", 1), ("d", 1)], r#","$evaluators":{"s":false,"t":1},"version":2"#);
        let flag = |value: u32| format!(r#"{{"state":"ENABLED","variants":{{"on":{value}}}}}"#);
        let expected = [
            changed(Kind::Flag, "a", Some(&flag(1)), None),
            changed(Kind::Flag, "b", Some(&flag(1)), Some(&flag(2))),
            changed(Kind::Flag, "d", None, Some(&flag(1))),
            changed(Kind::Segment, "s", Some("true"), Some("false")),
            changed(Kind::Segment, "t", None, Some("1")),
            changed(Kind::Member, "metadata", Some(r#"{"m":1}"#), None),
            changed(Kind::Member, "version", None, Some("2")),
        ];
        assert_eq!(one.changes_to(&other), expected);
        assert_eq!(other.changes_to(&one).len(), expected.len());
        assert_eq!(one.changes_to(&one.clone()), []);
        assert_eq!(Definition::empty().changes_to(&one).len(), 5);
    }
}
