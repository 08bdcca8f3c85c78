//! Who may call.

use std::thread;
use std::time::{Duration, SystemTime};

use dax_client::protocol::error::ErrorKind;
use dax_local::{Credentials, Fault, FaultKind, Options};

use crate::lab::Lab;
use crate::raw::Raw;

fn strict(options: Options) -> Lab {
    let known = Credentials::new("AKID", "secret", None, None, "test");
    Lab::new(Options { credentials: Some(vec![known]), ..options })
}

#[expect(clippy::disallowed_methods, reason = "the cluster compares with the time of day")]
fn now() -> SystemTime {
    SystemTime::now()
}

fn is_let_in(client: &mut Raw) -> bool {
    match client.endpoints() {
        Ok(_) => true,
        Err(failure) => {
            let refusal = failure.refusal();
            assert_eq!(refusal.codes, [4, 23, 31, 33]);
            assert_eq!(refusal.kind(), ErrorKind::Authentication);
            false
        }
    }
}

#[test]
fn a_connection_that_is_not_authorized_may_do_nothing_until_it_is() {
    let lab = strict(Options::default());
    let mut client = lab.connect();
    assert!(!is_let_in(&mut client));
    assert_eq!(client.try_get("a").unwrap_err().refusal().codes, [4, 23, 31, 33]);
    client.authorize("AKID", "wrong", now());
    assert!(!is_let_in(&mut client), "the next call tells");
    client.authorize("AKID", "secret", now());
    assert!(is_let_in(&mut client));
    assert_eq!(client.get("a"), None);
    client.authorize("AKID", "wrong", now());
    assert!(!is_let_in(&mut client), "it counts what came last");
    let counters = lab.counters();
    assert_eq!((counters.authorizations, counters.authorizations_refused), (1, 2));
}

#[test]
fn every_connection_is_authorized_for_itself() {
    let lab = strict(Options::default());
    lab.connect().authorize("AKID", "secret", now());
    assert!(!is_let_in(&mut lab.connect()));
}

#[test]
fn a_clock_that_is_off_is_refused() {
    let lab = strict(Options { clock_skew: Duration::from_mins(1), ..Options::default() });
    let mut client = lab.connect();
    client.authorize("AKID", "secret", now() - Duration::from_mins(2));
    assert!(!is_let_in(&mut client));
    client.authorize("AKID", "secret", now() - Duration::from_secs(30));
    assert!(is_let_in(&mut client));
}

#[test]
fn authorizations_run_out() {
    let ttl = Duration::from_millis(200);
    let lab = strict(Options { authorization_ttl: ttl, ..Options::default() });
    let mut client = lab.connect();
    client.authorize("AKID", "secret", now());
    assert!(is_let_in(&mut client), "or this machine is too slow for the test");
    thread::sleep(ttl);
    assert!(!is_let_in(&mut client));
}

#[test]
fn anybody_may_call_if_nobody_is_named() {
    let lab = Lab::plain();
    assert!(is_let_in(&mut lab.connect()));
    let mut client = lab.connect();
    client.authorize("AKIDNONE", "guess", SystemTime::UNIX_EPOCH);
    assert!(is_let_in(&mut client));
}

#[test]
fn a_connection_may_lose_its_authorization() {
    let lab = Lab::plain();
    let mut client = lab.connect();
    client.put("a", 1);
    lab.node().inject(Fault::once(FaultKind::Unauthorized));
    let refusal = client.try_get("a").unwrap_err().refusal();
    assert_eq!(refusal.codes, [4, 23, 31, 33]);
    assert!(!is_let_in(&mut client), "until it is authorized anew");
    client.authorize("AKID", "secret", now());
    assert_eq!(client.get("a"), Some(1));
}
