//! A process that writes is killed at each of its calls: what it wrote is all there or not at all, and whoever asks again with the
//! same idempotency key gets exactly one change.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use futures_util::{StreamExt, stream};
use pennon_test_support::{Fault, Scope};

use super::{
    lab::{Lab, WRITER, writer},
    write::{Write, lab},
};

/// How many processes at the same time.
const AT_ONCE: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_is_killed_at_any_call_leaves_all_or_nothing() {
    let mut cases = Vec::new();
    for write in Write::ALL {
        for call in 0..write.calls().await {
            cases.push(survives(write, call, Fault::BlackHole));
            cases.push(survives(write, call, Fault::DelayAnswer(Duration::from_mins(10))));
        }
    }
    let happened: Vec<bool> = stream::iter(cases).buffer_unordered(AT_ONCE).collect().await;
    // Killed before the transaction in some cases, and after it in others.
    assert!(happened.contains(&true) && happened.contains(&false));
}

/// Kills a writer while that call of it is on its way, or while its answer is. Whether the write had happened.
async fn survives(write: Write, call: u32, fault: Fault) -> bool {
    let what = format!("{write:?}, call {call}, {fault:?}");
    let lab = lab().await;
    lab.proxy.inject(Scope::all().after(call), fault);
    let mut child = start(&lab, write);
    while lab.proxy.total() <= call.into() {
        assert!(child.try_wait().unwrap().is_none(), "{what}: the writer ended by itself");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // For what is carried out to be carried out.
    tokio::time::sleep(Duration::from_millis(50)).await;
    child.kill().unwrap();
    child.wait().unwrap();
    lab.proxy.heal();

    let happened = write.has_happened(&lab).await;
    write.run(&lab.store()).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(write.has_happened(&lab).await, "{what}");
    happened
}

/// A process that does the write: this test binary, told to run nothing but [`writes`].
fn start(lab: &Lab, write: Write) -> Child {
    let name = Write::ALL.iter().position(|other| *other == write).unwrap();
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::killed::writes", "--ignored"])
        .env(WRITER, format!("{} {} {name}", lab.proxy.endpoint(), lab.prefix()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test]
#[ignore = "is run by the test above, in a process of its own"]
async fn writes() {
    let (store, name) = writer();
    Write::ALL[name].run(&store).await.unwrap();
}
