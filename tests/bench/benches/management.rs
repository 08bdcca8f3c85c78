//! What changes cost in an environment of 1,000 flags: time, and DynamoDB's own count of write units.
//!
//! From request to response, without a network but the loopback to an embedded DynamoDB: what is measured is reading HEAD,
//! editing, packing, and one transaction of all that follows.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "criterion's macros write public functions; a benchmark may stop, and prints what it counts"
)]

use std::{
    collections::BTreeMap,
    hint::black_box,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::{
    Client,
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut},
    },
    operation::transact_write_items::{TransactWriteItemsInput, TransactWriteItemsOutput},
    types::ReturnConsumedCapacity,
};
use criterion::{Criterion, criterion_group, criterion_main};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use pennon_bench::definition;
use pennon_domain::{Bucketing, Clock, Definition, EnvironmentId, Principal, SystemClock};
use pennon_dynamodb_local::{EmbeddedDynamoDb, Storage};
use pennon_http::Request;
use pennon_local::Function;
use pennon_store::{Config, Store};

const ENVIRONMENT: &str = "/v1/projects/shop/environments/production";
const FLAGS: usize = 1_000;

/// Asks DynamoDB what each transaction costs, and adds it up.
#[derive(Clone, Debug, Default)]
struct Meter(Arc<Mutex<Vec<f64>>>);

#[derive(Debug)]
struct Metered(Meter);

impl Intercept for Metered {
    fn name(&self) -> &'static str {
        "Metered"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), aws_sdk_dynamodb::error::BoxError> {
        if let Some(input) = context.input_mut().downcast_mut::<TransactWriteItemsInput>() {
            input.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
        }
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), aws_sdk_dynamodb::error::BoxError> {
        let output = context
            .output_or_error()
            .ok()
            .and_then(|output| output.downcast_ref::<TransactWriteItemsOutput>());
        let units = output.map(|output| {
            output.consumed_capacity().iter().filter_map(|table| table.capacity_units).sum::<f64>()
        });
        self.0.0.lock().expect("no thread has panicked").extend(units);
        Ok(())
    }
}

struct Bench {
    runtime: tokio::runtime::Runtime,
    functions: Vec<Function>,
    meter: Meter,
    _dynamodb: EmbeddedDynamoDb,
}

impl Bench {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let dynamodb = EmbeddedDynamoDb::start(Storage::Memory, 0).expect("an embedded DynamoDB");
        let meter = Meter::default();
        let metered = dynamodb.client().config().to_builder().interceptor(Metered(meter.clone())).build();
        let store = Store::new(Client::from_conf(metered), Config::default(), Arc::new(SystemClock));
        let id: EnvironmentId = "shop.production".parse().expect("an identity");
        runtime.block_on(async {
            store.create_tables().await.expect("tables");
            let definition = Definition::parse(&definition(FLAGS)).expect("a definition");
            store.publish(&id, &definition, Bucketing::V3, &BTreeMap::new()).await.expect("a version");
        });
        Self { runtime, functions: pennon_local::functions(&store), meter, _dynamodb: dynamodb }
    }

    /// Sends a request as the gateway passes it on; returns the length of what comes back.
    async fn send(&self, function: &str, method: Method, path: &str, query: &str, body: String) -> u64 {
        let function =
            self.functions.iter().find(|candidate| candidate.name == function).expect("a function");
        let any = (HeaderName::from_static("if-match"), HeaderValue::from_static("*"));
        let request = Request {
            method,
            path: format!("{ENVIRONMENT}{path}"),
            query: query.to_owned(),
            headers: HeaderMap::from_iter([any]),
            body: body.into(),
            id: "bench".to_owned(),
            received: SystemClock.now(),
            authorizer: Principal::new("bench", ["admin"]).to_context(),
        };
        let response = function.answer(request).await;
        assert!(response.status().is_success(), "{response:?}");
        http_body::Body::size_hint(response.body()).lower()
    }

    /// Times that many requests, each made by its number.
    fn time<F: Future<Output = u64>>(&self, requests: u64, request: impl Fn(u64) -> F) -> Duration {
        self.runtime.block_on(async {
            let start = Instant::now();
            for number in 0..requests {
                black_box(request(number).await);
            }
            start.elapsed()
        })
    }

    /// Prints what the transactions since the last time cost.
    fn report(&self, what: &str) {
        let units = std::mem::take(&mut *self.meter.0.lock().expect("no thread has panicked"));
        if let Some(most) = units.iter().copied().reduce(f64::max) {
            println!("{what}: {} transactions, {most} write units at most", units.len());
        }
    }
}

fn changes(criterion: &mut Criterion) {
    let bench = Bench::new();
    bench.report("making the environment");
    let mut group = criterion.benchmark_group("1,000 flags");
    group.sample_size(20);
    let state = |number: u64| {
        if number.is_multiple_of(2) { r#"{"state":"DISABLED"}"# } else { r#"{"state":"ENABLED"}"# }
    };
    group.bench_function("patch one", |bencher| {
        bencher.iter_custom(|requests| {
            bench.time(requests, |number| {
                bench.send("patch-flag", Method::PATCH, "/flags/flag-0042", "", state(number).to_owned())
            })
        });
    });
    bench.report("patch one of 1,000 flags");
    // Every flag changes each time.
    let files = [definition(FLAGS), definition(FLAGS).replace("team-", "squad-")];
    group.bench_function("import all", |bencher| {
        bencher.iter_custom(|requests| {
            bench.time(requests, |number| {
                let file = if number.is_multiple_of(2) { &files[1] } else { &files[0] };
                bench.send("import-flags", Method::POST, "/import", "", file.clone())
            })
        });
    });
    bench.report("import of 1,000 flags");
    group.bench_function("list all", |bencher| {
        bencher.iter_custom(|requests| {
            bench.time(requests, |_| {
                bench.send("list-flags", Method::GET, "/flags", "limit=1000", String::new())
            })
        });
    });
    group.bench_function("get one", |bencher| {
        bencher.iter_custom(|requests| {
            bench.time(requests, |_| {
                bench.send("get-flag", Method::GET, "/flags/flag-0042", "", String::new())
            })
        });
    });
    group.finish();
}

criterion_group!(benches, changes);
criterion_main!(benches);
