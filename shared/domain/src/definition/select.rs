//! Lists of flags.

use std::ops::Bound;

use super::Definition;
use crate::{Page, json};

/// Which flags to list. The default is every flag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlagFilter {
    /// Only those whose key starts so.
    pub prefix: Option<String>,
    /// Only those with this among their `tags`.
    pub tag: Option<String>,
    /// Only those that are switched on, or only those that are not.
    pub enabled: Option<bool>,
}

impl Definition {
    /// The flags that a filter lets through, as keys and texts: those after a key, in the order of their keys, and `limit` of
    /// them at most. The page names the last key when there are more.
    pub fn select(&self, filter: &FlagFilter, after: Option<&str>, limit: usize) -> Page<(&str, &str)> {
        let prefix = filter.prefix.as_deref().unwrap_or_default();
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let found = self
            .flags
            .range::<str, _>((start, Bound::Unbounded))
            .map(|(key, text)| (&**key, &**text))
            .take_while(|(key, _)| key.starts_with(prefix))
            .filter(|(_, text)| filter.lets_through(text));
        page(found, limit)
    }

    /// The segments as names and texts: those after a name, in the order of their names, and `limit` of them at most.
    pub fn select_segments(&self, after: Option<&str>, limit: usize) -> Page<(&str, &str)> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let found = self.evaluators.range::<str, _>((start, Bound::Unbounded));
        page(found.map(|(name, text)| (&**name, &**text)), limit)
    }
}

/// The first `limit` of them, and the last key of these if there are more.
fn page<'d>(mut found: impl Iterator<Item = (&'d str, &'d str)>, limit: usize) -> Page<(&'d str, &'d str)> {
    let items: Vec<(&str, &str)> = found.by_ref().take(limit).collect();
    let last = items.last().filter(|_| found.next().is_some());
    let next = last.map(|(key, _)| (*key).to_owned());
    Page { items, next }
}

impl FlagFilter {
    fn lets_through(&self, flag: &str) -> bool {
        if self.tag.is_none() && self.enabled.is_none() {
            return true;
        }
        let members = json::members(flag).unwrap_or_default();
        let member = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, value)| *value);
        let has_tag = |tag: &String| member("tags").is_some_and(|tags| is_in(tag, tags));
        let is_enabled = || {
            let state = member("state").and_then(|state| serde_json::from_str::<String>(state).ok());
            state.is_some_and(|state| state == "ENABLED")
        };
        self.tag.as_ref().is_none_or(has_tag) && self.enabled.is_none_or(|enabled| enabled == is_enabled())
    }
}

/// Whether an array of strings holds this one.
fn is_in(tag: &str, tags: &str) -> bool {
    serde_json::from_str::<Vec<String>>(tags).is_ok_and(|tags| tags.iter().any(|other| other == tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition() -> Definition {
        let flag = |key: &str, rest: &str| format!(r#""{key}":{{"variants":{{"on":true}},{rest}}}"#);
        let flags = [
            flag("checkout.old", r#""state":"DISABLED","tags":["web"]"#),
            flag("checkout.new", r#""state":"ENABLED","tags":["web","\u00e9"]"#),
            flag("banner", r#""state":"ENABLED","tags":["web"]"#),
            flag("checkout", r#""state":"\u0045NABLED","tags":"web""#),
        ];
        Definition::parse(&format!(r#"{{"flags":{{{}}}}}"#, flags.join(","))).unwrap()
    }

    fn keys(filter: &FlagFilter, after: Option<&str>, limit: usize) -> (Vec<String>, Option<String>) {
        let definition = definition();
        let page = definition.select(filter, after, limit);
        (page.items.into_iter().map(|(key, _)| key.to_owned()).collect(), page.next)
    }

    fn all(filter: &FlagFilter) -> Vec<String> {
        let (items, next) = keys(filter, None, 10);
        assert_eq!(next, None);
        items
    }

    #[test]
    fn a_filter_lets_through_what_it_names() {
        let prefix = Some("checkout.".to_owned());
        assert_eq!(all(&FlagFilter::default()), ["banner", "checkout", "checkout.new", "checkout.old"]);
        assert_eq!(
            all(&FlagFilter { prefix: prefix.clone(), ..FlagFilter::default() }),
            ["checkout.new", "checkout.old"]
        );
        for (tag, expected) in [
            ("web", vec!["banner", "checkout.new", "checkout.old"]),
            ("é", vec!["checkout.new"]),
            ("w", vec![]),
        ] {
            assert_eq!(all(&FlagFilter { tag: Some(tag.to_owned()), ..FlagFilter::default() }), expected);
        }
        let enabled = |enabled| all(&FlagFilter { enabled: Some(enabled), ..FlagFilter::default() });
        assert_eq!(enabled(true), ["banner", "checkout", "checkout.new"]);
        assert_eq!(enabled(false), ["checkout.old"]);
        let both = FlagFilter { prefix, enabled: Some(true), tag: Some("web".to_owned()) };
        assert_eq!(all(&both), ["checkout.new"]);
    }

    #[test]
    fn pages_follow_each_other_to_the_end() {
        for filter in
            [FlagFilter::default(), FlagFilter { prefix: Some("c".to_owned()), ..FlagFilter::default() }]
        {
            for limit in 1..5 {
                let (mut found, mut after) = (Vec::new(), None);
                loop {
                    let (items, next) = keys(&filter, after.as_deref(), limit);
                    assert!(!items.is_empty() && items.len() <= limit);
                    found.extend(items);
                    let Some(next) = next else { break };
                    after = Some(next);
                }
                assert_eq!(found, all(&filter), "{limit}");
            }
        }
        assert_eq!(keys(&FlagFilter::default(), Some("zebra"), 10), (vec![], None));
    }
}
