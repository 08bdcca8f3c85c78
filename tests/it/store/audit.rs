//! Who changed what: page by page, over months, and for one flag.

use std::time::Duration;

use pennon_domain::{Action, AuditEntry, Page};
use pennon_store::{Current, FlagThen, Store};

use super::{
    lab::{Lab, id},
    writing::{call, content, delete_environment, flag, make_environment, make_project, set, with_flags},
};

const DAY: Duration = Duration::from_hours(24);

/// All entries, page by page: no page has more than `limit`.
async fn all<F>(limit: usize, mut page: impl FnMut(Option<String>) -> F) -> Vec<AuditEntry>
where
    F: Future<Output = Page<AuditEntry>>,
{
    let (mut entries, mut before) = (Vec::new(), None);
    loop {
        let found = page(before).await;
        assert!(found.items.len() <= limit);
        entries.extend(found.items);
        before = found.next;
        if before.is_none() {
            return entries;
        }
    }
}

async fn audit(store: &Store, environment: Option<&str>, limit: usize) -> Vec<AuditEntry> {
    let environment = environment.map(|key| key.parse().unwrap());
    all(limit, async |before: Option<String>| {
        store.audit(&"shop".parse().unwrap(), environment.as_ref(), before.as_deref(), limit).await.unwrap()
    })
    .await
}

async fn history(store: &Store, flag: &str, limit: usize) -> Vec<AuditEntry> {
    all(limit, async |before: Option<String>| {
        store.history(&id("shop.live"), flag, before.as_deref(), limit).await.unwrap()
    })
    .await
}

#[tokio::test]
async fn the_audit_is_read_over_the_ends_of_months() {
    let lab = Lab::start().await;
    let store = lab.elsewhere();
    make_project(&store, "shop").await.unwrap();
    make_environment(&store, "shop.live", &call()).await.unwrap();
    make_environment(&store, "shop.test", &call()).await.unwrap();
    // Three years of silence in between, and a month that begins with a change.
    for (days, environment, number) in [
        (1, "shop.live", 1),
        (20, "shop.live", 2),
        (12, "shop.test", 3),
        (1_100, "shop.live", 4),
        (1, "shop.live", 5),
    ] {
        lab.clock.advance(DAY * days);
        set(&store, environment, "cart", number, &call()).await.unwrap();
    }
    for limit in [1, 2, 3, 8, 100] {
        let entries = audit(&store, None, limit).await;
        assert_eq!(entries.len(), 8, "by {limit}");
        assert!(entries.windows(2).all(|pair| pair[0].id > pair[1].id), "by {limit}");
        let live = audit(&store, Some("live"), limit).await;
        let versions: Vec<_> = live.iter().map(|entry| entry.version.unwrap()).collect();
        assert_eq!(versions, [5, 4, 3, 2, 1], "by {limit}");
        assert_eq!(audit(&store, Some("test"), limit).await.len(), 2, "by {limit}");
    }
    assert!(audit(&store, Some("none"), 10).await.is_empty());
}

#[tokio::test]
async fn what_is_no_cursor_gives_nothing() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.elsewhere();
    for cursor in ["", "x", "01ARZ3NDEKTSV4RRFFQ69G5FAU", "../../etc"] {
        let page = store.audit(&"shop".parse().unwrap(), None, Some(cursor), 10).await.unwrap();
        assert_eq!((page.items.len(), page.next), (0, None), "{cursor}");
        let page = store.history(&id("shop.live"), "number", Some(cursor), 10).await.unwrap();
        assert_eq!((page.items.len(), page.next), (0, None), "{cursor}");
    }
    let none = store.audit(&"none".parse().unwrap(), None, None, 10).await.unwrap();
    assert_eq!((none.items.len(), none.next), (0, None));
}

#[tokio::test]
async fn the_history_of_a_flag_holds_its_changes_alone_and_among_others() {
    let lab = Lab::start().await;
    let store = lab.elsewhere();
    make_project(&store, "shop").await.unwrap();
    make_environment(&store, "shop.live", &call()).await.unwrap();
    for number in 1..=5 {
        lab.clock.advance(DAY);
        set(&store, "shop.live", "cart", number, &call()).await.unwrap();
        set(&store, "shop.live", "other", number, &call()).await.unwrap();
        import(&store, &[("cart", 100 + number), ("another", number)]).await;
        import(&store, &[("other", 100 + number), ("another", 100 + number)]).await;
    }
    for limit in [1, 2, 3, 10, 100] {
        let entries = history(&store, "cart", limit).await;
        let after: Vec<_> = entries.iter().map(|entry| entry.changes[0].after.clone().unwrap()).collect();
        let expected = (1..=5).rev().flat_map(|number| [flag(100 + number), flag(number)]);
        assert_eq!(after, expected.collect::<Vec<_>>(), "by {limit}");
        assert!(entries.iter().all(|entry| entry.changes.len() == 1), "by {limit}");
    }
    assert!(history(&store, "none", 10).await.is_empty());
}

#[tokio::test]
async fn a_history_among_many_changes_of_other_flags_comes_in_several_parts() {
    let lab = Lab::start().await;
    let store = lab.elsewhere();
    make_project(&store, "shop").await.unwrap();
    make_environment(&store, "shop.live", &call()).await.unwrap();
    import(&store, &[("cart", 1), ("other", 1)]).await;
    for number in 2..=90 {
        import(&store, &[("other", number), ("another", number)]).await;
    }
    let first = store.history(&id("shop.live"), "cart", None, 10).await.unwrap();
    assert!(first.items.is_empty() && first.next.is_some());
    assert_eq!(history(&store, "cart", 10).await.len(), 1);
}

#[tokio::test]
async fn what_a_flag_was_is_known_when_its_version_is_no_longer_kept() {
    let lab = Lab::start().await;
    let store = lab.elsewhere();
    make_project(&store, "shop").await.unwrap();
    make_environment(&store, "shop.live", &call()).await.unwrap();
    set(&store, "shop.live", "cart", 1, &call()).await.unwrap();
    for number in 1..=30 {
        set(&store, "shop.live", "other", number, &call()).await.unwrap();
    }
    let then = async |version| store.flag_at(&id("shop.live"), "cart", version).await.unwrap();
    assert_eq!(then(1).await, FlagThen::Absent);
    assert_eq!(then(5).await, FlagThen::Present(flag(1)));
    assert_eq!(then(32).await, FlagThen::Present(flag(1)));
    assert_eq!(then(33).await, FlagThen::Unknown);
}

#[tokio::test]
async fn the_end_of_an_environment_is_in_the_history_of_its_flags() {
    let lab = Lab::start().await;
    let store = lab.elsewhere();
    make_project(&store, "shop").await.unwrap();
    make_environment(&store, "shop.live", &call()).await.unwrap();
    set(&store, "shop.live", "cart", 1, &call()).await.unwrap();
    delete_environment(&store, "shop.live", &call()).await.unwrap();
    let entries = history(&store, "cart", 10).await;
    let actions: Vec<_> = entries.iter().map(|entry| entry.action).collect();
    assert_eq!(actions, [Action::EnvironmentDeleted, Action::FlagPut]);
    assert_eq!(entries[0].changes[0].before, Some(flag(1)));
}

async fn import(store: &Store, flags: &[(&str, u64)]) {
    let decide =
        |current: &Current| Ok(content(current, Action::Imported, with_flags(&current.definition, flags)));
    store.change(&id("shop.live"), &call(), decide).await.unwrap();
}
