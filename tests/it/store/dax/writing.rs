//! Whoever changes an environment goes around DAX.

use pennon_domain::Bucketing;
use pennon_store::Freshness;

use super::super::lab::{TTL_OVER, definition, id, keys};
use super::cluster::{DaxLab, SETTLED, number};

#[tokio::test]
async fn writers_and_whoever_manages_never_ask_dax() {
    let lab = DaxLab::start().await;
    for version in 1..=3 {
        // A process each time, so that nothing is in memory.
        let store = lab.process();
        let published = store.publish(&id("shop.live"), &definition(version), Bucketing::V3, &keys(1)).await;
        assert_eq!(published.unwrap().version, u64::from(version));
        lab.lab.clock.advance(SETTLED);
        lab.lab.clock.advance(TTL_OVER);
    }
    let store = lab.process();
    let current = store.current(&id("shop.live")).await.unwrap().unwrap();
    assert_eq!((current.head.version, current.definition.to_json()), (3, definition(3).to_json()));
    let earlier = store.definition_at(&id("shop.live"), 1).await.unwrap().unwrap();
    assert_eq!(earlier.to_json(), definition(1).to_json());
    for freshness in [Freshness::Cached, Freshness::Newest, Freshness::Now] {
        assert!(store.environment(&id("shop.live"), freshness).await.unwrap().is_some());
    }
    store.ping().await.unwrap();
    assert_eq!(lab.counters().connections_opened, 0);
    assert!(lab.counters().calls.is_empty());

    assert_eq!(number(&store, "shop.live").await, 3);
    assert_eq!(lab.counters().connections_opened, 1);
}

#[tokio::test]
async fn a_process_that_changes_and_evaluates_asks_dax_for_evaluations_alone() {
    let lab = DaxLab::start().await;
    let store = lab.process();
    for version in 1..=5 {
        store.publish(&id("shop.live"), &definition(version), Bucketing::V3, &keys(1)).await.unwrap();
        lab.lab.clock.advance(SETTLED);
        assert_eq!(number(&store, "shop.live").await, version);
        assert_eq!(lab.calls(), u64::from(version));
    }
    let counters = lab.counters();
    let data = counters.calls.keys().filter(|name| !name.starts_with("Define") && *name != "Endpoints");
    let data: Vec<_> = data.filter(|name| *name != "AuthorizeConnection").collect();
    assert_eq!(data, ["BatchGetItem"]);
}
