//! The rules of the source tree that the compiler does not hold: who may know whom, and how long a file may be.

mod documents;
mod sources;
mod workflows;

use std::{collections::BTreeSet, path::PathBuf, process::Command};

use serde::Deserialize;

use crate::support::repository;
use sources::{lines_of, modules_of, rust_files};

const MAX_LINES: usize = 500;
const MAX_MAIN_LINES: usize = 10;

/// What each layer may depend on inside the workspace. What is missing is never deployed and may depend on anything.
const ARROWS: &[(Layer, &[&str])] = &[
    (
        Layer::Under("functions"),
        &["pennon-auth", "pennon-domain", "pennon-events", "pennon-http", "pennon-store"],
    ),
    (Layer::Is("pennon-auth"), &["pennon-config", "pennon-domain"]),
    (Layer::Is("pennon-aws"), &[]),
    (Layer::Is("pennon-config"), &[]),
    (Layer::Is("pennon-events"), &["pennon-aws", "pennon-config", "pennon-domain"]),
    (Layer::Is("pennon-http"), &["pennon-config", "pennon-domain", "pennon-telemetry"]),
    (
        Layer::Is("pennon-store"),
        &["pennon-aws", "pennon-config", "pennon-domain", "pennon-telemetry", "dax-client"],
    ),
    (Layer::Is("pennon-telemetry"), &["pennon-config", "pennon-domain"]),
    (Layer::Is("pennon-domain"), &[]),
    (Layer::Is("dax-client"), &[]),
];

/// Which packages may name a dependency. Tests may name any.
const NAMED_ONLY_BY: &[(&str, &[&str])] = &[
    // The client of DAX takes and gives the SDK's types, and so does the cluster that stands in for the service.
    ("aws-sdk-dynamodb", &["pennon-store", "pennon-dynamodb-local", "dax-client", "dax-local"]),
    ("aws-config", &["pennon-aws"]),
    ("aws-sdk-eventbridge", &["pennon-events", "pennon-local"]),
    ("dax-client", &["pennon-store", "dax-local"]),
    ("dax-local", &["pennon-local"]),
    ("dynoxide-rs", &["pennon-dynamodb-local"]),
    ("jsonwebtoken", &["pennon-auth"]),
    ("lambda_http", &["pennon-http"]),
    ("metrique-metricsrs", &["pennon-telemetry"]),
    ("opentelemetry_sdk", &["pennon-telemetry"]),
    ("pennon-dynamodb-local", &["pennon-local"]),
    ("tracing-subscriber", &["pennon-telemetry"]),
];

/// What the domain knows nothing of: how the start of a dependency's name tells it.
const NOT_IN_THE_DOMAIN: &[&str] = &["aws", "tokio", "http", "hyper", "lambda", "reqwest", "tower", "async"];

enum Layer {
    Under(&'static str),
    Is(&'static str),
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// A package of the workspace.
#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `None` for what the package itself needs, else `dev` or `build`.
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Target {
    src_path: PathBuf,
}

impl Package {
    fn folder(&self) -> PathBuf {
        let folder = self.manifest_path.parent().unwrap();
        folder.strip_prefix(repository().canonicalize().unwrap()).unwrap().to_owned()
    }

    /// What it is built with; what only its tests need is left out.
    fn needs(&self) -> impl Iterator<Item = &str> {
        let dependencies = self.dependencies.iter();
        dependencies.filter(|one| one.kind.as_deref() != Some("dev")).map(|one| one.name.as_str())
    }

    fn is_for_tests(&self) -> bool {
        self.folder().starts_with("tests")
    }
}

impl Layer {
    fn contains(&self, package: &Package) -> bool {
        match self {
            Self::Under(folder) => package.folder().starts_with(folder),
            Self::Is(name) => package.name == *name,
        }
    }
}

#[test]
fn dependencies_point_one_way() {
    let packages = packages();
    let own: BTreeSet<_> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut checked = 0;
    for package in &packages {
        let Some((_, allowed)) = ARROWS.iter().find(|(layer, _)| layer.contains(package)) else { continue };
        for needed in package.needs().filter(|name| own.contains(name)) {
            assert!(allowed.contains(&needed), "{} depends on {needed}", package.name);
            checked += 1;
        }
    }
    assert!(checked > 10, "only {checked} dependencies found");
}

#[test]
fn functions_never_name_each_other() {
    let packages = packages();
    let functions: Vec<_> =
        packages.iter().filter(|package| package.folder().starts_with("functions")).collect();
    assert!(functions.len() > 30, "only {} functions found", functions.len());
    for function in &functions {
        for other in &functions {
            let named = function.dependencies.iter().any(|one| one.name == other.name);
            assert!(!named, "{} names {}", function.name, other.name);
        }
    }
}

#[test]
fn each_system_is_named_in_one_place() {
    for package in packages().iter().filter(|package| !package.is_for_tests()) {
        for (name, owners) in NAMED_ONLY_BY {
            let named = package.needs().any(|needed| needed == *name);
            assert!(!named || owners.contains(&package.name.as_str()), "{} names {name}", package.name);
        }
    }
}

#[test]
fn the_domain_performs_no_input_or_output() {
    let packages = packages();
    let domain = packages.iter().find(|package| package.name == "pennon-domain").unwrap();
    for needed in domain.needs() {
        let foreign = NOT_IN_THE_DOMAIN.iter().any(|start| needed.starts_with(start));
        assert!(!foreign, "pennon-domain names {needed}");
    }
}

#[test]
fn a_function_is_named_like_its_folder_and_its_binary_is_only_wiring() {
    for package in packages().iter().filter(|package| package.folder().starts_with("functions")) {
        assert_eq!(package.folder(), PathBuf::from("functions").join(&package.name));
        let main = package.folder().join("src/main.rs");
        let lines = lines_of(&main).len();
        assert!(lines <= MAX_MAIN_LINES, "{} has {lines} lines", main.display());
    }
}

#[test]
fn no_source_file_is_too_long_to_read() {
    let files = rust_files();
    assert!(files.len() > 30, "only {} files found", files.len());
    for file in files {
        let lines = lines_of(&file).len();
        assert!(lines <= MAX_LINES, "{} has {lines} lines", file.display());
    }
}

#[test]
fn only_configuration_reads_the_environment() {
    let readers = ["shared/config/src/lib.rs", "local/src/config.rs"].map(PathBuf::from);
    let raw = ["env::var", "env = \"", "option_env!"];
    let (mut found_raw, mut found_configs) = (0, 0);
    for file in rust_files().into_iter().filter(|file| !file.starts_with("tests")) {
        let lines = lines_of(&file);
        let is_reader = readers.contains(&file);
        let reads = lines.iter().any(|line| raw.iter().any(|form| line.contains(form)));
        assert!(!reads || is_reader, "{} reads the environment", file.display());
        let is_config = is_reader || file.file_name().is_some_and(|name| name == "config.rs");
        let asks = lines.iter().any(|line| line.contains("Variables::of_process"));
        assert!(!asks || is_config, "{} asks for variables", file.display());
        found_raw += usize::from(reads);
        found_configs += usize::from(asks);
    }
    assert_eq!(found_raw, readers.len());
    assert!(found_configs > 3, "only {found_configs} configurations found");
}

#[test]
fn every_source_file_is_compiled() {
    let here = repository().canonicalize().unwrap();
    let packages = packages();
    let targets = packages.iter().flat_map(|package| &package.targets);
    let compiled: BTreeSet<_> =
        targets.filter_map(|target| target.src_path.strip_prefix(&here).ok()).flat_map(modules_of).collect();
    for file in rust_files() {
        assert!(compiled.contains(&file), "{} belongs to no crate", file.display());
    }
}

fn packages() -> Vec<Package> {
    serde_json::from_slice::<Metadata>(&cargo_metadata()).unwrap().packages
}

/// What cargo says of the workspace, as JSON.
pub(crate) fn cargo_metadata() -> Vec<u8> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--no-deps", "--format-version", "1"])
        .current_dir(repository())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
