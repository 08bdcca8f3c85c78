//! A write of every kind, whatever happens to it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use pennon_store::Store;
use tokio::sync::OnceCell;

use super::{
    lab::{Lab, id},
    writing::{
        Changed, call, delete_environment, edit_key, keyed, make_environment, make_project, new_key,
        number_of, set,
    },
};

/// The versions before the write: so many that it has one to delete.
pub(crate) const VERSIONS: u64 = 22;
/// The audit rows before the write: of the project, and of each version.
pub(crate) const AUDIT_ROWS: usize = 23;

/// A write of every kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    Flag,
    Key,
    Create,
    Delete,
}

impl Write {
    pub(crate) const ALL: [Self; 4] = [Self::Flag, Self::Key, Self::Create, Self::Delete];

    /// Does it, with an idempotency key.
    pub(crate) async fn run(self, store: &Store) -> Changed {
        match self {
            Self::Flag => set(store, "shop.live", "cart", 7, &keyed("w", "flag")).await,
            Self::Key => edit_key(store, "shop.live", new_key("k1"), &keyed("w", "key")).await,
            Self::Create => make_environment(store, "shop.test", &keyed("w", "create")).await,
            Self::Delete => delete_environment(store, "shop.live", &keyed("w", "delete")).await,
        }
    }

    /// Whether it has happened: all of it, or nothing.
    pub(crate) async fn has_happened(self, lab: &Lab) -> bool {
        let store = lab.elsewhere();
        let live = store.current(&id("shop.live")).await.unwrap();
        let rows = lab.items("audit").await.len() - AUDIT_ROWS;
        let answers = lab.partitions("ops").await.iter().filter(|pk| pk.starts_with("IDEM#")).count();
        let done = match self {
            Self::Flag => number_of(&live.as_ref().unwrap().definition, "cart") == Some(7),
            Self::Key => {
                let in_head = live.as_ref().unwrap().head.keys.contains_key("k1");
                assert_eq!(store.key(&id("shop.live"), "k1").await.unwrap().is_some(), in_head);
                in_head
            }
            Self::Create => {
                let made = store.current(&id("shop.test")).await.unwrap().is_some();
                assert_eq!(store.environment_info(&id("shop.test")).await.unwrap().is_some(), made);
                made
            }
            Self::Delete => {
                assert_eq!(store.environment_info(&id("shop.live")).await.unwrap().is_some(), live.is_some());
                live.is_none()
            }
        };
        let version = live.map(|live| live.head.version);
        match self {
            Self::Flag | Self::Key => assert_eq!(version, Some(VERSIONS + u64::from(done))),
            Self::Create => assert_eq!(version, Some(VERSIONS)),
            Self::Delete => {}
        }
        assert_eq!((rows, answers), (usize::from(done), usize::from(done)), "{self:?}");
        done
    }

    /// How many calls it makes when nothing goes wrong; not all of those that tidy up after a deletion.
    pub(crate) async fn calls(self) -> u32 {
        let lab = lab().await;
        self.run(&lab.store()).await.unwrap();
        u32::try_from(lab.proxy.total()).unwrap().min(14)
    }
}

/// Where it is done. Made once, and copied: that takes a tenth of the time.
pub(crate) async fn lab() -> Lab {
    static CONTENT: OnceCell<[Vec<HashMap<String, AttributeValue>>; 2]> = OnceCell::const_new();
    let [core, audit] = CONTENT.get_or_init(content).await;
    let lab = Lab::start().await;
    lab.fill("core", core).await;
    lab.fill("audit", audit).await;
    lab
}

async fn content() -> [Vec<HashMap<String, AttributeValue>>; 2] {
    let lab = Lab::start().await;
    let store = lab.elsewhere();
    make_project(&store, "shop").await.unwrap();
    make_environment(&store, "shop.live", &call()).await.unwrap();
    for number in 2..=VERSIONS {
        set(&store, "shop.live", "cart", number + 100, &call()).await.unwrap();
    }
    [lab.items("core").await, lab.items("audit").await]
}
