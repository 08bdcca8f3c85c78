//! What GitHub runs is what `.ci/run` runs, by actions that cannot change.

use std::fs::{read_dir, read_to_string};

use crate::support::repository;

fn workflows() -> Vec<String> {
    let files = read_dir(repository().join(".github/workflows")).unwrap();
    files.map(|file| read_to_string(file.unwrap().path()).unwrap()).collect()
}

#[test]
fn actions_are_named_by_the_digest_of_a_commit() {
    let mut actions = 0;
    for workflow in workflows() {
        for line in workflow.lines().filter(|line| line.contains("uses:")) {
            let (_, reference) = line.split_once('@').unwrap();
            let (commit, version) =
                reference.split_once(" # v").unwrap_or_else(|| panic!("no version: {line}"));
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");
            assert!(version.split('.').count() == 3, "{line}");
            actions += 1;
        }
    }
    assert!(actions >= 3);
}

#[test]
fn the_targets_are_those_of_ci() {
    let script = read_to_string(repository().join(".ci/run")).unwrap();
    let targets =
        script.lines().find_map(|line| line.strip_prefix("for target in ")?.strip_suffix("; do")).unwrap();
    let workflow = read_to_string(repository().join(".github/workflows/ci.yml")).unwrap();
    let (_, matrix) = workflow.split_once("target:\n").unwrap();
    let matrix: Vec<_> = matrix.lines().map_while(|line| line.trim().strip_prefix("- ")).collect();
    // It asks a database of vulnerabilities that not every machine can reach.
    assert_eq!(matrix.strip_suffix(&["advisories"]).unwrap(), targets.split(' ').collect::<Vec<_>>());
}
