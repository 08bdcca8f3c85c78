//! The harness does what Lambda does, by a function that does what its event says.
#![cfg(test)]

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use lambda_harness::{Builder, Failure, Function, Payload, Prelude, State};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};

mod orphans;

fn scripted() -> Builder {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/emulator/scripted.py");
    Function::builder("/usr/bin/env")
        .name("scripted")
        .argument("python3")
        .argument(script.to_str().unwrap())
        .variable("PATH", "/usr/local/bin:/usr/bin:/bin")
        .timeout(Duration::from_secs(20))
}

async fn ask(function: &Function, event: Value) -> Result<Value, Failure> {
    let invocation = function.invoke(event.to_string()).await?;
    Ok(serde_json::from_slice(&invocation.payload).unwrap())
}

#[tokio::test]
async fn a_process_is_told_what_lambda_tells_it() {
    let function = scripted().variable("CORE_TABLE", "core").memory_mb(256).build();
    let told = ask(&function, json!({ "do": "tell" })).await.unwrap();
    let environment = &told["environment"];
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_NAME"], "scripted");
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], "256");
    assert_eq!(environment["CORE_TABLE"], "core");
    assert_eq!(environment["HOME"], Value::Null, "nothing is inherited");
    let headers = &told["headers"];
    let deadline: f64 = headers["Lambda-Runtime-Deadline-Ms"].as_str().unwrap().parse().unwrap();
    let left = deadline - told["now"].as_f64().unwrap();
    assert!((18_000.0..=20_000.0).contains(&left), "{left} ms");
    assert!(headers["Lambda-Runtime-Trace-Id"].as_str().unwrap().starts_with("Root=1-"));
    let arn = headers["Lambda-Runtime-Invoked-Function-Arn"].as_str().unwrap();
    assert!(arn.starts_with("arn:aws:lambda:us-east-1:") && arn.ends_with(":function:scripted:live"));
}

#[tokio::test]
async fn an_idle_process_is_used_again_and_a_busy_one_gets_company() {
    let function = scripted().concurrency(2).build();
    let first = function.invoke(json!({ "do": "tell" }).to_string()).await.unwrap();
    let second = function.invoke(json!({ "do": "tell" }).to_string()).await.unwrap();
    assert!(first.report.init.is_some() && second.report.init.is_none());
    assert!(first.report.max_memory > 1 << 20);
    assert_eq!(function.processes().len(), 1);

    let sleep = json!({ "do": "sleep", "seconds": 0.5 });
    let (one, other) = tokio::join!(ask(&function, sleep.clone()), ask(&function, sleep));
    assert!(one.is_ok() && other.is_ok());
    let processes = function.processes();
    assert_eq!(processes.len(), 2);
    assert_eq!(processes.iter().map(|process| process.invocations).sum::<u64>(), 4);
    assert!(processes.iter().all(|process| process.state == State::Idle));
}

#[tokio::test]
async fn over_the_concurrency_it_is_throttled() {
    let function = scripted().concurrency(1).build();
    let sleep = json!({ "do": "sleep", "seconds": 0.5 });
    let (one, other) = tokio::join!(ask(&function, sleep.clone()), ask(&function, sleep));
    assert!(one.is_ok());
    assert_eq!(other.unwrap_err(), Failure::Throttled);
}

#[tokio::test]
async fn a_timed_out_process_is_killed_and_replaced() {
    let function = scripted().timeout(Duration::from_millis(300)).build();
    let before = ask(&function, json!({ "do": "tell" })).await.unwrap();
    let begun = Instant::now();
    let late = ask(&function, json!({ "do": "sleep", "seconds": 60 })).await.unwrap_err();
    assert_eq!(late, Failure::TimedOut(Duration::from_millis(300)));
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(function.processes(), []);
    assert!(!is_running(&before["pid"]));
    assert!(function.logs().contains("Task timed out after 0.30 seconds"));
    let after = ask(&function, json!({ "do": "tell" })).await.unwrap();
    assert_ne!(after["pid"], before["pid"]);
}

#[tokio::test]
async fn a_process_that_ends_is_replaced_whatever_it_did() {
    let function = scripted().build();
    let exited = ask(&function, json!({ "do": "exit", "status": 3 })).await.unwrap_err();
    assert_eq!(exited.to_string(), "Runtime.ExitError: the process ended: exit status: 3");

    let busy = tokio::spawn({
        let function = function.clone();
        async move { ask(&function, json!({ "do": "sleep", "seconds": 60 })).await }
    });
    while !function.processes().iter().any(|process| process.state == State::Busy) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(function.kill_one().is_some());
    let killed = busy.await.unwrap().unwrap_err();
    assert_eq!(killed.to_string(), "Runtime.ExitError: the process ended: signal: 9 (SIGKILL)");

    ask(&function, json!({ "do": "tell" })).await.unwrap();
    assert!(function.kill_one().is_some());
    ask(&function, json!({ "do": "tell" })).await.unwrap();
    assert_eq!(function.processes().len(), 1);
}

#[tokio::test]
async fn who_is_given_to_a_process_that_is_ending_hears_of_it_at_once() {
    let function = scripted().build();
    for _ in 0..5 {
        ask(&function, json!({ "do": "tell" })).await.unwrap();
        // By somebody else: the pool does not know it yet.
        let pid = i32::try_from(function.processes()[0].pid).unwrap();
        kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
        let begun = Instant::now();
        let outcome = ask(&function, json!({ "do": "tell" })).await;
        assert!(matches!(outcome, Ok(_) | Err(Failure::Exited(_))), "{outcome:?}");
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn a_frozen_process_is_stopped_between_its_events() {
    let function = scripted().freeze(true).build();
    for _ in 0..3 {
        let told = ask(&function, json!({ "do": "tell" })).await.unwrap();
        assert_eq!(function.processes()[0].state, State::Frozen);
        // The kernel stops it when it comes by.
        while !status(&told["pid"]).contains("T (stopped)") {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    assert_eq!(function.processes().len(), 1);
}

#[tokio::test]
async fn errors_are_passed_on_and_the_process_stays() {
    let function = scripted().build();
    let failed = ask(&function, json!({ "do": "fail" })).await.unwrap_err();
    assert_eq!(failed.to_string(), "Odd: by request");
    let skipped = ask(&function, json!({ "do": "skip" })).await.unwrap_err();
    assert!(matches!(skipped, Failure::Function { .. }), "{skipped:?}");
    let large = ask(&function, json!({ "do": "large", "bytes": (6 << 20) + 1 })).await.unwrap_err();
    assert_eq!(large, Failure::TooLarge(Payload::Answer));
    let event = function.invoke(vec![b' '; (6 << 20) + 1]).await.unwrap_err();
    assert_eq!(event, Failure::TooLarge(Payload::Event));
    ask(&function, json!({ "do": "large", "bytes": (6 << 20) - 2 })).await.unwrap();
    assert_eq!(function.processes().len(), 1);
}

#[tokio::test]
async fn a_start_that_fails_says_why() {
    let event = json!({ "do": "tell" });
    let reported = scripted().variable("INIT_FAILURE", "no table").build();
    assert_eq!(
        ask(&reported, event.clone()).await.unwrap_err(),
        Failure::Init { error_type: "Odd.Init".into(), message: "no table".into() }
    );
    let silent = scripted().variable("INIT_EXIT", "7").build();
    let failure = ask(&silent, event.clone()).await.unwrap_err();
    assert!(failure.to_string().contains("Runtime.ExitError: Runtime exited with error: exit status: 7"));
    assert!(silent.logs().contains("no good"));
    let missing = Function::builder("/no/such/binary").build();
    let failure = ask(&missing, event).await.unwrap_err();
    assert!(matches!(failure, Failure::Init { error_type, .. } if error_type == "Runtime.InvalidEntrypoint"));
}

#[tokio::test]
async fn a_streamed_answer_comes_as_it_is_made() {
    let function = scripted().build();
    let event = json!({ "do": "stream" }).to_string();
    let mut streamed = function.invoke_streaming(event.clone()).await.unwrap();
    assert_eq!(streamed.prelude.status_code, 201);
    assert_eq!(streamed.prelude.headers["x-odd"], "yes");
    assert_eq!(streamed.prelude.cookies, ["a=b"]);
    assert_eq!(streamed.chunk().await.unwrap().unwrap(), "one");
    assert_eq!(function.processes()[0].state, State::Busy, "it is still at it");
    let (rest, report) = streamed.collect().await.unwrap();
    assert_eq!(rest, "two");
    assert!(report.duration >= Duration::from_millis(100));

    let whole = function.invoke(event).await.unwrap();
    let (prelude, body) = Prelude::split(&whole.payload).unwrap();
    assert_eq!((prelude.status_code, &body[..]), (201, &b"onetwo"[..]));
    let buffered = function.invoke_streaming(json!({ "do": "tell" }).to_string()).await.unwrap_err();
    assert!(matches!(buffered, Failure::Malformed(_)));
}

#[tokio::test]
async fn a_stream_that_fails_midway_does_not_look_finished() {
    let function = scripted().build();
    let mut failing = function.invoke_streaming(r#"{"do":"stream-and-fail"}"#).await.unwrap();
    assert_eq!(failing.chunk().await.unwrap().unwrap(), "one");
    assert_eq!(failing.collect().await.unwrap_err().to_string(), "Odd: midway");

    let mut exiting = function.invoke_streaming(r#"{"do":"stream-and-exit"}"#).await.unwrap();
    assert_eq!(exiting.chunk().await.unwrap().unwrap(), "one");
    let exited = exiting.collect().await.unwrap_err();
    assert_eq!(exited.to_string(), "Runtime.ExitError: the process ended: exit status: 1");
}

#[tokio::test]
async fn cpu_time_is_that_of_the_invocation() {
    let function = scripted().build();
    let work = json!({ "do": "work", "seconds": 0.1 }).to_string();
    let cold = function.invoke(work.clone()).await.unwrap().report;
    let warm = function.invoke(work).await.unwrap().report;
    let idle = function.invoke(r#"{"do":"sleep","seconds":0.1}"#).await.unwrap().report;
    for report in [&cold, &warm] {
        assert!((100..150).contains(&report.cpu.as_millis()), "{report}");
    }
    assert!(idle.cpu.as_millis() < 20 && idle.duration.as_millis() >= 100, "{idle}");
    assert!(cold.init_cpu.unwrap() > Duration::from_millis(1));
}

#[tokio::test]
async fn what_is_printed_is_kept_with_a_report_for_each_invocation() {
    let function = scripted().build();
    ask(&function, json!({ "do": "print", "text": "first" })).await.unwrap();
    let (_, next) = function.log_lines(0);
    ask(&function, json!({ "do": "print", "text": "second" })).await.unwrap();
    let pid = function.processes()[0].pid;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let (lines, _) = function.log_lines(next);
    assert!(lines.iter().all(|line| line.pid == pid));
    assert_eq!(lines.iter().filter(|line| line.text == "second").count(), 2);
    assert_eq!(function.logs().matches("REPORT RequestId: ").count(), 2);
}

#[tokio::test]
async fn shut_down_nothing_runs_any_more() {
    let function = scripted().build();
    let told = ask(&function, json!({ "do": "tell" })).await.unwrap();
    let other = function.clone();
    function.shutdown().await;
    assert!(!is_running(&told["pid"]));
    assert_eq!(ask(&other, json!({ "do": "tell" })).await.unwrap_err(), Failure::Throttled);
}

fn status(pid: &Value) -> String {
    fs::read_to_string(format!("/proc/{pid}/status")).unwrap()
}

fn is_running(pid: &Value) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}
