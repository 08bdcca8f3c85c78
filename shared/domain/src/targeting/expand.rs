//! Replacing `{"$ref": name}` by the segment of that name.
//!
//! flagd replaces text, and leaves references inside of segments undefined. Here they are replaced as well; a segment that
//! refers to itself, and an expansion over the limits, are refused.

use super::{
    Evaluators, InvalidRule,
    operator::{Operator, REF},
};
use crate::{json::Json, limits};

/// What every operation that flagd does not have is called in a compiled rule. The engine has more operations than flagd,
/// and Cargo features could switch on others: this name stays unknown, and fails when a rule reaches it.
const UNKNOWN: &str = "unknown operation";

/// A copy of the rule without references and without operations that flagd does not have.
pub(super) fn expand<'e>(rule: &'e Json, evaluators: &'e Evaluators) -> Result<Json, InvalidRule> {
    Expansion { evaluators, open: Vec::new(), values: 0 }.value(rule, 0)
}

/// A rule that is nothing but a reference.
pub(super) fn reference(name: &str) -> Json {
    Json::Object(vec![(REF.to_owned(), Json::String(name.to_owned()))])
}

struct Expansion<'e> {
    evaluators: &'e Evaluators,
    /// The segments that are being replaced, outermost first.
    open: Vec<&'e str>,
    values: usize,
}

impl<'e> Expansion<'e> {
    fn value(&mut self, value: &'e Json, depth: usize) -> Result<Json, InvalidRule> {
        self.values += 1;
        if self.values > limits::MAX_EXPANDED_VALUES || depth > limits::MAX_EXPANDED_DEPTH {
            return Err(InvalidRule::TooLarge);
        }
        match value {
            Json::Array(items) => {
                let items: Result<_, _> = items.iter().map(|item| self.value(item, depth + 1)).collect();
                Ok(Json::Array(items?))
            }
            Json::Object(members) => match members.as_slice() {
                [] => Ok(value.clone()),
                [(name, Json::String(segment))] if name == REF => self.segment(segment, depth),
                [(name, arguments)] => self.operation(name, arguments, depth),
                _ => Err(InvalidRule::SeveralOperations),
            },
            scalar => Ok(scalar.clone()),
        }
    }

    fn segment(&mut self, name: &'e str, depth: usize) -> Result<Json, InvalidRule> {
        if self.open.contains(&name) {
            return Err(InvalidRule::Cycle);
        }
        let rule = self.evaluators.get(name).ok_or(InvalidRule::UnknownSegment)?;
        self.open.push(name);
        let expanded = self.value(rule, depth + 1);
        self.open.pop();
        expanded
    }

    fn operation(&mut self, name: &str, arguments: &'e Json, depth: usize) -> Result<Json, InvalidRule> {
        // The arguments of an unknown operation are never evaluated.
        let (name, arguments) = match Operator::from_name(name) {
            Some(_) => (name, self.value(arguments, depth + 1)?),
            None => (UNKNOWN, Json::Array(Vec::new())),
        };
        Ok(Json::Object(vec![(name.to_owned(), arguments)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(rule: &str, segments: &[(&str, &str)]) -> Result<String, InvalidRule> {
        let texts = segments.iter().map(|(name, text)| ((*name).into(), (*text).into()));
        let rule = Json::from_json(rule).unwrap();
        expand(&rule, &Evaluators::new(texts)).map(|rule| rule.to_string())
    }

    #[test]
    fn references_are_replaced_in_segments_too() {
        let segments = [("a", r#"{"!":[{"$ref":"b"}]}"#), ("b", r#"{"var":"x"}"#)];
        let rule = r#"{"if":[{"$ref":"a"},{"$ref":"b"},{"$ref":"a"}]}"#;
        let expected = r#"{"if":[{"!":[{"var":"x"}]},{"var":"x"},{"!":[{"var":"x"}]}]}"#;
        assert_eq!(expanded(rule, &segments).unwrap(), expected);
    }

    #[test]
    fn cycles_and_missing_segments_are_refused() {
        let segments = [("a", r#"{"!":{"$ref":"b"}}"#), ("b", r#"{"$ref":"a"}"#)];
        assert_eq!(expanded(r#"{"$ref":"a"}"#, &segments), Err(InvalidRule::Cycle));
        assert_eq!(expanded(r#"{"$ref":"c"}"#, &segments), Err(InvalidRule::UnknownSegment));
        assert_eq!(expanded(r#"{"==":[1],"!=":[2]}"#, &[]), Err(InvalidRule::SeveralOperations));
    }

    #[test]
    fn an_expansion_that_doubles_is_cut_off() {
        let names: Vec<String> = (0..=60).map(|index| format!("s{index}")).collect();
        let texts: Vec<String> = (1..=60)
            .map(|index| format!(r#"{{"and":[{{"$ref":"s{index}"}},{{"$ref":"s{index}"}}]}}"#))
            .collect();
        let mut segments: Vec<(&str, &str)> =
            names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
        segments.push(("s60", "true"));
        assert_eq!(expanded(r#"{"$ref":"s0"}"#, &segments), Err(InvalidRule::TooLarge));
    }

    #[test]
    fn operations_of_the_engine_that_flagd_lacks_do_not_exist() {
        assert_eq!(expanded(r#"{"val":["x"]}"#, &[]).unwrap(), r#"{"unknown operation":[]}"#);
    }
}
