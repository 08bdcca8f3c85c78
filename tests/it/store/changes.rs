//! Changes of content: one transaction, on the state that was read.

use pennon_domain::{Action, Definition, Kind, Precondition, Refusal, text_tag};
use pennon_store::{Current, KeyEdit};
use pennon_test_support::Fault;

use super::{
    lab::{Lab, find, id, keys, publish, served, transactions},
    writing::{answer, call, content, edit_key, flag, new_key, number_of, refusal, set, set_if},
};

#[tokio::test]
async fn a_change_is_one_transaction_and_its_author_sees_it_at_once() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    served(&store, "shop.live").await;
    let writes = lab.proxy.watch(transactions());
    let answered = set(&store, "shop.live", "cart", 5, &call()).await.unwrap();
    assert_eq!((answered, writes.count()), (answer(Some(2)), 1));
    assert_eq!(served(&store, "shop.live").await, (2, false));

    let current = store.current(&id("shop.live")).await.unwrap().unwrap();
    assert_eq!((current.head.version, current.next_version()), (2, 3));
    assert_eq!(number_of(&current.definition, "cart"), Some(5));
    assert_eq!(number_of(&current.definition, "number"), Some(1));
}

#[tokio::test]
async fn the_audit_row_says_who_did_what() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    set(&store, "shop.live", "cart", 5, &call()).await.unwrap();
    set(&store, "shop.live", "cart", 6, &call()).await.unwrap();
    let audit = store.audit(&"shop".parse().unwrap(), None, None, 10).await.unwrap();
    assert_eq!(
        audit.items.iter().map(|entry| entry.version).collect::<Vec<_>>(),
        [Some(3), Some(2), Some(1)]
    );
    let entry = &audit.items[0];
    assert_eq!((entry.actor.as_str(), entry.request_id.as_str()), ("ada", "r-1"));
    assert_eq!((entry.action, entry.environment.as_ref().unwrap().as_str()), (Action::FlagPut, "live"));
    let [changed] = entry.changes.as_slice() else { panic!("{entry:?}") };
    assert_eq!((changed.kind, changed.key.as_str()), (Kind::Flag, "cart"));
    assert_eq!((changed.before.as_ref(), changed.after.as_ref()), (Some(&flag(5)), Some(&flag(6))));
    assert!(!entry.truncated);
}

#[tokio::test]
async fn a_change_that_changes_nothing_writes_nothing() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    let writes = lab.proxy.watch(transactions());
    set(&store, "shop.live", "number", 1, &call()).await.unwrap();
    assert_eq!((writes.count(), lab.proxy.count("PutItem")), (0, 0));
    assert_eq!(lab.items("audit").await.len(), 1);
}

#[tokio::test]
async fn what_is_refused_writes_nothing() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    let writes = lab.proxy.watch(transactions());
    let refused = store.change(&id("shop.live"), &call(), |_| Err(Refusal::invalid("/a", "no"))).await;
    assert_eq!(refusal(refused), Refusal::invalid("/a", "no"));
    let absent = set(&store, "shop.test", "cart", 1, &call()).await;
    assert_eq!(refusal(absent), Refusal::NotFound("environment"));
    assert_eq!(writes.count(), 0);
}

#[tokio::test]
async fn a_lost_race_for_head_is_run_again_on_top_of_the_winner() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    // Read before the winner writes, and written after it.
    let hold = lab.proxy.watch(transactions());
    lab.proxy.inject(transactions().times(1), Fault::Delay(std::time::Duration::from_millis(300)));
    let loser = tokio::spawn(async move { set(&store, "shop.live", "loser", 1, &call()).await });
    while hold.count() == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    set(&lab.elsewhere(), "shop.live", "winner", 1, &call()).await.unwrap();
    assert_eq!(loser.await.unwrap().unwrap().version, Some(3));
    let current = lab.store().current(&id("shop.live")).await.unwrap().unwrap();
    assert_eq!(current.definition.keys().collect::<Vec<_>>(), ["loser", "number", "winner"]);
}

#[tokio::test]
async fn a_lost_race_for_the_same_flag_is_a_failed_precondition() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    set(&store, "shop.live", "cart", 1, &call()).await.unwrap();
    let known = Precondition::Match(vec![text_tag(&flag(1))]);
    let hold = lab.proxy.watch(transactions());
    lab.proxy.inject(transactions().times(1), Fault::Delay(std::time::Duration::from_millis(300)));
    let loser = tokio::spawn({
        let known = known.clone();
        async move { set_if(&store, "shop.live", ("cart", 2), &known).await }
    });
    while hold.count() == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    set_if(&lab.elsewhere(), "shop.live", ("cart", 3), &known).await.unwrap();
    assert_eq!(refusal(loser.await.unwrap()), Refusal::PreconditionFailed);
    let current = lab.store().current(&id("shop.live")).await.unwrap().unwrap();
    assert_eq!((current.head.version, number_of(&current.definition, "cart")), (3, Some(3)));
}

#[tokio::test]
async fn an_import_is_one_change() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    let flags: Vec<_> = (0..1_000).map(|n| format!(r#""f{n:04}":{}"#, flag(n))).collect();
    let file = Definition::parse(&format!(r#"{{"flags":{{{}}}}}"#, flags.join(","))).unwrap();
    let writes = lab.proxy.watch(transactions());
    let decide = |current: &Current| Ok(content(current, Action::Imported, file.clone()));
    store.change(&id("shop.live"), &call(), decide).await.unwrap();
    assert_eq!(writes.count(), 1);
    let entry = &store.audit(&"shop".parse().unwrap(), None, None, 1).await.unwrap().items[0];
    assert_eq!((entry.action, entry.version, entry.changes.len()), (Action::Imported, Some(2), 1_001));
}

#[tokio::test]
async fn content_that_does_not_fit_is_refused() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let mut random = fastrand::Rng::with_seed(7);
    let flags: Vec<String> = (0..60)
        .map(|n| {
            let noise: String = (0..64_000).map(|_| random.alphanumeric()).collect();
            format!(r#""f{n}":{{"state":"ENABLED","variants":{{"v":"{noise}"}},"defaultVariant":"v"}}"#)
        })
        .collect();
    let file = Definition::parse(&format!(r#"{{"flags":{{{}}}}}"#, flags.join(","))).unwrap();
    let decide = |current: &Current| Ok(content(current, Action::Imported, file.clone()));
    let refused = lab.store().change(&id("shop.live"), &call(), decide).await;
    assert!(matches!(refusal(refused), Refusal::Invalid(_)));
}

#[tokio::test]
async fn keys_are_added_listed_and_revoked() {
    let lab = Lab::start().await;
    let store = lab.store();
    publish(&store, "shop.live", &super::lab::definition(1)).await;
    for kid in ["k2", "k1", "k3"] {
        edit_key(&store, "shop.live", new_key(kid), &call()).await.unwrap();
    }
    let head = find(&store, "shop.live").await.head;
    assert_eq!((head.version, head.keys.len()), (4, 4));
    let page = store.keys(&id("shop.live"), None, 2).await.unwrap();
    let kids = |page: &pennon_domain::Page<pennon_domain::KeyInfo>| {
        page.items.iter().map(|key| key.kid.clone()).collect::<Vec<_>>()
    };
    assert_eq!((kids(&page), page.next.as_deref()), (vec!["k1".to_owned(), "k2".to_owned()], Some("k2")));
    let page = store.keys(&id("shop.live"), Some("k2"), 2).await.unwrap();
    assert_eq!((kids(&page), page.next), (vec!["k3".to_owned(), "key00000".to_owned()], None));
    let key = store.key(&id("shop.live"), "k1").await.unwrap().unwrap();
    assert_eq!((key.name.as_str(), key.created_by.as_str()), ("key k1", "ada"));

    edit_key(&store, "shop.live", KeyEdit::Revoke("k1".to_owned()), &call()).await.unwrap();
    assert!(store.key(&id("shop.live"), "k1").await.unwrap().is_none());
    let head = find(&store, "shop.live").await.head;
    assert_eq!((head.version, head.keys.contains_key("k1")), (5, false));
    let again = edit_key(&store, "shop.live", KeyEdit::Revoke("k1".to_owned()), &call()).await;
    assert_eq!(refusal(again), Refusal::NotFound("key"));
    let twice = edit_key(&store, "shop.live", new_key("k2"), &call()).await;
    assert!(matches!(refusal(twice), Refusal::Conflict(_)));
    let current = store.current(&id("shop.live")).await.unwrap().unwrap();
    assert_eq!((current.head.version, number_of(&current.definition, "number")), (5, Some(1)));
}

#[tokio::test]
async fn the_audit_of_a_key_holds_nothing_that_opens_the_environment() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    edit_key(&store, "shop.live", new_key("k1"), &call()).await.unwrap();
    let entry = &store.audit(&"shop".parse().unwrap(), None, None, 1).await.unwrap().items[0];
    let [changed] = entry.changes.as_slice() else { panic!("{entry:?}") };
    let after: serde_json::Value = serde_json::from_str(changed.after.as_ref().unwrap()).unwrap();
    let members: Vec<_> = after.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["created", "createdBy", "expires", "kid", "name", "scope"]);
}

#[tokio::test]
async fn as_many_keys_as_head_can_hold_and_no_more() {
    let lab = Lab::start().await;
    let store = lab.store();
    store
        .publish(&id("shop.live"), &super::lab::definition(1), pennon_domain::Bucketing::V3, &keys(40))
        .await
        .unwrap();
    let mut added = 0;
    let refused = loop {
        match edit_key(&store, "shop.live", new_key(&format!("added{added:03}")), &call()).await {
            Ok(_) => added += 1,
            refused => break refusal(refused),
        }
    };
    assert!(matches!(refused, Refusal::Conflict(_)) && (1..40).contains(&added), "{added}");
    set(&store, "shop.live", "cart", 1, &call()).await.unwrap();
}
