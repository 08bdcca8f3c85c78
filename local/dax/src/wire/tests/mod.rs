//! Reading and writing against what the official clients sent and understood.

mod captured;
mod conditions;
mod errors;
mod input;
mod normal;
mod projected;
mod refused;
mod robustness;
mod roundtrip;

// The recorded cases and their JSON are read as dax-client's own tests read them.
#[allow(dead_code, reason = "what the tests of the client need, and these do not")]
#[path = "../../../../../shared/dax/tests/operations/fixture.rs"]
mod fixture;
#[allow(dead_code, reason = "what the tests of the client need, and these do not")]
#[path = "../../../../../shared/dax/tests/operations/json.rs"]
mod json;

use dax_client::protocol::cbor::Progress;
use dax_client::protocol::lookup::Metadata;
use fixture::Fixture;

use super::{Call, CallScanner, Request, read_call};

/// More than any frame here is long.
const LIMIT: usize = 1 << 20;

/// The recorded cases, and every list that the server told by its names or by its id.
pub(super) fn fixture() -> Fixture {
    let mut fixture = Fixture::new();
    let known = &mut fixture.known;
    for (names, id) in &known.ids {
        known.lists.entry(*id).or_insert_with(|| names.as_slice().into());
    }
    fixture
}

/// The call that is the whole of a frame.
fn call(frame: &[u8]) -> Call {
    let progress = CallScanner::new(LIMIT).advance(frame);
    assert_eq!(progress, Ok(Progress::Complete { length: frame.len() }));
    read_call(frame).unwrap()
}

/// What a frame asks for.
fn request(frame: &[u8], metadata: &dyn Metadata) -> Request {
    let Call::Data(data) = call(frame) else { panic!("one of the ten") };
    data.decode(metadata).unwrap()
}
