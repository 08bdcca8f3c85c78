//! docs/METRICS.md and docs/LOGGING.md are kept by hand: what they name must be what the code counts and logs.

use std::{collections::BTreeSet, fs, path::Path};

use regex::Regex;

use crate::support::repository;

const METRICS: &str = include_str!("../../docs/METRICS.md");
const LOGGING: &str = include_str!("../../docs/LOGGING.md");

/// A line of the code that logs.
struct Logged {
    level: String,
    message: String,
    fields: Vec<String>,
}

#[test]
fn the_metrics_that_are_documented_are_those_that_are_counted() {
    let counted = all(r#""(pennon_\w+)""#, &counting());
    assert!(counted.len() > 10, "{counted:?}");
    assert_eq!(all(r"`(pennon_\w+)`", METRICS), counted);
}

#[test]
fn their_labels_and_the_values_of_these_are_those_that_are_documented() {
    let code = counting();
    for (label, value) in pairs(r#""(\w+)" => "(\w+)""#, &code) {
        assert!(METRICS.contains(&format!("`{label}`")), "{label}");
        assert!(METRICS.contains(&format!("`{value}`")), "{label}: {value}");
    }
    let reasons = all(r#"\w+ => "([A-Z_]+)""#, &code);
    let fallbacks = all(r#"=> "(\w+)""#, &source("shared/store/src/dax/fallback.rs"));
    assert!(reasons.len() == 7 && fallbacks.len() > 5, "{reasons:?} {fallbacks:?}");
    let kinds = all(r#""kind" => "(\w+)""#, &code);
    for (named, section) in
        [(&kinds, rows("| `kind` | status |")), (&fallbacks, rows("| `reason` | DAX was asked |"))]
    {
        let documented: BTreeSet<_> =
            section.lines().flat_map(|row| all(r"`(\w+)`", row.split('|').nth(1).unwrap())).collect();
        assert_eq!(&documented, named);
    }
    for row in METRICS.lines().filter(|row| row.starts_with("| ") && row.contains("`: `")) {
        let (_, values) = row.split('|').nth(3).and_then(|cell| cell.split_once("`: ")).unwrap();
        for value in all(r"`(\w+)`", values) {
            assert!(code.contains(&format!("\"{value}\"")), "{value} is counted nowhere");
        }
    }
}

#[test]
fn the_messages_that_are_documented_are_those_that_are_logged() {
    let logged: BTreeSet<_> =
        logged().into_iter().map(|line| (line.level.to_uppercase(), line.message)).collect();
    assert!(logged.len() > 15, "{logged:?}");
    let documented = pairs(r"(?m)^\| (ERROR|WARN|INFO|DEBUG) \| `([^`]+)` \|", LOGGING);
    assert_eq!(documented, logged);
}

#[test]
fn the_members_that_are_documented_are_those_that_are_written() {
    let mut written =
        all(r#"(?:add|serialize_entry)\("(\w+)""#, &source("shared/telemetry/src/logging/json.rs"));
    written.insert("message".to_owned());
    written.extend(logged().into_iter().flat_map(|line| line.fields));
    let section = LOGGING.split("## Members of a line").nth(1).and_then(|rest| rest.split("## ").next());
    assert_eq!(all(r"(?m)^\| `(\w+)` \|", section.unwrap()), written);
}

/// The rows of the table that begins so.
fn rows(head: &str) -> &str {
    let (_, table) = METRICS.split_once(head).unwrap();
    let (_, rows) = table.split_once("--- |\n").unwrap();
    rows.split("\n\n").next().unwrap()
}

/// The code that counts.
fn counting() -> String {
    ["shared/http/src/metrics.rs", "shared/store/src/metrics.rs"].map(source).concat()
}

/// What is logged anywhere in what is deployed.
fn logged() -> Vec<Logged> {
    let call = Regex::new(r"(?s)tracing::(error|warn|info|debug|trace)!\((.*?)\);").unwrap();
    let last_text = Regex::new(r#"(?s)"([^"]*)"[\s,]*$"#).unwrap();
    let mut found = Vec::new();
    for file in ["shared", "functions"].iter().flat_map(|folder| rust_files(&repository().join(folder))) {
        let code = product(&file);
        for captures in call.captures_iter(&code) {
            let (_, [level, arguments]) = captures.extract();
            let message =
                last_text.captures(arguments).unwrap_or_else(|| panic!("{}: {arguments}", file.display()));
            let fields = arguments.strip_suffix(&message[0]).unwrap();
            let fields = top_level(fields).iter().filter_map(|field| name(field)).collect();
            found.push(Logged { level: level.to_owned(), message: message[1].to_owned(), fields });
        }
    }
    found
}

/// The name of a field: `name = value`, or a variable of that name.
fn name(field: &str) -> Option<String> {
    let name = field.split('=').next()?.trim().trim_start_matches(['?', '%']);
    (!name.is_empty()).then(|| name.to_owned())
}

/// The arguments of a call, split at the commas that are not within parentheses.
fn top_level(arguments: &str) -> Vec<String> {
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for character in arguments.chars() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().unwrap().push(character);
    }
    parts
}

fn all(pattern: &str, text: &str) -> BTreeSet<String> {
    Regex::new(pattern).unwrap().captures_iter(text).map(|found| found[1].to_owned()).collect()
}

fn pairs(pattern: &str, text: &str) -> BTreeSet<(String, String)> {
    let found = Regex::new(pattern).unwrap();
    found.captures_iter(text).map(|found| (found[1].to_owned(), found[2].to_owned())).collect()
}

fn source(path: &str) -> String {
    product(&repository().join(path))
}

/// The code of a file, without its tests.
fn product(file: &Path) -> String {
    let code = fs::read_to_string(file).unwrap();
    code.split("#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned()
}

/// The files that are deployed: no examples, and no tests.
fn rust_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && !["tests", "examples", "target"].contains(&name) {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests.rs" {
            found.push(path);
        }
    }
    found
}
