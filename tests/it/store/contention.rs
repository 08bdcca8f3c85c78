//! Many writers of one environment: nobody is turned away, nothing is lost.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use pennon_domain::{Action, AuditEntry, Refusal};
use pennon_store::{Config, Current, Freshness, Store};
use tokio::task::JoinSet;

use super::{
    lab::{Lab, definition, find, id, publish, view},
    writing::{call, content, make_environment, number_of, with_flags},
};

const WRITERS: u64 = 16;
const EACH: u64 = 50;
const CHANGES: u64 = WRITERS * EACH;

/// The flag that each change counts up.
const COUNTER: &str = "counter";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_writers_of_one_environment_lose_nothing_and_turn_nobody_away() {
    let lab = Lab::start().await;
    publish(&lab.process(), "shop.live", &definition(0)).await;
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        // As deployed: each a process of its own.
        let store = lab.process();
        writers.spawn(async move { write(&store, writer).await });
    }
    let over = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn(read(lab.process(), Arc::clone(&over)));

    let outcomes = writers.join_all().await;
    over.store(true, Ordering::SeqCst);
    let seen = reader.await.unwrap();
    assert!(seen > 50, "the reader saw {seen} versions");
    let versions: BTreeSet<u64> = outcomes.iter().flat_map(|(versions, _)| versions.clone()).collect();
    assert_eq!(versions, (2..=CHANGES + 1).collect());
    let slowest = outcomes.iter().map(|(_, slowest)| *slowest).max().unwrap();
    assert!(slowest < Config::default().change_deadline, "{slowest:?}");
    println!(
        "{CHANGES} changes by {WRITERS} writers; the slowest took {slowest:?}; {seen} versions read meanwhile"
    );

    let last = lab.process().current(&id("shop.live")).await.unwrap().unwrap();
    assert_eq!(number_of(&last.definition, COUNTER), Some(CHANGES));
    let own: Vec<_> = (0..WRITERS).map(|writer| number_of(&last.definition, &own_flag(writer))).collect();
    assert_eq!(own, vec![Some(EACH - 1); usize::try_from(WRITERS).unwrap()]);
    audit_tells_of_every_change(&lab).await;
}

/// Makes the changes of one writer; which versions they made, and how long the slowest took.
async fn write(store: &Store, writer: u64) -> (Vec<u64>, Duration) {
    let (mut versions, mut slowest) = (Vec::new(), Duration::ZERO);
    let own_flag = own_flag(writer);
    for number in 0..EACH {
        let decide = |current: &Current| {
            let counted = number_of(&current.definition, COUNTER).unwrap_or(0) + 1;
            let flags = [(COUNTER, counted), (own_flag.as_str(), number)];
            Ok(content(current, Action::FlagPut, with_flags(&current.definition, &flags)))
        };
        let start = Instant::now();
        let answer = store.change(&id("shop.live"), &call(), decide).await.unwrap();
        slowest = slowest.max(start.elapsed());
        versions.push(answer.version.unwrap());
    }
    (versions, slowest)
}

/// Reads until it is over. Each version that it meets is whole (the store verifies its digest), later than the one before, and
/// holds what that version should. How many it met.
async fn read(store: Store, over: Arc<AtomicBool>) -> usize {
    let (mut last, mut met) = (0, 0);
    while !over.load(Ordering::SeqCst) {
        let environment = store.environment(&id("shop.live"), Freshness::Now).await.unwrap().unwrap();
        let view = store.snapshot(&environment).await.unwrap();
        let definition = pennon_domain::Definition::parse(&view.snapshot.to_json().unwrap()).unwrap();
        assert_eq!(number_of(&definition, COUNTER).unwrap_or(0), view.head.version - 1);
        assert!(view.head.version >= last && !view.stale);
        met += usize::from(view.head.version > last);
        last = view.head.version;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    met
}

fn own_flag(writer: u64) -> String {
    format!("writer-{writer:02}")
}

async fn audit_tells_of_every_change(lab: &Lab) {
    let store = lab.process();
    let (mut entries, mut before): (Vec<AuditEntry>, Option<String>) = (Vec::new(), None);
    loop {
        let page = store.audit(&"shop".parse().unwrap(), None, before.as_deref(), 100).await.unwrap();
        entries.extend(page.items);
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    let versions: Vec<_> = entries.iter().rev().map(|entry| entry.version.unwrap()).collect();
    assert_eq!(versions, (1..=CHANGES + 1).collect::<Vec<_>>());
    let counted = entries.iter().rev().skip(1).map(|entry| {
        let change = entry.changes.iter().find(|change| change.key == COUNTER).unwrap();
        let flag: serde_json::Value = serde_json::from_str(change.after.as_ref().unwrap()).unwrap();
        flag["variants"]["it"].as_u64().unwrap()
    });
    assert_eq!(counted.collect::<Vec<_>>(), (1..=CHANGES).collect::<Vec<_>>());
    assert_eq!(lab.items("audit").await.len(), entries.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn environments_of_one_project_are_made_at_the_same_time() {
    const ENVIRONMENTS: usize = 8;
    let lab = Lab::start().await;
    super::writing::make_project(&lab.elsewhere(), "shop").await.unwrap();
    let mut makers = JoinSet::new();
    for number in 0..ENVIRONMENTS {
        let store = lab.elsewhere();
        makers.spawn(
            async move { make_environment(&store, &format!("shop.e{number}"), &call()).await.unwrap() },
        );
    }
    makers.join_all().await;
    let page = lab.elsewhere().environments(&"shop".parse().unwrap(), None, 100).await.unwrap();
    assert_eq!(page.items.len(), ENVIRONMENTS);
    // The project knows of all of them: it cannot be deleted before the last is.
    for number in 0..ENVIRONMENTS {
        let store = lab.elsewhere();
        let refused = super::writing::delete_project(&store, "shop", &call()).await;
        assert!(matches!(super::writing::refusal(refused), Refusal::Conflict(_)));
        super::writing::delete_environment(&store, &format!("shop.e{number}"), &call()).await.unwrap();
    }
    super::writing::delete_project(&lab.elsewhere(), "shop", &call()).await.unwrap();
    assert!(lab.elsewhere().project(&"shop".parse().unwrap()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_reader_that_has_read_an_old_head_is_not_harmed_by_what_follows() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 0).await;
    let store = lab.store();
    let old = find(&store, "shop.live").await;
    for number in 1..=30 {
        lab.publish("shop.live", number).await;
    }
    // Its chunks are gone: what HEAD announces by now is served, and from then on.
    let served = store.snapshot(&old).await.unwrap();
    assert_eq!((served.head.version, served.stale), (31, false));
    assert_eq!(view(&store, "shop.live").await.head.version, 31);
}
