//! Signatures.

use std::time::{Duration, UNIX_EPOCH};

use dax_client::protocol::authorize::{Authorization, Credentials};
use dax_client::protocol::cbor::{Decoder, Encoder};
use dax_client::protocol::method::Method;

use crate::vectors::{bytes, frames, rows};

const TABLE: &str = include_str!("../../vectors/authorize.json");
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

#[test]
fn signatures_and_frames_are_those_of_the_official_signers() {
    let rows = rows(TABLE);
    assert_eq!(rows.len(), 3);
    for row in rows {
        let text = |member: &str| row[member].as_str().unwrap();
        let credentials = Credentials {
            access_key_id: text("access_key_id"),
            secret_access_key: text("secret_access_key"),
            session_token: row["session_token"].as_str(),
        };
        let now = UNIX_EPOCH + Duration::from_secs(row["unix_seconds"].as_u64().unwrap());
        let authorization = Authorization::sign(credentials, text("region"), now).unwrap();
        assert_eq!(authorization.string_to_sign, text("string_to_sign"));
        assert_eq!(authorization.signature, text("signature"));

        let mut buffer = Vec::new();
        authorization.encode(text("user_agent"), &mut Encoder::new(&mut buffer));
        assert_eq!(buffer, bytes(&row, "authorize_frame_hex"));
    }
}

#[test]
fn captured_authorizations_are_written_again_to_the_byte() {
    let captured = frames("auth");
    assert!(captured.len() > 20);
    for (case, frame) in captured {
        let frame = bytes(&frame, "request_hex");
        let mut decoder = Decoder::new(&frame);
        assert_eq!((decoder.unsigned(), decoder.int()), (Ok(1), Ok(Method::AuthorizeConnection.id())));
        let (key, signature) = (decoder.text().unwrap(), decoder.text().unwrap());
        let string_to_sign = String::from_utf8(decoder.bytes().unwrap().into_owned()).unwrap();
        assert!(decoder.take_null().unwrap(), "{case}: no token was used");
        let user_agent = decoder.text().unwrap();

        let stamp = string_to_sign.lines().nth(1).unwrap();
        let credentials = Credentials { access_key_id: &key, secret_access_key: SECRET, session_token: None };
        let authorization = Authorization::sign(credentials, "us-east-1", instant(stamp)).unwrap();
        assert_eq!(authorization.string_to_sign, string_to_sign, "{case}");
        assert_eq!(authorization.signature, signature, "{case}");
        let mut buffer = Vec::new();
        authorization.encode(&user_agent, &mut Encoder::new(&mut buffer));
        assert_eq!(buffer, frame, "{case}");
    }
}

/// The instant of `20261121T015136Z`.
fn instant(stamp: &str) -> std::time::SystemTime {
    let part = |range: std::ops::Range<usize>| stamp[range].parse::<u8>().unwrap();
    let month = time::Month::try_from(part(4..6)).unwrap();
    let date = time::Date::from_calendar_date(stamp[..4].parse().unwrap(), month, part(6..8)).unwrap();
    date.with_hms(part(9..11), part(11..13), part(13..15)).unwrap().assume_utc().into()
}
