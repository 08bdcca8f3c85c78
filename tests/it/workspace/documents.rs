//! What the documents point to is there: files, and commands of the Makefile. `readme` runs those that manage flags.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use super::sources::{files_with, lines_of};
use crate::support::repository;

/// What a document says of a command: `make target NAME=value`.
struct Command {
    target: String,
    variables: Vec<String>,
}

#[test]
fn links_lead_somewhere() {
    let mut links = 0;
    for document in documents() {
        for link in lines_of(&document).iter().flat_map(|line| links_in(line)) {
            let target = document.parent().unwrap().join(&link);
            assert!(repository().join(target).exists(), "{}: {link}", document.display());
            links += 1;
        }
    }
    assert!(links > 50, "only {links} links found");
}

#[test]
fn commands_are_targets_with_variables_that_somebody_reads() {
    let makefile = lines_of(Path::new("Makefile"));
    let targets: BTreeSet<_> = makefile.iter().filter_map(|line| target_of(line)).collect();
    let settings =
        ["local/src/config.rs", "tests/load/src/config.rs"].map(|file| lines_of(Path::new(file))).concat();
    let known = |variable: &str| {
        let in_makefile = [format!("$({variable})"), format!("$({variable},"), format!("{variable} :=")];
        let option = format!("env = \"{variable}\"");
        makefile.iter().any(|line| in_makefile.iter().any(|form| line.contains(form)))
            || settings.iter().any(|line| line.contains(&option))
    };
    let mut commands = 0;
    for document in documents() {
        for command in lines_of(&document).iter().flat_map(|line| commands_in(line)) {
            let place = document.display();
            assert!(targets.contains(command.target.as_str()), "{place}: make {}", command.target);
            for variable in command.variables {
                assert!(known(&variable), "{place}: make {} {variable}=", command.target);
            }
            commands += 1;
        }
    }
    assert!(commands > 20, "only {commands} commands found");
}

fn documents() -> Vec<PathBuf> {
    files_with("md")
}

/// The targets of links to files, without what follows `#`.
fn links_in(line: &str) -> Vec<String> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let files = targets.map(|(target, _)| target.split('#').next().unwrap_or_default());
    files.filter(|file| !file.is_empty() && !file.contains("://")).map(str::to_owned).collect()
}

/// The commands in a line: in code quotes, or after a prompt.
fn commands_in(line: &str) -> Vec<Command> {
    let quoted = line.split('`').skip(1).step_by(2);
    let typed = line.strip_prefix("$ ").map(|command| command.split(" #").next().unwrap_or_default());
    let calls = quoted.chain(typed).filter_map(|code| code.split_once("make ")).filter(|(before, _)| {
        // Variables may stand before it.
        before.split_whitespace().all(|word| word.contains('='))
    });
    calls.filter_map(|(_, rest)| command(rest)).collect()
}

fn command(text: &str) -> Option<Command> {
    let target = text.split_whitespace().next()?.to_owned();
    let is_name = |name: &&str| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    // Values in quotes may have spaces and further equals signs: names are what is all in capitals before one.
    let names = text.split_whitespace().filter_map(|word| word.split_once('=')).map(|(name, _)| name);
    Some(Command { target, variables: names.filter(is_name).map(str::to_owned).collect() })
}

fn target_of(line: &str) -> Option<&str> {
    let (target, _) = line.split_once(':')?;
    let is_target =
        !target.is_empty() && target.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    is_target.then_some(target)
}
