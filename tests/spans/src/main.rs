//! A function that does what its path says, and takes its time for it: as much of Pennon as spans are made of.

use std::{collections::BTreeMap, process::ExitCode, sync::Arc, time::Duration};

use http::StatusCode;
use pennon_domain::{Bucketing, Head, Timestamp};
use pennon_http::{Answer, Body, Problem, Request, Route, json, serve, stateless};
use pennon_telemetry::{Phase, note};

const ROUTE: Route = Route::new("POST", "/ofrep/v1/evaluate/flags/{key+}").open();

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(ROUTE, stateless, answer).await
}

async fn answer((): (), request: Arc<Request>) -> Answer {
    for (phase, millis) in [(Phase::Head, 20), (Phase::Snapshot, 10)] {
        let _timer = note::begins(phase);
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
    note::served(&head()?, Timestamp::default(), true);
    let _timer = note::begins(Phase::Evaluate);
    match ROUTE.parameter(&request.path, "key").as_deref() {
        Some("fault") => Err(Problem::internal("the cause of a fault")),
        _ => Ok(json(StatusCode::OK, Body::from("{}".to_owned()))),
    }
}

fn head() -> Result<Arc<Head>, Problem> {
    Ok(Arc::new(Head {
        environment: "shop.live".parse().map_err(|_| Problem::internal("not a name"))?,
        version: 7,
        published: Timestamp::default(),
        config_etag: String::new(),
        bucketing: Bucketing::V3,
        chunks: 1,
        sha256: [0; 32],
        keys: BTreeMap::new(),
    }))
}
