//! Several processes, timeouts, kills, starts that fail, and what is left in the end.

use std::{path::Path, time::Duration};

use lambda_harness::{Failure, Function, State};
use pennon_local::SDK_KEY;
use pennon_test_support::{Fault, FaultProxy, Scope};

use crate::support::{Demo, answer, body, evaluation, function};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_side_by_side_give_the_same_answers() {
    let demo = Demo::new().await;
    let function = demo.function("evaluate-flag").concurrency(8).build();
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let function = function.clone();
            tokio::spawn(async move {
                let mut answers = Vec::new();
                for _ in 0..50 {
                    answers.push(body(&function.invoke(evaluation()).await.unwrap().payload));
                }
                answers
            })
        })
        .collect();
    for task in tasks {
        for answer in task.await.unwrap() {
            assert_eq!(answer["value"], true);
            assert_eq!(answer["reason"], "TARGETING_MATCH");
        }
    }
    let processes = function.processes();
    assert!((2..=8).contains(&processes.len()), "{processes:?}");
    assert_eq!(processes.iter().map(|process| process.invocations).sum::<u64>(), 400);
    // Each read HEAD for itself: they share nothing. One that shares is not started with an own init.
    assert!(processes.iter().all(|process| process.init.is_some() && process.state == State::Idle));
}

#[tokio::test]
async fn a_dynamodb_that_hangs_costs_the_process_when_the_time_is_short() {
    let demo = Demo::new().await;
    let proxy = FaultProxy::start(demo.dynamodb.address()).await.unwrap();
    let short = function("list-projects", &proxy.endpoint()).timeout(Duration::from_millis(400)).build();
    assert_eq!(answer(&short, "list-projects/all-rest").await["statusCode"], 200);
    let before = short.processes()[0].pid;
    proxy.inject(Scope::all(), Fault::BlackHole);
    let late = short.invoke(pennon_test_support::events::event("list-projects/all-rest").unwrap()).await;
    assert_eq!(late.unwrap_err(), Failure::TimedOut(Duration::from_millis(400)));
    proxy.heal();
    assert_eq!(answer(&short, "list-projects/all-rest").await["statusCode"], 200);
    assert_ne!(short.processes()[0].pid, before);
}

#[tokio::test]
async fn one_that_has_time_answers_by_itself() {
    let demo = Demo::new().await;
    let proxy = FaultProxy::start(demo.dynamodb.address()).await.unwrap();
    // The functions' own deadlines, not those of a busy machine.
    let function = function("list-projects", &proxy.endpoint())
        .variable("DYNAMODB_ATTEMPT_TIMEOUT_MS", "100")
        .variable("DYNAMODB_OPERATION_TIMEOUT_MS", "300")
        .build();
    answer(&function, "list-projects/all-rest").await;
    proxy.inject(Scope::all(), Fault::BlackHole);
    let refused = answer(&function, "list-projects/all-rest").await;
    assert_eq!(refused["statusCode"], 503, "{refused}");
    assert_eq!(function.processes().len(), 1);
}

#[tokio::test]
async fn a_killed_process_is_replaced_and_the_next_answer_is_right() {
    let demo = Demo::new().await;
    let proxy = FaultProxy::start(demo.dynamodb.address()).await.unwrap();
    let function = function("evaluate-flag", &proxy.endpoint()).build();
    let idle = function.invoke(evaluation()).await.unwrap();
    assert!(idle.report.init.is_some());
    assert!(function.kill_one().is_some());
    let next = function.invoke(evaluation()).await.unwrap();
    assert!(next.report.init.is_some(), "another process");
    assert_eq!(body(&next.payload)["value"], true);

    function.kill_one();
    proxy.inject(Scope::operation("GetItem"), Fault::Delay(Duration::from_secs(20)));
    let busy = tokio::spawn({
        let function = function.clone();
        async move { function.invoke(evaluation()).await }
    });
    while !function.processes().iter().any(|process| process.state != State::Idle) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(function.kill_one().is_some());
    let killed = busy.await.unwrap().unwrap_err();
    assert!(matches!(killed, Failure::Exited(Some(_)) | Failure::Init { .. }), "{killed}");
    proxy.heal();
    assert_eq!(body(&function.invoke(evaluation()).await.unwrap().payload)["value"], true);
}

#[tokio::test]
async fn a_variable_that_is_wrong_is_named_when_the_start_fails() {
    let demo = Demo::new().await;
    for (name, variable, value) in [
        ("evaluate-flag", "HEAD_TTL_MS", "soon"),
        ("put-flag", "CORE_TABLE", "no table!"),
        ("get-snapshot", "RESPONSE_MODE", "sometimes"),
        ("authorize", "OIDC_ISSUER", "http://id.example"),
    ] {
        let function =
            demo.function(name).variable("OIDC_AUDIENCE", "pennon").variable(variable, value).build();
        let failure = function.invoke("{}").await.unwrap_err();
        let Failure::Init { error_type, .. } = &failure else { panic!("{name}: {failure}") };
        assert_eq!(error_type, "Runtime.ExitError", "{failure}");
        assert!(function.logs().contains(variable), "{name}: {}", function.logs());
        assert_eq!(function.processes(), []);
    }
}

#[tokio::test]
async fn no_process_is_left_over() {
    let demo = Demo::new().await;
    let mut functions = Vec::new();
    for freeze in [false, true] {
        let function = demo.function("health").freeze(freeze).build();
        answer(&function, "health/ok-rest").await;
        functions.push(function);
    }
    let pids: Vec<_> = functions.iter().map(|function| function.processes()[0].pid).collect();
    let [dropped, shut] = <[Function; 2]>::try_from(functions).unwrap();
    drop(dropped);
    shut.shutdown().await;
    for pid in pids {
        for _ in 0..500 {
            if !Path::new(&format!("/proc/{pid}")).exists() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(!Path::new(&format!("/proc/{pid}")).exists());
    }
}

#[tokio::test]
async fn the_log_holds_no_key_context_or_body() {
    let demo = Demo::new().await;
    let mut logs = String::new();
    for case in [
        "evaluate-flag/targeted-rest",
        "evaluate-flag/malformed-json",
        "evaluate-flags/all-rest",
        "get-snapshot/whole-rest",
        "create-key/server-rest",
    ] {
        let function =
            demo.function(case.split_once('/').unwrap().0).variable("AWS_LAMBDA_LOG_LEVEL", "TRACE").build();
        answer(&function, case).await;
        logs.push_str(&function.logs());
    }
    let (_, secret) = SDK_KEY.rsplit_once('_').unwrap();
    for text in [secret, "ada@example.com", "user-1", "eyJhbGci"] {
        assert!(!logs.contains(text), "{text} is in {logs}");
    }
    assert!(logs.contains("REPORT"));
}
