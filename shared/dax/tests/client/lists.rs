//! Numbers of attribute lists that mean something else than they did.

use std::time::Duration;

use dax_local::Method;

use crate::lab::{Lab, TABLE, create_table, number, text, words};
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
    let lists = [&["a,b"][..], &["a", "b"], &["a,", "b"], &["a", ",b"]];
    // At once, so that all of the lists are looked up at the same time.
    let puts = lists.iter().enumerate().map(|(index, names)| {
        let put = dax.put_item().table_name(TABLE).item("pk", text(&format!("commas{index}")));
        tokio::spawn(names.iter().fold(put, |put, name| put.item(*name, text(name))).send())
    });
    for put in puts.collect::<Vec<_>>() {
        put.await.unwrap().unwrap();
    }
    for (index, names) in lists.iter().enumerate() {
        let key = text(&format!("commas{index}"));
        let stored =
            lab.direct.get_item().table_name(TABLE).key("pk", key.clone()).consistent_read(true).send();
        let stored = stored.await.unwrap().item.unwrap();
        let read = dax.get_item().table_name(TABLE).key("pk", key).send().await.unwrap().item.unwrap();
        assert_eq!(read, stored);
        assert!(
            stored.len() == names.len() + 1
                && names.iter().all(|name| stored.get(*name) == Some(&text(name)))
        );
    }
}

#[tokio::test]
async fn a_table_may_be_made_anew_with_another_key() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    assert_eq!(read(&dax, Method::GetItem, "k1").await, Ok(words("k1")));
    lab.direct.delete_table().table_name(TABLE).send().await.unwrap();
    create_table(&lab.direct, "id").await;
    lab.cluster.flush();
    lab.clock.advance(Duration::from_secs(61));
    let put = dax.put_item().table_name(TABLE).item("id", text("new")).item("n", number(1));
    put.send().await.unwrap();
    let output = dax.get_item().table_name(TABLE).key("id", text("new")).send().await.unwrap();
    assert_eq!(output.item().unwrap().get("n"), Some(&number(1)));
}
