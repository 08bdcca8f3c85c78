//! Results of a rule that name no variant of its flag.

use super::fractional::unit_arguments;
use crate::{
    findings::Findings,
    json::Json,
    limits,
    targeting::{
        Evaluators, arguments,
        operator::{Operator, REF},
    },
};

const NO_VARIANT: &str = "this names no variant of the flag";

/// Checks what a rule says outright that it results in, with the variants of its flag, sorted by name.
///
/// What is computed is not known. A comparison in the place of a result is warned of when the flag has no variants `true` and
/// `false`.
pub(crate) fn check_results(
    rule: &Json,
    variants: &[(String, Json)],
    evaluators: &Evaluators,
    findings: &mut Findings,
) {
    Results { variants, evaluators, open: Vec::new(), visited: 0 }.visit(rule, findings);
}

struct Results<'e> {
    variants: &'e [(String, Json)],
    evaluators: &'e Evaluators,
    /// The segments that are being looked into.
    open: Vec<&'e str>,
    /// Rules looked at: segments that double each other are many more than are written.
    visited: usize,
}

impl<'e> Results<'e> {
    fn visit(&mut self, rule: &'e Json, findings: &mut Findings) {
        self.visited += 1;
        if self.visited > limits::MAX_EXPANDED_VALUES {
            return;
        }
        match rule {
            Json::Null => {}
            Json::String(name) => self.check_name(name, findings),
            Json::Bool(value) => self.check_name(&value.to_string(), findings),
            Json::Number(number) => self.check_name(&number.to_string(), findings),
            Json::Array(_) => findings.fault(NO_VARIANT),
            Json::Object(members) => match members.as_slice() {
                [] => findings.fault(NO_VARIANT),
                [(name, Json::String(segment))] if name == REF => self.segment(segment, findings),
                [(name, value)] => self.operation(name, value, findings),
                // Found where the rule is looked at as such.
                _ => {}
            },
        }
    }

    fn check_name(&self, name: &str, findings: &mut Findings) {
        if !self.has_variant(name) {
            findings.fault(NO_VARIANT);
        }
    }

    /// Looks into a segment. What is found there is said where the flag refers to it.
    fn segment(&mut self, name: &'e str, findings: &mut Findings) {
        let Some(rule) = self.evaluators.get(name).filter(|_| !self.open.contains(&name)) else { return };
        let mut inside = Findings::first_only();
        self.open.push(name);
        self.visit(rule, &mut inside);
        self.open.pop();
        if inside.has_faults() {
            findings.fault("the segment gives a result that names no variant of the flag");
        } else if let Some(warning) = inside.into_list().pop() {
            findings.warning(warning.message);
        }
    }

    fn operation(&mut self, name: &'e str, value: &'e Json, findings: &mut Findings) {
        let Some(operator) = Operator::from_name(name) else { return };
        findings.under(name, |findings| match operator {
            Operator::If => {
                self.results(value, findings, |index, count| index % 2 == 1 || index + 1 == count);
            }
            Operator::Junction => self.results(value, findings, |index, count| index + 1 == count),
            Operator::Fractional => self.buckets(arguments(value), findings),
            Operator::Not
            | Operator::Equality
            | Operator::Order
            | Operator::In
            | Operator::Quantifier
            | Operator::SemVer
            | Operator::Affix => self.check_both(findings),
            _ => {}
        });
    }

    /// Looks at those arguments that may be the result, given their index and their number.
    fn results(
        &mut self,
        value: &'e Json,
        findings: &mut Findings,
        may_result: impl Fn(usize, usize) -> bool,
    ) {
        let Json::Array(arguments) = value else { return self.visit(value, findings) };
        for (index, argument) in arguments.iter().enumerate() {
            if may_result(index, arguments.len()) {
                findings.under(&index.to_string(), |findings| self.visit(argument, findings));
            }
        }
    }

    fn buckets(&mut self, arguments: &'e [Json], findings: &mut Findings) {
        for (index, bucket) in arguments.iter().enumerate().skip(unit_arguments(arguments)) {
            let Json::Array(parts) = bucket else { continue };
            let Some(variant) = parts.first().filter(|variant| !variant.is_array()) else { continue };
            findings.under(&index.to_string(), |findings| {
                findings.under("0", |findings| self.visit(variant, findings));
            });
        }
    }

    fn check_both(&self, findings: &mut Findings) {
        if !(self.has_variant("true") && self.has_variant("false")) {
            findings.warning("this gives true or false, and the flag lacks variants of these names");
        }
    }

    fn has_variant(&self, name: &str) -> bool {
        self.variants.binary_search_by(|(variant, _)| variant.as_str().cmp(name)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{self, Bounds};

    fn found(rule: &str, variants: &str) -> Vec<(String, String)> {
        let parse = |text: &str| json::parse(text.as_bytes(), Bounds::DEFINITION).unwrap();
        let Json::Object(variants) = parse(variants) else { panic!() };
        let segments = [
            ("named", r#"{"if":[{"var":"x"},"on","off"]}"#),
            ("unnamed", r#"{"if":[{"var":"x"},"on",{"$ref":"deeper"}]}"#),
            ("deeper", r#"["on"]"#),
            ("compared", r#"{"==":[{"var":"x"},1]}"#),
            ("loop", r#"{"if":[1,{"$ref":"loop"}]}"#),
        ];
        let evaluators = Evaluators::new(segments.map(|(name, text)| (name.into(), text.into())));
        let mut findings = Findings::all();
        check_results(&parse(rule), &variants, &evaluators, &mut findings);
        let list = findings.into_list().into_iter();
        list.map(|finding| (finding.pointer, finding.message)).collect()
    }

    #[test]
    fn literal_results_are_variants() {
        let variants = r#"{"on":1,"off":0,"true":2,"1":3,"1.5":4}"#;
        for (rule, pointers) in [
            (r#""on""#, vec![]),
            (r#"{"if":[{"var":"nope"},"on","nope","off",null]}"#, vec![]),
            (r#"{"if":[{"var":"x"},"nope","y",true,false]}"#, vec!["/if/1", "/if/4"]),
            (r#"{"if":["x",1,"y",1.5,2]}"#, vec!["/if/4"]),
            (r#"{"if":["nope"]}"#, vec!["/if/0"]),
            (r#"{"if":"nope"}"#, vec!["/if"]),
            (r#"{"?:":["x","",{"if":["y",{}]}]}"#, vec!["/?:/1", "/?:/2/if/1"]),
            (r#"{"and":[{"var":"x"},"nope"]}"#, vec!["/and/1"]),
            (r#"{"fractional":[{"var":"email"},["on",1],["nope",1],[null,1]]}"#, vec!["/fractional/2/0"]),
            (r#"{"fractional":[["off"],[{"if":["x","nope"]},3]]}"#, vec!["/fractional/1/0/if/1"]),
            (r#"{"$ref":"named"}"#, vec![]),
            (r#"{"if":["x",{"$ref":"unnamed"}]}"#, vec!["/if/1"]),
            (r#"{"$ref":"loop"}"#, vec![]),
            (r#"{"cat":["no","pe"]}"#, vec![]),
        ] {
            let found: Vec<String> = found(rule, variants).into_iter().map(|(pointer, _)| pointer).collect();
            assert_eq!(found, pointers, "{rule}");
        }
    }

    #[test]
    fn a_comparison_wants_variants_true_and_false() {
        for rule in [r#"{"==":[1,2]}"#, r#"{"$ref":"compared"}"#] {
            assert!(found(rule, r#"{"true":1,"false":0}"#).is_empty(), "{rule}");
            assert!(found(rule, r#"{"on":1,"false":0}"#)[0].1.contains("true or false"), "{rule}");
        }
    }
}
