//! What can be made to go wrong.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use dax_client::protocol::cbor::{Decoder, Encoder};
use dax_client::protocol::frame::Response;
use dax_client::protocol::metadata::encode_endpoints;
use dax_client::protocol::operation::Operation as _;
use dax_local::{Fault, FaultKind, Method, ServiceError};

use crate::lab::{Lab, get_input, put_input};
use crate::raw::{Raw, is_closed, tcp};

const MOMENT: Duration = Duration::from_millis(50);

fn failure() -> ServiceError {
    ServiceError {
        codes: vec![1, 37, 38, 53],
        message: "made to fail".to_owned(),
        request_id: None,
        error_code: None,
        http_status: Some(500),
        reasons: Vec::new(),
    }
}

/// A client that knows what it takes to write and to read flags, so that the next call is the only one.
fn ready(lab: &Lab) -> Raw {
    let mut client = lab.connect();
    client.put("a", 1);
    assert_eq!(client.get("a"), Some(1));
    client
}

#[test]
fn a_call_may_take_longer() {
    let lab = Lab::plain();
    let mut client = ready(&lab);
    lab.node().inject(Fault::once(FaultKind::Delay(MOMENT)));
    let began = Instant::now();
    assert_eq!(client.get("a"), Some(1));
    assert!(began.elapsed() >= MOMENT);
}

#[test]
fn a_connection_may_close_in_the_middle_of_a_response() {
    let lab = Lab::plain();
    let mut client = ready(&lab);
    let (call, _) = get_input("a", false).encode(&client.known).unwrap();
    client.send(&call).unwrap();
    let whole = client.receive(1).unwrap();
    for length in 0..whole.len() {
        lab.node().inject(Fault::once(FaultKind::CloseAfter(length)));
        let mut stream = tcp(lab.node().address());
        Raw::over(stream.try_clone().unwrap()).send(&call).unwrap();
        let mut part = Vec::new();
        stream.read_to_end(&mut part).unwrap();
        assert_eq!(part, whole[..length]);
    }
}

#[test]
fn a_write_whose_connection_closes_is_done_or_not() {
    let lab = Lab::plain();
    let faults = [
        (FaultKind::CloseBeforeDone, Some(1)),
        (FaultKind::CloseAfterDone, Some(2)),
        (FaultKind::CloseAfter(0), Some(2)),
    ];
    for (fault, stored) in faults {
        let mut client = ready(&lab);
        lab.node().inject(Fault::once(fault.clone()).on(Method::PutItem));
        assert!(client.call(&put_input("a", 2)).unwrap_err().is_closed(), "{fault:?}");
        assert_eq!(lab.stored("a"), stored, "{fault:?}");
    }
}

#[test]
fn a_write_that_is_refused_is_done_or_not() {
    let lab = Lab::plain();
    let mut client = ready(&lab);
    for (fault, stored) in [(FaultKind::Error(failure()), 1), (FaultKind::ErrorAfterDone(failure()), 2)] {
        lab.node().inject(Fault::once(fault));
        assert_eq!(client.call(&put_input("a", 2)).unwrap_err().refusal(), failure());
        assert_eq!(lab.stored("a"), Some(stored));
    }
    assert_eq!(client.get("a"), Some(2), "the connection is as good as before");
}

#[test]
fn a_black_hole_never_answers() {
    let lab = Lab::plain();
    let mut client = ready(&lab);
    let (call, _) = put_input("a", 2).encode(&client.known).unwrap();
    lab.node().inject(Fault::once(FaultKind::BlackHole));
    let mut stream = tcp(lab.node().address());
    stream.set_read_timeout(Some(2 * MOMENT)).unwrap();
    let mut hole = Raw::over(stream.try_clone().unwrap());
    for _ in 0..2 {
        hole.send(&call).unwrap();
        let error = stream.read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock, "it is neither answered nor closed");
    }
    assert_eq!(lab.stored("a"), Some(1));
    assert_eq!(client.get("a"), Some(1), "other connections are");
}

#[test]
fn a_response_may_trickle() {
    let lab = Lab::plain();
    let mut client = ready(&lab);
    let gap = Duration::from_millis(2);
    lab.node().inject(Fault::once(FaultKind::Trickle(gap)));
    let began = Instant::now();
    assert_eq!(client.get("a"), Some(1));
    assert!(began.elapsed() >= 5 * gap);
}

#[test]
fn a_response_may_be_any_bytes() {
    let lab = Lab::plain();
    let mut client = ready(&lab);
    lab.node().inject(Fault::once(FaultKind::Raw(vec![0x80, 0xf6])));
    assert_eq!(client.get("a"), None);
    assert_eq!(client.get("a"), Some(1));
}

#[test]
fn connections_may_be_closed_at_once() {
    let lab = Lab::plain();
    let mut client = ready(&lab);
    lab.node().inject(Fault::new(FaultKind::Reject));
    assert_eq!(tcp(lab.node().address()).read(&mut [0]).unwrap(), 0);
    assert_eq!(client.get("a"), Some(1), "those that were open go on");
    lab.node().clear_faults();
    assert_eq!(lab.connect().get("a"), Some(1));
    assert_eq!(lab.counters().connections_opened, 3);
}

#[test]
fn faults_wait_for_their_turn() {
    let lab = Lab::plain();
    let mut client = ready(&lab);
    let what = FaultKind::Error(failure());
    lab.node().inject(Fault { method: Some(Method::GetItem), skip: 1, times: Some(1), what });
    let fails = [(); 3].map(|()| client.try_get("a").is_err());
    assert_eq!(fails, [false, true, false]);
}

#[test]
fn the_list_of_nodes_fails_only_by_name() {
    let lab = Lab::plain();
    let mut client = ready(&lab);
    lab.node().inject(Fault::new(FaultKind::Error(failure())));
    assert!(client.try_get("a").is_err());
    assert!(client.endpoints().is_ok());
    lab.node().inject(Fault::new(FaultKind::Error(failure())).on(Method::Endpoints));
    assert_eq!(client.endpoints().unwrap_err().refusal(), failure());
}

#[test]
fn calls_that_arrive_at_once_are_answered_in_their_order() {
    let lab = Lab::plain();
    let mut client = ready(&lab);
    let (get, _) = get_input("a", false).encode(&client.known).unwrap();
    let (put, _) = put_input("a", 2).encode(&client.known).unwrap();
    let mut nodes = Vec::new();
    encode_endpoints(&mut Encoder::new(&mut nodes));
    client.send(&[get.clone(), put, nodes, get].concat()).unwrap();
    let responses = [(); 4].map(|()| client.receive(1).unwrap());
    assert!(responses.iter().all(|response| matches!(Response::parse(response), Ok(Response::Results(_)))));
    assert_ne!(responses[0], responses[3], "the write was between the reads");
}

#[test]
fn what_is_no_call_ends_the_connection() {
    let lab = Lab::plain();
    let mut http = tcp(lab.node().address());
    http.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    assert!(is_closed(&mut http));
    let mut stream = tcp(lab.node().address());
    Raw::over(stream.try_clone().unwrap()).send(&[0x01, 0x19, 0xff, 0xff]).unwrap();
    assert!(is_closed(&mut stream), "there is no such method");
    assert_eq!(lab.connect().get("a"), None, "others are served");
}

#[test]
fn arguments_that_make_no_sense_are_refused_and_the_connection_goes_on() {
    let lab = Lab::plain();
    let mut client = ready(&lab);
    let mut call = Vec::new();
    Method::GetItem.encode(&mut Encoder::new(&mut call));
    client.send(&[&call[..], &[0x00, 0x00, 0x00]].concat()).unwrap();
    let response = client.receive(1).unwrap();
    let error = ServiceError::decode(&mut Decoder::new(&response)).unwrap();
    assert_eq!(error.codes, [4, 37, 38, 39, 46]);
    assert_eq!(client.get("a"), Some(1));
}
