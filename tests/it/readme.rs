//! The commands of the README work when they are pasted in order.

use std::{fs, process::Command};

use crate::support::{Start, repository};

/// A command as it is pasted, and what the README says that it prints.
struct Step {
    command: String,
    output: String,
}

#[tokio::test]
async fn the_commands_that_manage_a_flag_print_what_the_readme_says() {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let (_, section) = readme.split_once("## Manage flags").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let server = Start::new().serve();
    let steps = steps(section);
    assert!(steps.len() >= 8, "{} commands", steps.len());

    // One shell for all, as a person has. The marks tell the outputs apart.
    let mark = "--- next ---";
    let marked: Vec<String> = steps.iter().map(|step| format!("{}\necho '{mark}'", step.command)).collect();
    let script = marked.join("\n").replace("http://127.0.0.1:9000", &server.url);
    let shell = Command::new("bash").args(["-c", &script]).current_dir(server.directory()).output().unwrap();
    let printed = String::from_utf8(shell.stdout).unwrap();
    let outputs: Vec<&str> = printed.split(&format!("{mark}\n")).collect();
    for (step, output) in steps.iter().zip(outputs) {
        let lines =
            |text: &str| text.lines().map(str::to_owned).filter(|line| !line.is_empty()).collect::<Vec<_>>();
        assert_eq!(lines(output), lines(&step.output), "{}", step.command);
    }
}

/// The commands in the `console` blocks: a line after `$ ` and what continues it, up to what it prints.
fn steps(section: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for block in section.split("```console\n").skip(1) {
        let (block, _) = block.split_once("```").unwrap();
        for line in block.lines() {
            let Some(step) = steps.last_mut().filter(|_| !line.starts_with("$ ")) else {
                let command = line.strip_prefix("$ ").expect("a block starts with a command").to_owned();
                steps.push(Step { command, output: String::new() });
                continue;
            };
            let open = step.command.ends_with('\\') || step.command.matches('\'').count() % 2 == 1;
            let text = if open { &mut step.command } else { &mut step.output };
            text.push('\n');
            text.push_str(line);
        }
    }
    steps
}
