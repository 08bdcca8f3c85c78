//! The files of the workspace, as paths from the root of the repository.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::support::repository;

/// Folders that hold no source of ours. A fuzz crate is a workspace of its own.
const NOT_OURS: &[&str] = &["target", "node_modules", ".git", ".tools", "fuzz"];

/// Every Rust file.
pub(super) fn rust_files() -> Vec<PathBuf> {
    files_with("rs")
}

/// Every file with that extension.
pub(super) fn files_with(extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    collect(Path::new(""), extension, &mut files);
    files
}

/// The lines of a file.
pub(super) fn lines_of(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(repository().join(file))
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    text.lines().map(str::to_owned).collect()
}

/// A file and every file that it declares as a module, directly or not.
pub(super) fn modules_of(file: &Path) -> Vec<PathBuf> {
    let mut files = vec![file.to_owned()];
    for name in lines_of(file).iter().filter_map(|line| declared(line)) {
        let folder = folder_of_modules(file);
        let candidates = [folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs")];
        let module = candidates.into_iter().find(|candidate| repository().join(candidate).is_file());
        files.extend(module.iter().flat_map(|module| modules_of(module)));
    }
    files
}

/// The name in `mod name;`, whatever its visibility.
fn declared(line: &str) -> Option<&str> {
    let declaration = line.trim().strip_suffix(';')?;
    let (visibility, name) = declaration.rsplit_once("mod ")?;
    let visibility = visibility.trim();
    (visibility.is_empty() || visibility.starts_with("pub")).then_some(name)
}

/// Crate roots and `mod.rs` have their modules beside them, other files in a folder of their name.
fn folder_of_modules(file: &Path) -> PathBuf {
    let parent = file.parent().unwrap();
    let stem = file.file_stem().unwrap();
    let beside = ["lib", "main", "mod"].iter().any(|name| stem == *name) || !declares_inside(file);
    if beside { parent.to_owned() } else { parent.join(stem) }
}

/// Whether the file has a folder of its own name. Targets that are one file, like a bench, have not.
fn declares_inside(file: &Path) -> bool {
    repository().join(file.with_extension("")).is_dir()
}

fn collect(folder: &Path, extension: &str, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(repository().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = folder.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            if !NOT_OURS.iter().any(|name| entry.file_name() == *name) {
                collect(&path, extension, files);
            }
        } else if path.extension().is_some_and(|it| it == extension) {
            files.push(path);
        }
    }
}
