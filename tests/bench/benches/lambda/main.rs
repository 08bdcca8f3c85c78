//! What an invocation of the release binaries costs, cold and warm, beside the same handler in Node, by the same harness in the same
//! run: and what the harness costs itself. `make bench` builds the binaries and runs this.
//!
//! DynamoDB is on loopback. What AWS adds (micro-VM, download, TLS to DynamoDB over a network) is in none of the figures, and neither is
//! the CPU share that goes with a memory size.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark stops at the first surprise")]

mod candidates;
mod figures;
mod gateway;

use lambda_harness::{Builder, Function};

use candidates::{Candidates, Endpoint};
use figures::{Cold, Warm, median, percentile};

/// Cold starts of each function. A shared machine needs many.
const STARTS: usize = 25;
/// Warm invocations of each function, after as many as it takes to be warm.
const INVOCATIONS: usize = 5_000;
const WARM_UP: usize = 2_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let candidates = Candidates::prepare().await;
    for endpoint in [Endpoint::ONE, Endpoint::ALL] {
        println!("\n{}: ours | Node | times ours", endpoint.title);
        candidates.agree(&endpoint).await;
        let [ours, node] = candidates.of(&endpoint);
        compare_cold(&ours, &node, &endpoint.event()).await;
        compare_warm(&ours, &node, &endpoint.event()).await;
    }
    gateway::measure(&candidates).await;
}

async fn compare_cold(ours: &Builder, node: &Builder, event: &str) {
    let (mut ours_cold, mut node_cold) = (Vec::new(), Vec::new());
    // In turns: whoever else wants the machine takes from both.
    for _ in 0..STARTS {
        ours_cold.push(cold(ours, event).await);
        node_cold.push(cold(node, event).await);
    }
    for (name, unit, figure) in Cold::FIGURES {
        row(name, unit, median(&ours_cold, figure), median(&node_cold, figure));
    }
}

async fn compare_warm(ours: &Builder, node: &Builder, event: &str) {
    let (ours, node) = (warm(ours, event).await, warm(node, event).await);
    row("duration, p50", "us", percentile(&ours.durations, 50), percentile(&node.durations, 50));
    row("duration, p99", "us", percentile(&ours.durations, 99), percentile(&node.durations, 99));
    row("CPU per invocation", "us", ours.cpu, node.cpu);
    row("resident at most", "MB", ours.memory_mb, node.memory_mb);
}

/// One cold start, and a second invocation.
async fn cold(builder: &Builder, event: &str) -> Cold {
    let function = builder.clone().build();
    let first = function.invoke(event.to_owned()).await.unwrap().report;
    let second = function.invoke(event.to_owned()).await.unwrap().report;
    function.shutdown().await;
    Cold { first, second }
}

async fn warm(builder: &Builder, event: &str) -> Warm {
    let function: Function = builder.clone().build();
    let mut reports = Vec::new();
    for _ in 0..WARM_UP + INVOCATIONS {
        reports.push(function.invoke(event.to_owned()).await.unwrap().report);
    }
    function.shutdown().await;
    Warm::new(reports.get(WARM_UP..).unwrap_or_default())
}

fn row(name: &str, unit: &str, ours: f64, node: f64) {
    println!("  {name:<34} {ours:>9.1} {unit} | {node:>9.1} {unit} | {:>6.1}", node / ours);
}
