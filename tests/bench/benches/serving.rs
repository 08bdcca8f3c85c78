//! The costs that the design has budgets for, as time and as allocations. `make bench` runs it.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark stops at the first surprise")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion};
use pennon_bench::{CONTEXT, Served, bulk_event, definition, serve, single_event};
use pennon_domain::{Bucketing, Context, Definition, Ruleset, Scope, Snapshot, Timestamp};
use pennon_http::answer_event;
use pennon_telemetry::{Emitter, MetricsConfig, Scope as RequestScope};
use serde_json::Value;
use tokio::runtime::Runtime;

const NOW: Timestamp = Timestamp::from_millis(1_795_251_600_000);
/// A flag that is targeted by country, plan and percentage.
const FLAG: &str = "flag-0005";

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    evaluation(&mut criterion);
    events(&mut criterion);
    loading(&mut criterion);
    counted(&mut criterion);
    criterion.final_summary();
}

/// The domain alone: a context as bytes in, outcomes out.
fn evaluation(criterion: &mut Criterion) {
    let ruleset = ruleset(100);
    let mut group = criterion.benchmark_group("domain");
    let single = || {
        let context = Context::from_ofrep_body(black_box(CONTEXT.as_bytes())).unwrap();
        black_box(ruleset.evaluate(FLAG, Scope::Server, &context, NOW));
    };
    let bulk = || {
        let context = Context::from_ofrep_body(black_box(CONTEXT.as_bytes())).unwrap();
        ruleset
            .evaluate_all(Scope::Server, &context, NOW, &mut |key, outcome| drop(black_box((key, outcome))));
    };
    measure(&mut group, "parse a context", || {
        drop(black_box(Context::from_ofrep_body(black_box(CONTEXT.as_bytes())).unwrap()));
    });
    measure(&mut group, "one flag", single);
    measure(&mut group, "100 flags", bulk);
}

/// A warm function: an API Gateway event as text in, a response as text out.
fn events(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let served = runtime.block_on(serve(&definition(100))).unwrap();
    let first = bulk(&runtime, &served, &bulk_event(None));
    let first: Value = serde_json::from_str(&first).unwrap();
    let tag = first.pointer("/multiValueHeaders/etag/0").and_then(Value::as_str).unwrap().to_owned();

    let mut group = criterion.benchmark_group("event to response");
    let event = single_event(FLAG);
    measure(&mut group, "one flag", || {
        let store = served.store.clone();
        let answer = answer_event(&evaluate_flag::ROUTE, store, evaluate_flag::handle, black_box(&event));
        assert!(runtime.block_on(answer).unwrap().starts_with(r#"{"statusCode":200"#));
    });
    let event = bulk_event(None);
    measure(&mut group, "100 flags", || {
        assert!(bulk(&runtime, &served, &event).starts_with(r#"{"statusCode":200"#));
    });
    let event = bulk_event(Some(&tag));
    measure(&mut group, "100 flags, not modified", || {
        assert!(bulk(&runtime, &served, &event).starts_with(r#"{"statusCode":304"#));
    });
}

/// The same as in a function: within the scope of an invocation, counted, and reported once a second. Last, as there is no way back.
fn counted(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let served = runtime.block_on(serve(&definition(100))).unwrap();
    let emitter = Emitter::install(MetricsConfig::default()).unwrap();
    let mut group = criterion.benchmark_group("event to response, counted");
    let event = single_event(FLAG);
    measure(&mut group, "one flag", || {
        let (scope, store) =
            (RequestScope::new("8476a536-e9f4-11e8-9739-2dfe598c3fcd"), served.store.clone());
        let answer = answer_event(&evaluate_flag::ROUTE, store, evaluate_flag::handle, black_box(&event));
        let answer = runtime.block_on(scope.clone().run(answer)).unwrap();
        assert!(answer.starts_with(r#"{"statusCode":200"#));
        emitter.after_invocation_to(std::io::sink(), &scope);
    });
}

fn bulk(runtime: &Runtime, served: &Served, event: &str) -> String {
    let store = served.store.clone();
    let answer = answer_event(&evaluate_flags::ROUTE, store, evaluate_flags::handle, black_box(event));
    runtime.block_on(answer).unwrap()
}

/// What a change and a cold start cost.
fn loading(criterion: &mut Criterion) {
    let context = Context::from_ofrep_body(CONTEXT.as_bytes()).unwrap();
    let mut group = criterion.benchmark_group("definition");
    group.sample_size(20);
    for flags in [100, 1_000] {
        let json = definition(flags);
        let parsed = Definition::parse(&json).unwrap();
        measure(&mut group, &format!("check {flags} flags"), || {
            drop(black_box(Definition::parse(&json).unwrap()));
        });
        group.bench_function(format!("compile {flags} flags"), |bencher| {
            bencher.iter_batched(
                || Ruleset::new(&parsed, Bucketing::V3),
                // Rules are compiled on first use, so this uses each of them once.
                |ruleset| {
                    ruleset.evaluate_all(Scope::Server, &context, NOW, &mut |key, outcome| {
                        drop(black_box((key, outcome)));
                    });
                    ruleset
                },
                BatchSize::PerIteration,
            );
        });
    }
    let snapshot = Snapshot::pack(&Definition::parse(&definition(1_000)).unwrap()).unwrap();
    let (packed, sha256) = (snapshot.chunks().flatten().copied().collect::<Vec<u8>>(), snapshot.sha256());
    println!("a snapshot of 1,000 flags: {} bytes packed, {} as JSON", packed.len(), definition(1_000).len());
    measure(&mut group, "load a snapshot of 1000 flags, first answer", || {
        let snapshot = Snapshot::verify(packed.clone(), sha256).unwrap();
        let ruleset = Ruleset::from_canonical_json(&snapshot.to_json().unwrap(), Bucketing::V3).unwrap();
        black_box(ruleset.evaluate(FLAG, Scope::Server, &context, NOW));
    });
}

fn ruleset(flags: usize) -> Ruleset {
    Ruleset::new(&Definition::parse(&definition(flags)).unwrap(), Bucketing::V3)
}

/// Times a piece of work, and counts its allocations when it is warm.
fn measure(
    group: &mut criterion::BenchmarkGroup<'_, criterion::measurement::WallTime>,
    name: &str,
    mut work: impl FnMut(),
) {
    work();
    let allocations = allocation_counter::measure(&mut work);
    println!(
        "{name}: {} allocations, {} bytes at most at once",
        allocations.count_total, allocations.bytes_max
    );
    group.bench_function(name, |bencher| bencher.iter(&mut work));
}
