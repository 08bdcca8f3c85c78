//! Targeting rules from arbitrary bytes: nearly all of them well-formed, so that fuzzing reaches the operations.

use arbitrary::{Arbitrary, Result, Unstructured};
use serde_json::{Map, Value, json};

const OPERATORS: &[&str] = &[
    "var",
    "missing",
    "missing_some",
    "if",
    "?:",
    "==",
    "===",
    "!=",
    "!==",
    "!",
    "!!",
    "or",
    "and",
    ">",
    ">=",
    "<",
    "<=",
    "max",
    "min",
    "+",
    "-",
    "*",
    "/",
    "%",
    "map",
    "filter",
    "reduce",
    "all",
    "none",
    "some",
    "merge",
    "in",
    "cat",
    "substr",
    "fractional",
    "sem_ver",
    "starts_with",
    "ends_with",
    "$ref",
    "no such operator",
];

/// Words that rules give meaning to.
const WORDS: &[&str] = &[
    "",
    "on",
    "off",
    "true",
    "1",
    "targetingKey",
    "email",
    "age",
    "user.plan",
    "tags.0",
    "$flagd.flagKey",
    "$flagd.timestamp",
    "accumulator",
    "current",
    "1.2.3",
    "v1.2",
    "2.0.0-rc.1+build",
    "^",
    "~",
    ">=",
    "=",
    "!=",
    "segment",
    "ä\u{1F600}",
    "9223372036854775807",
    "1e400",
];

/// A targeting rule, or something near one.
#[derive(Arbitrary, Debug)]
pub enum Rule {
    /// `null`.
    Null,
    /// A boolean.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A number; what JSON cannot write becomes `null`.
    Number(f64),
    /// Text that some operation gives a meaning to, or any.
    Text(Text),
    /// A variable of the context.
    Variable(Text),
    /// An array.
    List(Vec<Rule>),
    /// An operation with its arguments.
    Operation(Operator, Vec<Rule>),
    /// An operation with one argument that is not in an array.
    Unary(Operator, Box<Rule>),
    /// An object with two members, which is no operation.
    Pair(Operator, Operator, Box<Rule>),
}

/// The name of an operation.
#[derive(Debug)]
pub struct Operator(&'static str);

/// Text in a rule.
#[derive(Debug)]
pub struct Text(String);

impl<'a> Arbitrary<'a> for Operator {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        u.choose(OPERATORS).copied().map(Self)
    }
}

impl<'a> Arbitrary<'a> for Text {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let index: u8 = u.arbitrary()?;
        match WORDS.get(usize::from(index)) {
            Some(word) => Ok(Self((*word).to_owned())),
            None => u.arbitrary().map(Self),
        }
    }
}

impl Rule {
    /// The rule as JSON.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Boolean(value) => (*value).into(),
            Self::Integer(value) => (*value).into(),
            Self::Number(value) => (*value).into(),
            Self::Text(Text(text)) => text.as_str().into(),
            Self::Variable(Text(name)) => json!({ "var": name }),
            Self::List(rules) => list(rules),
            Self::Operation(Operator(name), rules) => object([(name, list(rules))]),
            Self::Unary(Operator(name), rule) => object([(name, rule.to_json())]),
            Self::Pair(Operator(one), Operator(other), rule) => {
                object([(one, rule.to_json()), (other, Value::Null)])
            }
        }
    }
}

fn list(rules: &[Rule]) -> Value {
    rules.iter().map(Rule::to_json).collect()
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into()
}
