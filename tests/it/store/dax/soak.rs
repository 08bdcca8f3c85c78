//! Writers publish, DAX is slow to replicate, loses nodes, fails and lies, processes come and go; and what is served is always what
//! HEAD announced.

use std::{
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use dax_local::{Fault, FaultKind, Options};
use futures_util::future::{join, join_all};
use pennon_store::{DaxConfig, Freshness, Store};

use super::super::lab::id;
use super::{
    cluster::{DaxLab, SETTLED, number_in, publish_with},
    recorder::Recorder,
};

const ENVIRONMENTS: [&str; 2] = ["shop.live", "shop.test"];
const NODES: usize = 3;
/// For how long at least, and how long at most if that was not enough to have seen everything.
const SOAK: (Duration, Duration) = (Duration::from_secs(4), Duration::from_mins(1));
/// How many processes read at a time.
const READERS: usize = 4;

/// What the readers and writers share.
struct Soak {
    lab: DaxLab,
    over: AtomicBool,
    reads: AtomicU32,
}

#[tokio::test]
async fn what_is_served_is_always_what_head_announced() {
    let options = Options {
        nodes: NODES,
        replication_lag: Duration::from_millis(20),
        record_ttl: Duration::from_millis(500),
        ..Options::default()
    };
    let soak =
        Soak { lab: DaxLab::with(options).await, over: AtomicBool::new(false), reads: AtomicU32::new(0) };
    for environment in ENVIRONMENTS {
        publish_with(&soak.lab.lab.elsewhere(), environment, 1).await;
    }
    let recorder = Recorder::default();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let writers = join_all(ENVIRONMENTS.map(|environment| soak.write(environment)));
    let readers = join_all((0..READERS).map(|_| soak.read()));
    let timer = async {
        let start = Instant::now();
        while start.elapsed() < SOAK.0 || (start.elapsed() < SOAK.1 && !is_enough(&recorder)) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        soak.over.store(true, Ordering::SeqCst);
    };
    let (versions, ()) = join(writers, async { drop(tokio::join!(readers, soak.disturb(), timer)) }).await;

    let (hits, misses) = (recorder.count("hits_total dax"), recorder.count("misses_total dax"));
    let (reads, fallbacks) = (soak.reads.load(Ordering::SeqCst), recorder.fallbacks());
    println!("{reads} reads of {versions:?} versions: {hits} hits, {misses} misses, {fallbacks:?}");
    assert!(versions.into_iter().all(|version| version > 10));
    assert!(is_enough(&recorder));
}

/// Whether DAX was of use, not of use, and wrong, often enough.
fn is_enough(recorder: &Recorder) -> bool {
    let counted = ["hits_total dax", "misses_total dax"].map(|name| recorder.count(name));
    counted.into_iter().all(|count| count > 20)
        && ["missing", "settling", "wrong"].iter().all(|reason| recorder.fallbacks().contains_key(*reason))
}

impl Soak {
    fn goes_on(&self) -> bool {
        !self.over.load(Ordering::SeqCst)
    }

    /// Publishes version after version, each with its own number. Sometimes DAX may be asked for it at once.
    async fn write(&self, environment: &str) -> u64 {
        let mut version = 1;
        while self.goes_on() {
            let number = u32::try_from(version + 1).unwrap();
            version = publish_with(&self.lab.lab.elsewhere(), environment, number).await;
            assert_eq!(version, u64::from(number));
            if fastrand::u8(..4) > 0 {
                self.lab.lab.clock.advance(SETTLED);
            }
            tokio::time::sleep(Duration::from_millis(fastrand::u64(20..120))).await;
        }
        version
    }

    /// Starts process after process, each of which reads for a while.
    async fn read(&self) {
        while self.goes_on() {
            let dax = DaxConfig { deadline: Duration::from_secs(1), ..self.lab.patiently() };
            let store = self.lab.process_with(dax);
            let mut seen = [0; ENVIRONMENTS.len()];
            for _ in 0..fastrand::usize(1..20) {
                let which = fastrand::usize(..ENVIRONMENTS.len());
                let version = self.read_once(&store, ENVIRONMENTS[which]).await;
                assert!(version >= seen[which], "back from {} to {version}", seen[which]);
                seen[which] = version;
            }
        }
    }

    async fn read_once(&self, store: &Store, environment: &str) -> u64 {
        let freshness = if fastrand::bool() { Freshness::Now } else { Freshness::Newest };
        let announced = store.environment(&id(environment), freshness).await.unwrap().unwrap();
        let view = store.snapshot(&announced).await.unwrap();
        assert!(!view.stale && view.head.version >= announced.head.version);
        assert_eq!(view.snapshot.sha256(), view.head.sha256);
        let number = number_in(&view.snapshot.to_json().unwrap());
        assert_eq!(u64::from(number), view.head.version);
        self.reads.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        view.head.version
    }

    /// Makes something go wrong with DAX, for a while, again and again.
    async fn disturb(&self) {
        let cluster = &self.lab.cluster;
        while self.goes_on() {
            let node = cluster.node(fastrand::usize(..NODES));
            let fault = match fastrand::u8(..8) {
                0 => Some(FaultKind::CloseAfter(fastrand::usize(..40))),
                1 => Some(FaultKind::Delay(Duration::from_millis(fastrand::u64(..30)))),
                2 => Some(FaultKind::Raw(vec![fastrand::u8(..); 9])),
                3 => Some(FaultKind::Unprocessed(1)),
                4 => Some(FaultKind::Reject),
                _ => None,
            };
            match fault {
                Some(what) => node.inject(Fault { times: Some(fastrand::usize(1..10)), ..Fault::new(what) }),
                None if fastrand::bool() => self.lie().await,
                None => drop(node.close_idle()),
            }
            tokio::time::sleep(Duration::from_millis(fastrand::u64(..60))).await;
            node.clear_faults();
        }
    }

    /// Has DAX hold nonsense, or an earlier version's chunk, for the version that is current now; or remember that there is none of
    /// the next one.
    async fn lie(&self) {
        let environment = ENVIRONMENTS[fastrand::usize(..ENVIRONMENTS.len())];
        let current = self.lab.lab.elsewhere().current(&id(environment)).await.unwrap().unwrap();
        let partition = |version| format!("SNAP#{environment}#{version}");
        let version = current.head.version;
        let wrong = match fastrand::u8(..3) {
            0 => AttributeValue::B(Blob::new("nonsense")),
            1 if version > 1 => self.lab.item(&partition(version - 1), "C#000").await["data"].clone(),
            _ => return drop(self.lab.ask_dax(&partition(version + 1), "C#000").await),
        };
        self.lab.poison(&partition(version), "C#000", "data", wrong).await;
    }
}
