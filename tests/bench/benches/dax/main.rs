//! What a call costs the official DAX clients and ours: time, CPU time, memory, and how long the first answer takes. All of them
//! ask one `dax-local` for the same items, in one run; `make bench-dax` installs the clients and runs this.
//!
//! The ratios are what to look at: the cluster is on the loopback interface, so no network is in the figures, and it shares the
//! machine with its client.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark stops at the first surprise"
)]

mod caller;
mod ours;
mod tables;

use std::{env, time::Duration};

use caller::{Caller, Client};
use dax_local::{Cluster, Options};
use pennon_dynamodb_local::{EmbeddedDynamoDb, Storage};
use serde_json::{Value, json};

/// How often all clients are measured; the median counts.
const ROUNDS: usize = 5;
/// How long a client makes the same call in a round.
const ROUND: Duration = Duration::from_secs(2);
/// DynamoDB's limit of a batch.
const BATCH: usize = 100;

fn main() {
    if let Some(endpoint) = env::args().skip_while(|argument| argument != ours::ARGUMENT).nth(1) {
        return ours::serve(&endpoint);
    }
    let database = EmbeddedDynamoDb::start(Storage::Memory, 0).unwrap();
    tables::make(&database.client(), BATCH);
    let options = Options { dynamodb: database.endpoint(), ..Options::default() };
    let cluster = Cluster::start(options).unwrap();
    let clients: Vec<_> = Client::ALL.into_iter().filter(|client| client.is_here()).collect();
    let figures = measure(&clients, &cluster.url());
    print(&clients, &figures);
}

/// What is measured of a client, in the order of the printed columns.
const COLUMNS: [(&str, &str); 7] = [
    ("GetItem", "µs"),
    ("its CPU", "µs"),
    ("BatchGetItem", "µs"),
    ("its CPU", "µs"),
    ("new client", "ms"),
    ("new process", "ms"),
    ("memory", "MB"),
];

type Figures = [f64; COLUMNS.len()];

/// The medians of each client.
fn measure(clients: &[Client], endpoint: &str) -> Vec<Figures> {
    let mut rounds = vec![Vec::new(); clients.len()];
    for _ in 0..ROUNDS {
        for (client, rounds) in clients.iter().zip(&mut rounds) {
            rounds.push(measure_once(*client, endpoint));
        }
    }
    rounds.iter().map(|rounds| medians(rounds)).collect()
}

fn measure_once(client: Client, endpoint: &str) -> Figures {
    let (get, batch) = (get_item(), batch_get_item());
    let (mut caller, process) = Caller::start(client, endpoint, &get);
    let connect = caller.fresh(&get);
    let (get, get_cpu) = caller.repeat(&get, ROUND);
    let (batch, batch_cpu) = caller.repeat(&batch, ROUND);
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    [get, get_cpu, batch, batch_cpu, millis(connect), millis(process), caller.memory()]
}

fn get_item() -> Value {
    json!({"operation": "GetItem", "input": {"TableName": tables::NAME, "Key": tables::key(0)}})
}

fn batch_get_item() -> Value {
    let keys: Vec<_> = (0..BATCH).map(tables::key).collect();
    json!({"operation": "BatchGetItem", "input": {"RequestItems": {tables::NAME: {"Keys": keys}}}})
}

fn medians(rounds: &[Figures]) -> Figures {
    std::array::from_fn(|column| {
        let mut figures: Vec<_> = rounds.iter().filter_map(|figures| figures.get(column)).collect();
        figures.sort_by(|one, other| one.total_cmp(other));
        figures.get(figures.len() / 2).copied().copied().unwrap()
    })
}

/// The table, with how many times ours each figure is.
fn print(clients: &[Client], figures: &[Figures]) {
    println!(
        "an item of {} bytes, {BATCH} of them in a batch; medians of {ROUNDS} rounds",
        tables::ITEM_SIZE
    );
    print!("{:10}", "");
    for (name, unit) in COLUMNS {
        print!("{:>22}", format!("{name}, {unit}"));
    }
    println!();
    let ours =
        clients.iter().position(|client| *client == Client::Ours).and_then(|at| figures.get(at)).unwrap();
    for (client, figures) in clients.iter().zip(figures) {
        print!("{:10}", format!("{client:?}"));
        for (figure, ours) in figures.iter().zip(ours) {
            print!("{:>22}", format!("{figure:.1} ({:.1})", figure / ours));
        }
        println!();
    }
}
