//! All cases, by every client, each with tables of its own: the same outcomes but for the differences that are known.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{
    canonical::canonical,
    differences::{Difference, differences},
    lab::{Lab, cases, method},
    more::more_cases,
    official::{Client, Official},
    ours::Ours,
};

/// A case and what came of it.
pub(super) struct Ran {
    pub(super) case: Value,
    pub(super) outcome: Value,
    /// How many calls of the case's method the cluster got.
    attempts: u64,
}

#[test]
fn python_and_ours_agree_on_every_case() {
    agree(Client::Python);
}

#[test]
fn node_and_ours_agree_on_every_case() {
    agree(Client::Node);
}

#[test]
fn go_and_ours_agree_on_every_case() {
    agree(Client::Go);
}

#[track_caller]
fn agree(client: Client) {
    if client.is_here() {
        let every_case = || [cases(), more_cases()].concat();
        let theirs = run_official(client, &Lab::plain(), every_case());
        assert_agree(client, &theirs, &run_ours(&Lab::plain(), every_case()));
    }
}

pub(super) fn run_ours(lab: &Lab, cases: Vec<Value>) -> Vec<Ran> {
    let ours = Ours::start(lab);
    run(lab, cases, |case| ours.call(case))
}

pub(super) fn run_official(client: Client, lab: &Lab, cases: Vec<Value>) -> Vec<Ran> {
    let mut official = Official::start(client, lab);
    run(lab, cases, |case| official.call(case))
}

fn run(lab: &Lab, cases: Vec<Value>, mut call: impl FnMut(&Value) -> Value) -> Vec<Ran> {
    let ran = |case: Value| {
        if case["options"]["cached"] != true {
            lab.settle(); // else what a case reads would depend on what is cached of the cases before
        }
        lab.prepare(&case);
        let before = lab.calls_of(method(&case));
        let outcome = canonical(&call(&case));
        Ran { attempts: lab.calls_of(method(&case)) - before, outcome, case }
    };
    cases.into_iter().map(ran).collect()
}

#[track_caller]
pub(super) fn assert_agree(client: Client, theirs: &[Ran], ours: &[Ran]) {
    let mut report = String::new();
    for (theirs, ours) in theirs.iter().zip(ours) {
        let name = &theirs.case["name"];
        let (mut adjusted, ours) = (theirs.whole(), ours.whole());
        for known in differences(client).iter().filter(|known| known.case == name) {
            if let Err(wrong) = adjust(&mut adjusted, &ours, known) {
                writeln!(report, "{name}: {wrong}: {}", known.why).expect("text grows");
            }
        }
        if adjusted != ours {
            let theirs = theirs.whole();
            writeln!(report, "{name}:\n  {client} has {theirs}\n  ours has {ours}").expect("text grows");
        }
    }
    assert!(report.is_empty(), "{client}:\n{report}");
}

impl Ran {
    fn whole(&self) -> Value {
        let mut outcome = self.outcome.clone();
        outcome.as_object_mut().expect("an object").remove("micros");
        if let Some(error) = outcome.get_mut("error") {
            remove_nulls(error);
        }
        json!({"outcome": outcome, "attempts": self.attempts})
    }
}

/// Removes the members that say that they are not there.
fn remove_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(remove_nulls);
        }
        Value::Array(elements) => elements.iter_mut().for_each(remove_nulls),
        _ => {}
    }
}

/// Puts what ours has into theirs, where they are known to differ.
fn adjust(theirs: &mut Value, ours: &Value, known: &Difference) -> Result<(), String> {
    let place = |whole: &Value| whole.pointer(known.at).cloned().unwrap_or_default();
    let (their_value, our_value) = (place(theirs), place(ours));
    if their_value != known.theirs {
        return Err(format!("{} was to be {}, and is {their_value}", known.at, known.theirs));
    }
    if their_value == our_value {
        return Err(format!("{} does not differ", known.at));
    }
    let (parent, member) = known.at.rsplit_once('/').expect("a pointer");
    let parent = theirs.pointer_mut(parent).and_then(Value::as_object_mut).ok_or("no such place")?;
    match our_value {
        Value::Null => parent.remove(member),
        value => parent.insert(member.to_owned(), value),
    };
    Ok(())
}
