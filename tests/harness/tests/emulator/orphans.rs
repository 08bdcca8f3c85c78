//! Nothing stays behind when the program that runs the harness is killed, whatever its processes were doing.

use std::{
    env,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::json;

use crate::{ask, scripted};

/// Makes this program the one that is killed.
const VICTIM: &str = "HARNESS_VICTIM";

/// Starts a process for each thing that it can be doing, prints their numbers, and waits to be killed.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the only thing that a program can be told that runs tests")]
async fn victim() {
    if env::var_os(VICTIM).is_none() {
        return;
    }
    let (idle, frozen, busy) = (scripted().build(), scripted().freeze(true).build(), scripted().build());
    for function in [&idle, &frozen, &busy] {
        let told = ask(function, json!({ "do": "tell" })).await.unwrap();
        println!("pid {}", told["pid"]);
    }
    let _ = ask(&busy, json!({ "do": "sleep", "seconds": 2 })).await;
    tokio::time::sleep(Duration::from_mins(1)).await;
}

#[tokio::test]
async fn nothing_outlives_a_harness_that_is_killed() {
    let mut victim = Command::new(env::current_exe().unwrap())
        .args(["--exact", "orphans::victim", "--nocapture"])
        .env(VICTIM, "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let pids = lines.map_while(Result::ok).filter_map(|line| Some(line.split_once("pid ")?.1.to_owned()));
    let pids: Vec<_> = pids.take(3).collect();
    assert_eq!(pids.len(), 3);
    tokio::time::sleep(Duration::from_millis(200)).await;
    victim.kill().unwrap();
    victim.wait().unwrap();
    for pid in pids {
        let process = format!("/proc/{pid}/stat");
        let gone = || std::fs::read_to_string(&process).map_or(true, |stat| stat.contains(") Z "));
        for _ in 0..1_000 {
            if gone() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(gone(), "{pid} is still there");
    }
}
