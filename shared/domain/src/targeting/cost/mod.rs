//! The worst that a rule can cost.
//!
//! Whoever may write rules is trusted with the flags, not with the process; and whoever may evaluate chooses the context. So a
//! rule is only run when its time and its memory are bounded for every context that is accepted.
//!
//! The bound is computed from the rule alone, before the engine sees it. Each expression gets upper bounds for the size of its
//! value, the work to compute it and the memory that this takes, as linear [`Form`]s of what `var` reads at that place: the
//! context, or the item in the body of an iteration. Since JSONLogic shows a body nothing but its item, iterating over
//! context data stays linear however deep it nests. What multiplies is refused when it is large: iterating over long literals
//! inside each other, and reductions whose accumulator is used more than once in a value that grows.
//!
//! Units are bytes: for size, [`VALUE`] for each value and its text as JSON; for work, bytes read.

use super::{
    InvalidRule, arguments,
    form::{Extent, Form, VALUE},
    operator::Operator,
    sem_ver::MAX_VERSION_BYTES,
};
use crate::{json::Json, limits};

/// Work of one operation, whatever its arguments: 50 ns.
const STEP: u64 = 200;
/// Work of looking up one key in the widest object of a context, whose keys are searched one by one.
const LOOKUP: u64 = 4 * limits::MAX_CONTEXT_MEMBERS as u64;
/// Work of looking up a path, however long: all keys of the context at most.
const PATH: u64 = 4 * limits::MAX_CONTEXT_VALUES as u64;
/// Work per byte of two values that are compared: finding each key of one object in the other takes the square of their width.
const COMPARE: u64 = 32;
/// Work per byte that is hashed.
const HASH: u64 = 4;
/// Size of a number that was computed: as text, the least double has 326 digits and more.
const NUMBER: u64 = 384;

/// The context at its largest, and room for the attributes of the server.
const CONTEXT: Extent = Extent {
    data: VALUE * (limits::MAX_CONTEXT_VALUES as u64 + 4)
        + limits::MAX_BODY_BYTES as u64
        + limits::MAX_FLAG_KEY_BYTES as u64,
    accumulator: 0,
};

/// Refuses an expanded rule whose worst case is over the limits.
pub(super) fn check(rule: &Json) -> Result<(), InvalidRule> {
    let cost = Frame::Context.cost(rule);
    let affordable =
        cost.work.at(CONTEXT) <= limits::MAX_RULE_WORK && cost.memory.at(CONTEXT) <= limits::MAX_RULE_MEMORY;
    if affordable { Ok(()) } else { Err(InvalidRule::TooCostly) }
}

/// Bounds of one expression.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    size: Form,
    /// Whether the value is neither an array nor an object, and so becomes text without quotes and escapes.
    scalar: bool,
    work: Form,
    memory: Form,
}

impl Cost {
    /// A scalar of fixed size: a number, a boolean or null.
    fn small() -> Self {
        Self { size: Form::constant(VALUE), scalar: true, ..Self::default() }
    }

    fn literal(value: &Json) -> Self {
        let size = Form::constant(literal_size(value));
        Self { size, scalar: !matches!(value, Json::Array(_) | Json::Object(_)), ..Self::default() }
    }

    fn with_work(mut self, work: Form) -> Self {
        self.work = self.work.plus(work);
        self
    }

    fn with_memory(mut self, memory: Form) -> Self {
        self.memory = self.memory.plus(memory);
        self
    }

    /// Both are computed, one after the other; the value is this one's.
    fn after(self, other: Self) -> Self {
        self.with_work(other.work).with_memory(other.memory)
    }

    /// Either is computed.
    fn or(self, other: Self) -> Self {
        Self {
            size: self.size.max(other.size),
            scalar: self.scalar && other.scalar,
            work: self.work.max(other.work),
            memory: self.memory.max(other.memory),
        }
    }

    /// The size of the value as text. The text of an array or object has quotes and escapes, which are escaped once more when
    /// that text is in turn part of an array that becomes text.
    fn text(self) -> Form {
        if self.scalar { self.size } else { self.size.times(2) }
    }
}

/// What `var` reads at a place in a rule.
#[derive(Clone, Copy, Debug)]
enum Frame {
    Context,
    /// An item of something whose size is bounded by the number.
    Item(u64),
    /// An item likewise, and the accumulator.
    Reduction(u64),
}

impl Frame {
    fn extent(self) -> Extent {
        match self {
            Self::Context => CONTEXT,
            Self::Item(data) => Extent { data, accumulator: 0 },
            // Not known before the body has been looked at, so iterating over the accumulator is refused.
            Self::Reduction(data) => Extent { data, accumulator: u64::MAX },
        }
    }

    fn cost(self, rule: &Json) -> Cost {
        match rule {
            Json::Array(items) => {
                let items = self.all(items);
                if items.work == Form::default() {
                    // The engine computes it once, when it compiles the rule.
                    return Cost::literal(rule);
                }
                let size = items.size.plus(Form::constant(VALUE));
                Cost { size, scalar: false, ..items }.with_work(Form::constant(STEP)).with_memory(size)
            }
            Json::Object(members) => match members.as_slice() {
                [(name, value)] => self.operation(name, arguments(value)).with_work(Form::constant(STEP)),
                _ => Cost::literal(rule),
            },
            scalar => Cost::literal(scalar),
        }
    }

    fn operation(self, name: &str, arguments: &[Json]) -> Cost {
        let Some(operator) = Operator::from_name(name) else { return Cost::small() };
        match (operator, arguments) {
            (Operator::Var, _) => self.var(arguments),
            (Operator::Missing, _) => self.missing(arguments),
            (Operator::If, _) => self.branches(arguments),
            (Operator::Junction, _) => self.junction(arguments),
            (Operator::Cat | Operator::Substr | Operator::Merge, _) => self.build(operator, arguments),
            (Operator::Map, [items, body]) => self.map(items, body),
            (Operator::Filter | Operator::Quantifier, [items, body]) => self.select(operator, items, body),
            (Operator::Reduce, [items, body, initial @ ..]) => self.reduce(items, body, initial),
            _ => self.eager(operator, arguments),
        }
    }

    /// Operations that compute all of their arguments and then look at the values.
    fn eager(self, operator: Operator, arguments: &[Json]) -> Cost {
        let all = self.all(arguments);
        match operator {
            Operator::Not => Cost::small().after(all),
            Operator::Equality | Operator::Order | Operator::Affix => {
                // Arrays and objects have no order and no start, so nothing in them is read.
                let factor = if operator == Operator::Equality { COMPARE } else { 1 };
                Cost::small().after(all).with_work(comparison(arguments, all.size.times(factor)))
            }
            Operator::In => Cost::small().after(all).with_work(search(arguments, all.size)),
            Operator::SemVer => {
                let parsed = Form::constant(4 * STEP + 8 * MAX_VERSION_BYTES as u64);
                Cost::small().after(all).with_work(parsed)
            }
            Operator::Fractional => {
                // The short form hashes the targeting key, which is part of the context.
                let hashed = if matches!(self, Self::Context) { all.size.plus(Form::DATA) } else { all.size };
                let work = hashed.times(HASH).plus(Form::constant(STEP));
                Cost { size: all.size, scalar: true, ..Cost::default() }
                    .after(all)
                    .with_work(work)
                    .with_memory(hashed.times(2))
            }
            _ => Cost { size: Form::constant(NUMBER), ..Cost::small() }.after(all).with_work(all.size),
        }
    }

    /// Operations that build a value as large as their arguments.
    fn build(self, operator: Operator, arguments: &[Json]) -> Cost {
        let mut built =
            Cost { size: Form::constant(VALUE), scalar: operator != Operator::Merge, ..Cost::default() };
        for argument in arguments {
            let part = self.cost(argument);
            let size = if operator == Operator::Merge { part.size } else { part.text() };
            built.size = built.size.plus(size);
            built = built.after(part);
        }
        // A buffer that grows is copied, and the arena keeps the old one.
        built.with_work(built.size).with_memory(built.size.times(2))
    }

    fn var(self, arguments: &[Json]) -> Cost {
        let read = match self {
            Self::Context | Self::Item(_) => Form::DATA,
            Self::Reduction(_) => match arguments.first() {
                Some(Json::String(path)) if is_in(path, "current") => Form::DATA,
                Some(Json::String(path)) if is_in(path, "accumulator") => Form::ACCUMULATOR,
                _ => Form::DATA.plus(Form::ACCUMULATOR),
            },
        };
        let found = Cost { size: read, ..Cost::default() }.with_work(self.lookup(arguments.first()));
        match arguments.first() {
            None | Some(Json::String(_)) => arguments.iter().skip(1).fold(found, |found, default| {
                let default = self.cost(default);
                Cost { size: found.size.max(default.size), ..found.after(default) }
            }),
            Some(_) => {
                let computed = self.all(arguments);
                Cost { size: read.max(computed.size), ..found.after(computed) }
                    .with_work(computed.size)
                    .with_memory(computed.size)
            }
        }
    }

    /// The work of finding what is at a path, which is an unknown one if it is computed.
    fn lookup(self, path: Option<&Json>) -> Form {
        let path = match path {
            Some(Json::String(path)) => Some(path.as_str()),
            _ => None,
        };
        let steps = path.map_or(u64::MAX, |path| path.split('.').count() as u64);
        let in_context = Form::constant(steps.saturating_mul(LOOKUP).min(PATH));
        match (self, path) {
            (Self::Context, _) => in_context,
            (Self::Reduction(_), Some("current" | "accumulator")) => Form::default(),
            (Self::Reduction(_), Some(path)) if is_in(path, "accumulator") => in_context,
            // The keys on the way are all in the item.
            (Self::Item(_), _) => Form::DATA,
            (Self::Reduction(_), _) => Form::DATA.plus(in_context),
        }
    }

    fn missing(self, arguments: &[Json]) -> Cost {
        let paths = self.all(arguments);
        // Each path is a value, and is looked up.
        let work = match self {
            Self::Context => paths.size.times(PATH.div_ceil(VALUE)),
            _ => self.lookup(None).times(paths.size.at(self.extent()).div_ceil(VALUE)),
        };
        let size = paths.size.plus(Form::constant(VALUE));
        Cost { size, scalar: false, ..Cost::default() }
            .after(paths)
            .with_work(work)
            .with_memory(size.times(2))
    }

    /// `if`: all conditions may be computed, and one of the results.
    fn branches(self, arguments: &[Json]) -> Cost {
        let mut conditions = Cost::default();
        // Without an `else`, the result may be null.
        let null = if arguments.len().is_multiple_of(2) { Cost::small() } else { Cost::default() };
        let mut result = Cost { scalar: true, ..null };
        for branch in arguments.chunks(2) {
            match branch {
                [condition, value] => {
                    conditions = conditions.after(self.cost(condition));
                    result = result.or(self.cost(value));
                }
                [value] => result = result.or(self.cost(value)),
                _ => {}
            }
        }
        result.after(conditions)
    }

    fn junction(self, arguments: &[Json]) -> Cost {
        arguments.iter().map(|argument| self.cost(argument)).fold(Cost::small(), |result, next| Cost {
            size: result.size.max(next.size),
            scalar: result.scalar && next.scalar,
            ..result.after(next)
        })
    }

    fn map(self, items: &Json, body: &Json) -> Cost {
        let items = self.cost(items);
        let body = Self::Item(items.size.at(self.extent())).cost(body);
        let size = body.size.over(items.size).plus(Form::constant(VALUE));
        let built =
            Cost { size, scalar: false, work: iterated(body, items), memory: body.memory.over(items.size) };
        built.after(items).with_memory(size.times(2))
    }

    fn select(self, operator: Operator, items: &Json, body: &Json) -> Cost {
        let items = self.cost(items);
        let body = Self::Item(items.size.at(self.extent())).cost(body);
        let selected = match operator {
            Operator::Filter => {
                Cost { scalar: false, size: items.size, ..Cost::default() }.with_memory(items.size.times(2))
            }
            _ => Cost::small(),
        };
        selected.with_work(iterated(body, items)).with_memory(body.memory.over(items.size)).after(items)
    }

    fn reduce(self, items: &Json, body: &Json, initial: &[Json]) -> Cost {
        let items = self.cost(items);
        let initial = self.all(initial);
        let most = items.size.at(self.extent());
        let body = Self::Reduction(most).cost(body);
        let added = Form { accumulator: 0, ..body.size };
        let accumulator = match body.size.accumulator {
            // Each step starts afresh.
            0 => initial.size.plus(Form::constant(added.base)).plus(items.size.times(added.data)),
            // Each step adds.
            1 => initial.size.plus(added.over(items.size)),
            // Each step multiplies.
            _ => Form::UNBOUNDED,
        };
        let steps = most.div_ceil(VALUE).saturating_add(1);
        let summed = |form: Form| {
            let of_accumulator = accumulator.times(form.accumulator.saturating_mul(steps));
            Form { accumulator: 0, ..form }.over(items.size).plus(of_accumulator)
        };
        let scalar = body.scalar && initial.scalar;
        Cost { size: accumulator, scalar, work: summed(body.work), memory: summed(body.memory) }
            .after(items)
            .after(initial)
            .with_work(items.size.times(STEP.div_ceil(VALUE)))
    }

    /// Everything is computed; the size is the sum.
    fn all(self, rules: &[Json]) -> Cost {
        let none = Cost { scalar: true, ..Cost::default() };
        rules.iter().map(|rule| self.cost(rule)).fold(none, |sum, next| Cost {
            size: sum.size.plus(next.size),
            scalar: sum.scalar && next.scalar,
            ..sum.after(next)
        })
    }
}

/// The work of comparing the first argument with each of the others: no more is read than the shorter of two strings.
fn comparison(arguments: &[Json], all: Form) -> Form {
    match arguments {
        [Json::String(text), _] | [_, Json::String(text)] => Form::constant(text.len() as u64),
        [literal, _] | [_, literal] if is_literal(literal) => all,
        _ => all.times(arguments.len().saturating_sub(1) as u64),
    }
}

/// The work of `in`: each item is compared with the needle, or the text is searched for it.
fn search(arguments: &[Json], all: Form) -> Form {
    match arguments {
        [_, haystack] if is_literal(haystack) => Form::constant(literal_size(haystack)),
        [needle, _] if is_literal(needle) => all,
        _ => all.times(COMPARE),
    }
}

/// Whether the value is there as it is, without an operation.
fn is_literal(value: &Json) -> bool {
    match value {
        Json::Array(items) => items.iter().all(is_literal),
        Json::Object(members) => members.is_empty(),
        _ => true,
    }
}

/// The work of a body for all items.
fn iterated(body: Cost, items: Cost) -> Form {
    body.work.plus(Form::constant(STEP)).over(items.size)
}

fn is_in(path: &str, slot: &str) -> bool {
    path.strip_prefix(slot).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn literal_size(value: &Json) -> u64 {
    match value {
        Json::Null | Json::Bool(_) => VALUE,
        Json::Number(_) | Json::String(_) => VALUE.saturating_add(value.to_string().len() as u64),
        Json::Array(items) => items.iter().map(literal_size).fold(VALUE, u64::saturating_add),
        Json::Object(members) => members
            .iter()
            .map(|(key, value)| (key.len() as u64).saturating_add(literal_size(value)))
            .fold(VALUE, u64::saturating_add),
    }
}

#[cfg(test)]
mod tests;
