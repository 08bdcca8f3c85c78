//! Projects and environments: made, changed, deleted, and made again.

use pennon_domain::{Action, Bucketing, Refusal};
use pennon_test_support::{Fault, Scope};

use super::{
    lab::{Lab, TTL_OVER, find, id, is_absent, served},
    writing::{
        call, delete_environment, delete_project, edit_key, info, make_environment, make_project,
        name_project, new_key, number_of, put_environment, refusal, set,
    },
};

async fn lab_with_environment() -> Lab {
    let lab = Lab::start().await;
    make_project(&lab.elsewhere(), "shop").await.unwrap();
    make_environment(&lab.elsewhere(), "shop.live", &call()).await.unwrap();
    lab
}

#[tokio::test]
async fn projects_are_made_listed_renamed_and_deleted() {
    let lab = Lab::start().await;
    let store = lab.elsewhere();
    for key in ["shop", "blog", "shop-2"] {
        make_project(&store, key).await.unwrap();
    }
    name_project(&store, "shop", "The Shop", &call()).await.unwrap();
    let page = store.projects(None, 2).await.unwrap();
    let keys: Vec<_> = page.items.iter().map(|project| project.key.as_str()).collect();
    assert_eq!((keys, page.next.as_deref()), (vec!["blog", "shop"], Some("shop")));
    assert_eq!(page.items[1].name, "The Shop");
    let page = store.projects(Some("shop"), 2).await.unwrap();
    assert_eq!((page.items[0].key.as_str(), page.items.len(), page.next), ("shop-2", 1, None));

    delete_project(&store, "shop", &call()).await.unwrap();
    assert!(store.project(&"shop".parse().unwrap()).await.unwrap().is_none());
    assert_eq!(store.projects(None, 10).await.unwrap().items.len(), 2);
    assert_eq!(refusal(delete_project(&store, "shop", &call()).await), Refusal::NotFound("project"));
    assert_eq!(refusal(delete_project(&store, "none", &call()).await), Refusal::NotFound("project"));
    assert_eq!(refusal(make_environment(&store, "shop.live", &call()).await), Refusal::NotFound("project"));
}

#[tokio::test]
async fn a_project_that_is_made_again_keeps_its_audit() {
    let lab = Lab::start().await;
    let store = lab.elsewhere();
    make_project(&store, "shop").await.unwrap();
    delete_project(&store, "shop", &call()).await.unwrap();
    make_project(&store, "shop").await.unwrap();
    let audit = store.audit(&"shop".parse().unwrap(), None, None, 10).await.unwrap();
    let mut actions: Vec<_> = audit.items.iter().map(|entry| entry.action.as_str()).collect();
    actions.sort_unstable();
    assert_eq!(actions, ["project.created", "project.created", "project.deleted"]);
}

#[tokio::test]
async fn an_environment_begins_without_flags() {
    let lab = lab_with_environment().await;
    let store = lab.store();
    let current = store.current(&id("shop.live")).await.unwrap().unwrap();
    assert_eq!((current.head.version, current.definition.len(), current.head.keys.len()), (1, 0, 0));
    assert_eq!(served(&store, "shop.live").await, (1, false));
    let listed = store.environments(&"shop".parse().unwrap(), None, 10).await.unwrap();
    assert_eq!((listed.items.len(), listed.items[0].key.as_str()), (1, "live"));
    assert_eq!(store.environment_info(&id("shop.live")).await.unwrap().as_ref(), listed.items.first());
    assert!(store.environment_info(&id("shop.test")).await.unwrap().is_none());
}

#[tokio::test]
async fn another_name_makes_no_version_and_another_bucketing_does() {
    let lab = lab_with_environment().await;
    let store = lab.elsewhere();
    set(&store, "shop.live", "cart", 7, &call()).await.unwrap();
    edit_key(&store, "shop.live", new_key("k1"), &call()).await.unwrap();
    let put = async |name, bucketing| {
        put_environment(&store, info(&id("shop.live"), name, bucketing), "shop", &call()).await.unwrap();
        store.current(&id("shop.live")).await.unwrap().unwrap()
    };
    let renamed = put("Live!", Bucketing::V3).await;
    assert_eq!((renamed.head.version, renamed.head.bucketing), (3, Bucketing::V3));
    let moved = put("Live!", Bucketing::V2).await;
    assert_eq!((moved.head.version, moved.head.bucketing, moved.head.keys.len()), (4, Bucketing::V2, 1));
    assert_eq!(number_of(&moved.definition, "cart"), Some(7));
    let info = store.environment_info(&id("shop.live")).await.unwrap().unwrap();
    assert_eq!((info.name.as_str(), info.bucketing), ("Live!", Bucketing::V2));
    let audit = store.audit(&"shop".parse().unwrap(), Some(&"live".parse().unwrap()), None, 2).await.unwrap();
    let versions: Vec<_> = audit.items.iter().map(|entry| (entry.action, entry.version)).collect();
    assert_eq!(versions[0], (Action::EnvironmentUpdated, Some(4)));
}

#[tokio::test]
async fn a_deleted_environment_is_gone_with_its_flags_and_keys() {
    let lab = lab_with_environment().await;
    let store = lab.store();
    set(&store, "shop.live", "cart", 7, &call()).await.unwrap();
    edit_key(&store, "shop.live", new_key("k1"), &call()).await.unwrap();
    let other = lab.store();
    find(&other, "shop.live").await;
    delete_environment(&store, "shop.live", &call()).await.unwrap();

    assert!(is_absent(&store, "shop.live").await);
    lab.clock.advance(TTL_OVER);
    assert!(is_absent(&other, "shop.live").await);
    assert!(store.current(&id("shop.live")).await.unwrap().is_none());
    assert!(store.environment_info(&id("shop.live")).await.unwrap().is_none());
    assert!(store.environments(&"shop".parse().unwrap(), None, 10).await.unwrap().items.is_empty());
    assert!(store.keys(&id("shop.live"), None, 10).await.unwrap().items.is_empty());
    assert!(store.definition_at(&id("shop.live"), 2).await.unwrap().is_none());
    assert_eq!(refusal(set(&store, "shop.live", "cart", 8, &call()).await), Refusal::NotFound("environment"));
    assert_eq!(
        refusal(delete_environment(&store, "shop.live", &call()).await),
        Refusal::NotFound("environment")
    );
    let entry = &store.audit(&"shop".parse().unwrap(), None, None, 1).await.unwrap().items[0];
    assert_eq!((entry.action, entry.version, entry.changes.len()), (Action::EnvironmentDeleted, Some(4), 2));
}

#[tokio::test]
async fn an_environment_that_is_made_again_goes_on_with_the_versions_and_meets_nothing_old() {
    let lab = lab_with_environment().await;
    let store = lab.store();
    for number in 2..=4 {
        set(&store, "shop.live", "cart", number, &call()).await.unwrap();
    }
    edit_key(&store, "shop.live", new_key("k1"), &call()).await.unwrap();
    // What cannot be deleted now is deleted by a later change.
    lab.proxy.inject(Scope::operation("DeleteItem"), Fault::INTERNAL);
    delete_environment(&store, "shop.live", &call()).await.unwrap();
    make_environment(&store, "shop.live", &call()).await.unwrap();

    let current = store.current(&id("shop.live")).await.unwrap().unwrap();
    assert_eq!((current.head.version, current.definition.len(), current.head.keys.len()), (7, 0, 0));
    assert_eq!(served(&store, "shop.live").await, (7, false));
    for version in 1..=6 {
        assert!(store.definition_at(&id("shop.live"), version).await.unwrap().is_none(), "{version}");
    }
    lab.proxy.heal();
    set(&store, "shop.live", "cart", 8, &call()).await.unwrap();
    let partitions = lab.partitions("core").await;
    let snapshots: Vec<_> = partitions.iter().filter(|pk| pk.starts_with("SNAP#")).collect();
    assert_eq!(snapshots, ["SNAP#shop.live#7", "SNAP#shop.live#8"]);
    assert!(store.keys(&id("shop.live"), None, 10).await.unwrap().items.is_empty());
    assert_eq!(lab.items("audit").await.len(), 9);
}

#[tokio::test]
async fn a_project_with_environments_is_not_deleted() {
    let lab = lab_with_environment().await;
    let store = lab.elsewhere();
    assert!(matches!(refusal(delete_project(&store, "shop", &call()).await), Refusal::Conflict(_)));
    delete_environment(&store, "shop.live", &call()).await.unwrap();
    delete_project(&store, "shop", &call()).await.unwrap();
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_change_the_order_of_versions() {
    let lab = lab_with_environment().await;
    let store = lab.elsewhere();
    for number in 2..=5 {
        let now = pennon_domain::Clock::now(&lab.clock).as_millis();
        lab.clock.set(pennon_domain::Timestamp::from_millis(now - 1_000));
        set(&store, "shop.live", "cart", number, &call()).await.unwrap();
    }
    let audit =
        store.audit(&"shop".parse().unwrap(), Some(&"live".parse().unwrap()), None, 10).await.unwrap();
    let versions: Vec<_> = audit.items.iter().map(|entry| entry.version.unwrap()).collect();
    assert_eq!(versions, [5, 4, 3, 2, 1]);
    assert!(audit.items.windows(2).all(|pair| pair[0].at > pair[1].at));
}
