//! What the tests of this crate share: keys that sign, a clock that stands still, and an issuer on the loopback interface.

mod issuer;
mod keys;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use pennon_domain::{Clock, Timestamp};
use serde_json::{Value, json};

pub(crate) use self::{
    issuer::{Issuer, Reply},
    keys::{TestKey, encode},
};

/// What time it is when a test begins, in seconds.
pub(crate) const NOW: u64 = 1_800_000_000;

/// A clock that stands still until it is told otherwise.
#[derive(Clone, Debug)]
pub(crate) struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(NOW)))
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst) * 1_000)
    }
}

/// The claims of a valid token, and one of them changed; `null` leaves it out.
pub(crate) fn claims(issuer: &str, changed: &str, to: Value) -> Value {
    let mut claims = json!({
        "iss": issuer, "aud": "pennon", "sub": "ada", "exp": NOW + 86_400, "nbf": NOW, "pennon_roles": ["editor"],
    });
    if to.is_null() {
        claims.as_object_mut().unwrap().remove(changed);
    } else {
        claims[changed] = to;
    }
    claims
}
