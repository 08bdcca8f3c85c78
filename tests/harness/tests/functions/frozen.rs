//! A process is stopped between its events, as in the service, and does not know for how long.

use std::time::Duration;

use pennon_local::DEMO;
use pennon_test_support::{TcpFault, TcpProxy};

use crate::support::{Demo, body, evaluation, function};

/// Longer than `HEAD_TTL_MS` with its jitter.
const LONG: Duration = Duration::from_millis(600);

#[tokio::test]
async fn a_change_made_meanwhile_is_seen_after_the_thaw() {
    let demo = Demo::new().await;
    let function = demo.function("evaluate-flag").variable("HEAD_TTL_MS", "400").freeze(true).build();
    assert_eq!(body(&function.invoke(evaluation()).await.unwrap().payload)["value"], true);
    let mut definition: serde_json::Value = serde_json::from_str(DEMO).unwrap();
    definition["flags"]["new-checkout"]["state"] = "DISABLED".into();
    demo.publish(&definition.to_string()).await;
    tokio::time::sleep(LONG).await;
    let thawed = function.invoke(evaluation()).await.unwrap();
    assert!(thawed.report.init.is_none(), "the same process");
    assert_eq!(body(&thawed.payload)["reason"], "DISABLED");
}

#[tokio::test]
async fn connections_that_died_meanwhile_do_not_fail_the_request() {
    let demo = Demo::new().await;
    let proxy = TcpProxy::start(demo.dynamodb.address()).await.unwrap();
    let endpoint = format!("http://{}", proxy.address());
    let function = function("evaluate-flag", &endpoint).variable("HEAD_TTL_MS", "100").freeze(true).build();
    // Reset by a server that goes away and comes back; closed for being idle, which the process hears of when it wakes up.
    for fault in [TcpFault::Refuse, TcpFault::CloseIdle(Duration::from_millis(100))] {
        for _ in 0..3 {
            let answer = body(&function.invoke(evaluation()).await.unwrap().payload);
            assert_eq!(answer["value"], true);
            assert_eq!(answer["metadata"].get("pennon.stale"), None, "{answer}");
            proxy.inject(fault);
            tokio::time::sleep(LONG).await;
            proxy.heal();
        }
    }
    assert_eq!(function.processes().len(), 1);
    assert!(proxy.accepted() >= 6, "{} connections", proxy.accepted());
}
