//! Old versions: the last twenty are kept.

use std::collections::BTreeSet;

use pennon_test_support::{Fault, Scope};

use super::{
    lab::{Lab, id, is_damaged},
    writing::{call, number_of, set},
};

const DELETE: &str = "DeleteItem";

/// The versions whose chunks are in the table.
async fn stored(lab: &Lab) -> BTreeSet<u64> {
    let partitions = lab.partitions("core").await;
    partitions.iter().filter_map(|pk| pk.strip_prefix("SNAP#shop.live#")?.parse().ok()).collect()
}

#[tokio::test]
async fn the_last_twenty_versions_can_be_read_and_older_ones_are_gone() {
    let lab = Lab::start().await;
    let store = lab.elsewhere();
    for number in 1..=25 {
        lab.publish("shop.live", number).await;
    }
    for version in 6..=25 {
        let definition = store.definition_at(&id("shop.live"), version).await.unwrap().unwrap();
        assert_eq!(number_of(&definition, "number"), Some(version));
    }
    for version in [0, 1, 5, 26, u64::MAX] {
        assert!(store.definition_at(&id("shop.live"), version).await.unwrap().is_none(), "{version}");
    }
    // The one that the last change pushed out waits for the next.
    assert_eq!(stored(&lab).await, (5..=25).collect());
}

#[tokio::test]
async fn what_could_not_be_deleted_is_deleted_by_a_later_change() {
    let lab = Lab::start().await;
    for number in 1..=21 {
        lab.publish("shop.live", number).await;
    }
    let store = lab.store();
    lab.proxy.inject(Scope::operation(DELETE), Fault::INTERNAL);
    for number in 0..3 {
        set(&store, "shop.live", "cart", number, &call()).await.unwrap();
    }
    assert_eq!(stored(&lab).await, (1..=24).collect());
    assert!(store.definition_at(&id("shop.live"), 4).await.unwrap().is_none());

    lab.proxy.heal();
    set(&store, "shop.live", "cart", 3, &call()).await.unwrap();
    assert_eq!(stored(&lab).await, (5..=25).collect());
}

#[tokio::test]
async fn a_version_that_is_damaged_is_not_given_out() {
    let lab = Lab::start().await;
    for number in 1..=2 {
        lab.publish("shop.live", number).await;
    }
    let garbage = aws_sdk_dynamodb::types::AttributeValue::B(b"garbage".to_vec().into());
    lab.damage("SNAP#shop.live#1", "C#000", "data", garbage).await;
    let error = lab.elsewhere().definition_at(&id("shop.live"), 1).await.unwrap_err();
    assert!(is_damaged(&error), "{error}");
}

#[tokio::test]
async fn a_large_version_is_read_back_and_deleted_whole() {
    let lab = Lab::start().await;
    let large = super::lab::large_definition();
    super::lab::publish(&lab.elsewhere(), "shop.live", &large).await;
    for number in 2..=20 {
        lab.publish("shop.live", number).await;
    }
    let store = lab.elsewhere();
    let read = store.definition_at(&id("shop.live"), 1).await.unwrap().unwrap();
    assert_eq!(read.to_json(), large.to_json());
    for number in 21..=22 {
        lab.publish("shop.live", number).await;
    }
    assert_eq!(stored(&lab).await, (2..=22).collect());
}

#[tokio::test]
async fn an_earlier_version_can_be_made_the_next_one() {
    let lab = Lab::start().await;
    for number in 1..=3 {
        lab.publish("shop.live", number).await;
    }
    let store = lab.store();
    let earlier = store.definition_at(&id("shop.live"), 1).await.unwrap().unwrap();
    let decide = |current: &pennon_store::Current| {
        Ok(super::writing::content(current, pennon_domain::Action::RolledBack, earlier.clone()))
    };
    let answer = store.change(&id("shop.live"), &call(), decide).await.unwrap();
    let current = store.current(&id("shop.live")).await.unwrap().unwrap();
    assert_eq!((answer.version, number_of(&current.definition, "number")), (Some(4), Some(1)));
}
