//! What a warm request pays the store: both caches hit.

#![allow(
    missing_docs,
    clippy::expect_used,
    reason = "criterion's macros write public functions; a benchmark may stop"
)]

use std::{collections::BTreeMap, hint::black_box, sync::Arc, time::Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use pennon_domain::{Bucketing, Definition, EnvironmentId, SystemClock};
use pennon_dynamodb_local::{EmbeddedDynamoDb, Storage};
use pennon_store::{Config, Freshness, Store};

const DEFINITION: &str =
    r#"{"flags":{"new-cart":{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"on"}}}"#;

fn warm(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let dynamodb = EmbeddedDynamoDb::start(Storage::Memory, 0).expect("an embedded DynamoDB");
    let id: EnvironmentId = "shop.production".parse().expect("an identity");
    // A HEAD that stays recent: what is measured is the hit.
    let config = Config { head_ttl: std::time::Duration::from_hours(1), ..Config::default() };
    let store = runtime.block_on(async {
        let store = Store::new(dynamodb.client(), config, Arc::new(SystemClock));
        store.create_tables().await.expect("tables");
        let definition = Definition::parse(DEFINITION).expect("a definition");
        store.publish(&id, &definition, Bucketing::V3, &BTreeMap::new()).await.expect("a version");
        store
    });
    criterion.bench_function("environment and snapshot, warm", |bencher| {
        // Many requests per `block_on`: entering the runtime costs more than a request.
        bencher.iter_custom(|requests| {
            runtime.block_on(async {
                let start = Instant::now();
                for _ in 0..requests {
                    let environment = store.environment(&id, Freshness::Cached).await;
                    let environment = environment.ok().flatten().expect("an environment");
                    black_box(store.snapshot(&environment).await.expect("a snapshot"));
                }
                start.elapsed()
            })
        });
    });
}

criterion_group!(benches, warm);
criterion_main!(benches);
