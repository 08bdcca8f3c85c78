//! Numbers of attribute lists that mean something else than they did.

use dax_local::Method;

use crate::lab::{Lab, TABLE, number, text, words};
use crate::outcome::{READS, WRITES, after_one, read, write};

#[tokio::test]
async fn a_node_that_was_restarted_numbers_its_lists_anew() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    for (item, method) in WRITES.into_iter().enumerate() {
        // List 1001 is `n` and `text`, as read.
        assert_eq!(read(&dax, Method::GetItem, "k9").await, Ok(words("k9")));
        lab.cluster.node(0).stop();
        lab.cluster.node(0).start().unwrap();
        // Now 1001 is another one.
        let other = lab.client();
        let put = other.put_item().table_name(TABLE).item("pk", text("other")).item("a", number(1));
        put.item("b", number(2)).send().await.unwrap();
        let key = format!("k{item}");
        assert_eq!(write(&dax, method, &key).await, Ok(()), "{method:?}");
        assert_eq!(lab.stored(&key).await, after_one(method, &item.to_string()), "{method:?}");
        let put = dax.put_item().table_name(TABLE).item("pk", text("own")).item("n", number(5));
        put.item("text", text(&words("own"))).send().await.unwrap();
        assert_eq!(lab.stored("own").await.as_deref(), Some("5"));
        for method in READS {
            assert_eq!(read(&dax, method, "own").await, Ok(words("own")), "{method:?}");
        }
    }
}

#[tokio::test]
async fn a_node_may_forget_its_lists_at_any_time() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    for method in READS {
        assert_eq!(read(&dax, method, "k1").await, Ok(words("k1")));
        lab.cluster.node(0).forget_attribute_lists();
        assert_eq!(read(&dax, method, "k1").await, Ok(words("k1")), "{method:?}");
        assert_eq!(read(&dax, method, "k2").await, Ok(words("k2")), "{method:?}");
    }
    for (item, method) in WRITES.into_iter().enumerate() {
        let key = format!("k{item}");
        assert_eq!(write(&dax, method, "k9").await, Ok(()));
        lab.cluster.node(0).forget_attribute_lists();
        assert_eq!(write(&dax, method, &key).await, Ok(()), "{method:?}");
        assert_eq!(lab.stored(&key).await, after_one(method, &item.to_string()), "{method:?}");
    }
}

#[tokio::test]
async fn names_with_commas_are_names() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    for names in [&["a,b"][..], &["a", "b"], &["a,", "b"], &["a", ",b"]] {
        let mut put = dax.put_item().table_name(TABLE).item("pk", text("commas"));
        for name in names {
            put = put.item(*name, text(name));
        }
        put.send().await.unwrap();
        let stored =
            lab.direct.get_item().table_name(TABLE).key("pk", text("commas")).consistent_read(true).send();
        let stored = stored.await.unwrap().item.unwrap();
        let read =
            dax.get_item().table_name(TABLE).key("pk", text("commas")).send().await.unwrap().item.unwrap();
        assert_eq!(read, stored);
        assert!(names.iter().all(|name| stored.get(*name) == Some(&text(name))));
    }
}
