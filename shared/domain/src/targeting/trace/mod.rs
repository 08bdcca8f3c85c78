//! How a rule came to its result, step by step.
//!
//! The rule is walked as it is written, with its references. Only what decides where the walk goes is done here: `if`, `and`,
//! `or`, `!`, references and `fractional`. Everything else is given to the engine piece by piece, so that no operation has two
//! implementations.

mod step;

use datalogic_rs::{DataValue, bumpalo::Bump};
use serde_json::value::RawValue;

use self::step::shown;
use super::{
    Evaluators, Rule, arguments, engine,
    fractional::{self, Choice, NoChoice, Unit},
    operator::{Operator, REF},
};
use crate::{
    Bucketing,
    json::{Json, push_step},
};

pub(crate) use step::{Bucket, Place, Split, Step};

/// Steps that are told; the walk goes on without a word.
const MAX_STEPS: usize = 500;

/// What is known after a walk.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    pub(crate) steps: Vec<Step>,
    /// Whether there were more steps.
    pub(crate) truncated: bool,
    /// The part of the rule that is the result, or that failed.
    pub(crate) decided_by: Option<Place>,
    /// The result; `None` when something failed.
    pub(crate) result: Option<Box<RawValue>>,
}

/// Walks a rule that can be compiled. `pointer` is where it stands in its flag, and `root` the data that it is evaluated on.
pub(crate) fn trace<'t>(
    rule: &'t Json,
    pointer: &str,
    evaluators: &'t Evaluators,
    bucketing: Bucketing,
    root: &'t DataValue<'t>,
    arena: &'t Bump,
) -> Trace {
    let place = Place { segment: None, pointer: pointer.to_owned() };
    let mut walk = Walk { evaluators, bucketing, root, arena, place, trace: Trace::default() };
    let result = walk.value(rule, Position::Result);
    walk.trace.result = result.as_ref().map(shown);
    walk.trace
}

struct Walk<'t> {
    evaluators: &'t Evaluators,
    bucketing: Bucketing,
    root: &'t DataValue<'t>,
    arena: &'t Bump,
    place: Place,
    trace: Trace,
}

/// What the value of an expression is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    /// It is the result of the rule.
    Result,
    /// It decides where to go on.
    Condition,
}

impl<'t> Walk<'t> {
    /// The value of an expression; `None` if it fails.
    fn value(&mut self, rule: &'t Json, position: Position) -> Option<Json> {
        let Json::Object(members) = rule else { return self.plain(rule, position) };
        let [(name, value)] = members.as_slice() else { return self.plain(rule, position) };
        if let (REF, Json::String(segment)) = (name.as_str(), value) {
            return self.step(name, position, |walk, _| walk.segment(segment, position));
        }
        match (Operator::from_name(name), value) {
            (Some(Operator::If), Json::Array(arguments)) if position == Position::Result => {
                self.branches(name, arguments, position)
            }
            (Some(Operator::If), Json::Array(arguments)) => {
                self.step(name, position, |walk, _| walk.branches(name, arguments, position))
            }
            (Some(Operator::Junction), Json::Array(arguments)) if !arguments.is_empty() => {
                self.step(name, position, |walk, _| walk.junction(name, arguments, position))
            }
            (Some(Operator::Not), _) if arguments(value).len() == 1 => {
                self.step(name, position, |walk, _| walk.negation(name, value, position))
            }
            (Some(Operator::Fractional), Json::Array(arguments)) => {
                self.step(name, position, |walk, step| walk.split(name, arguments, position, step))
            }
            (operator, _) => self.step(name, position, |walk, step| {
                walk.decide(position);
                walk.operands(operator, value, step);
                walk.computed(rule).or_else(|| walk.fail())
            }),
        }
    }

    /// A value that is no operation.
    fn plain(&mut self, value: &'t Json, position: Position) -> Option<Json> {
        self.decide(position);
        let result = self.computed(value).or_else(|| self.fail())?;
        if position == Position::Condition {
            let holds = Some(self.holds(&result));
            let place = self.place.clone();
            let result = Some(shown(&result));
            self.tell(Step { place, operation: None, operands: Vec::new(), split: None, result, holds });
        }
        Some(result)
    }

    /// Tells of an operation: before what it consists of, and with what it came to.
    fn step(
        &mut self,
        operation: &str,
        position: Position,
        compute: impl FnOnce(&mut Self, &mut Step) -> Option<Json>,
    ) -> Option<Json> {
        let (place, operation) = (self.place.clone(), Some(operation.to_owned()));
        let mut step =
            Step { place, operation, operands: Vec::new(), split: None, result: None, holds: None };
        let index = self.tell(step.clone());
        let result = compute(self, &mut step);
        step.result = result.as_ref().map(shown);
        if position == Position::Condition {
            step.holds = result.as_ref().map(|result| self.holds(result));
        }
        if let Some(told) = index.and_then(|index| self.trace.steps.get_mut(index)) {
            *told = step;
        }
        result
    }

    fn tell(&mut self, step: Step) -> Option<usize> {
        if self.trace.steps.len() >= MAX_STEPS {
            self.trace.truncated = true;
            return None;
        }
        self.trace.steps.push(step);
        Some(self.trace.steps.len() - 1)
    }

    fn segment(&mut self, name: &'t str, position: Position) -> Option<Json> {
        let rule = self.evaluators.get(name)?;
        let inside = Place { segment: Some(name.to_owned()), pointer: String::new() };
        let outside = std::mem::replace(&mut self.place, inside);
        let result = self.value(rule, position);
        self.place = outside;
        result
    }

    fn branches(&mut self, name: &str, arguments: &'t [Json], position: Position) -> Option<Json> {
        for (pair, branch) in arguments.chunks(2).enumerate() {
            match branch {
                [condition, result] => {
                    let value = self.argument(name, 2 * pair, condition, Position::Condition)?;
                    if self.holds(&value) {
                        return self.argument(name, 2 * pair + 1, result, position);
                    }
                }
                [otherwise] => return self.argument(name, 2 * pair, otherwise, position),
                _ => {}
            }
        }
        self.decide(position);
        Some(Json::Null)
    }

    fn junction(&mut self, name: &str, arguments: &'t [Json], position: Position) -> Option<Json> {
        let mut last = Json::Null;
        for (index, argument) in arguments.iter().enumerate() {
            last = self.argument(name, index, argument, Position::Condition)?;
            // `and` is over with the first that does not hold, `or` with the first that does.
            if self.holds(&last) == (name == "or") {
                break;
            }
        }
        self.decide(position);
        Some(last)
    }

    fn negation(&mut self, name: &str, value: &'t Json, position: Position) -> Option<Json> {
        let inner = match value {
            Json::Array(arguments) => self.argument(name, 0, arguments.first()?, Position::Condition)?,
            single => self.under(name, |walk| walk.value(single, Position::Condition))?,
        };
        self.decide(position);
        Some(Json::Bool(self.holds(&inner) == (name == "!!")))
    }

    fn split(
        &mut self,
        name: &str,
        arguments: &'t [Json],
        position: Position,
        step: &mut Step,
    ) -> Option<Json> {
        self.decide(position);
        let values: Option<Vec<Json>> = arguments.iter().map(|argument| self.computed(argument)).collect();
        let values = values.or_else(|| self.fail())?;
        let values: Vec<&DataValue<'t>> =
            values.iter().map(|value| &*self.arena.alloc(value.to_arena(self.arena))).collect();
        let targeting = || fractional::targeting(self.root);
        match fractional::choose(self.bucketing, &values, targeting, self.arena) {
            Ok(choice) => {
                if position == Position::Result {
                    let bucket = choice.bucket.to_string();
                    self.under(name, |walk| walk.under(&bucket, |walk| walk.decide(position)));
                }
                step.split = Some(chosen(&choice, &values));
                Some(choice.variant.to_owned())
            }
            Err(reason) => {
                step.split = Some(not_chosen(reason));
                Some(Json::Null)
            }
        }
    }

    /// What the arguments of an operation of the engine come to, as far as it computes them on the context.
    fn operands(&self, operator: Option<Operator>, value: &'t Json, step: &mut Step) {
        let computed = match operator {
            None | Some(Operator::Var | Operator::Missing) => &[],
            Some(operator) if operator.iterates() => arguments(value).get(..1).unwrap_or_default(),
            Some(_) => arguments(value),
        };
        let values = computed.iter().map_while(|argument| self.computed(argument));
        step.operands = values.map(|value| shown(&value)).collect();
    }

    /// Lets the engine compute an expression.
    fn computed(&self, rule: &Json) -> Option<Json> {
        if !matches!(rule, Json::Array(_) | Json::Object(_)) {
            return Some(rule.clone());
        }
        let rule = Rule::compile(rule, self.evaluators).ok()?;
        let arena = Bump::new();
        rule.evaluate(self.root, self.bucketing, &arena).map(DataValue::to_owned)
    }

    fn holds(&self, value: &Json) -> bool {
        engine::engine(self.bucketing).truthy(&value.to_arena(self.arena))
    }

    /// The operation here fails, and the rule with it.
    fn fail<T>(&mut self) -> Option<T> {
        self.decide(Position::Result);
        None
    }

    fn decide(&mut self, position: Position) {
        if position == Position::Result {
            self.trace.decided_by = Some(self.place.clone());
        }
    }

    fn argument(&mut self, name: &str, index: usize, rule: &'t Json, position: Position) -> Option<Json> {
        self.under(name, |walk| walk.under(&index.to_string(), |walk| walk.value(rule, position)))
    }

    fn under<R>(&mut self, step: &str, walk: impl FnOnce(&mut Self) -> R) -> R {
        let length = self.place.pointer.len();
        push_step(&mut self.place.pointer, step);
        let result = walk(self);
        self.place.pointer.truncate(length);
        result
    }
}

fn chosen(choice: &Choice<'_>, arguments: &[&DataValue<'_>]) -> Split {
    let unit = match choice.unit {
        Unit::Value(value) => shown(&value.to_owned()),
        Unit::Targeting { flag_key, targeting_key } => {
            let keys = [flag_key, targeting_key].map(|key| Json::String(key.to_owned()));
            shown(&Json::Array(keys.into()))
        }
    };
    let mut from = 0;
    let buckets = arguments.iter().skip(choice.first).filter_map(|bucket| {
        let (variant, weight) = fractional::parts(bucket)?;
        let to = from + weight;
        let bucket = Bucket { variant: shown(&variant.to_owned()), weight, from, to };
        from = to;
        Some(bucket)
    });
    Split::Chosen {
        unit,
        hash: choice.hash,
        bucket: choice.place,
        total_weight: choice.total,
        buckets: buckets.collect(),
        chosen: choice.bucket - choice.first,
    }
}

fn not_chosen(reason: NoChoice) -> Split {
    Split::NotChosen { no_choice: reason.to_string() }
}
