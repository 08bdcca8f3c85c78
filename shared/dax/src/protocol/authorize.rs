//! Proving who the client is: AWS Signature Version 4 over a request that does not exist.
//!
//! A connection is authorized before its first call, and again before the server forgets. There is no response: if it
//! failed, the next call does. What is signed says nothing about the calls.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use ring::{digest, hmac};
use time::OffsetDateTime;

use super::cbor::Encoder;
use super::method::Method;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SERVICE: &str = "dax";
const HOST: &str = "dax.amazonaws.com";
/// Of the empty string: the request has no body.
const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The keys of an AWS principal.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// Which key.
    pub access_key_id: &'a str,
    /// Its secret part, which stays here.
    pub secret_access_key: &'a str,
    /// The token of temporary credentials. It is sent, but not signed.
    pub session_token: Option<&'a str>,
}

/// What the server is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorization<'a> {
    /// Which key has signed.
    pub access_key_id: &'a str,
    /// In 64 hexadecimal digits.
    pub signature: String,
    /// What has been signed.
    pub string_to_sign: String,
    /// The token of temporary credentials.
    pub session_token: Option<&'a str>,
}

/// A time that cannot be written with four digits of the year, or is before 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the time cannot be written in a signature")]
pub struct TimeOutOfRange;

impl<'a> Authorization<'a> {
    /// Signs for the cluster's region, at the time `now`.
    pub fn sign(credentials: Credentials<'a>, region: &str, now: SystemTime) -> Result<Self, TimeOutOfRange> {
        let time = timestamp(now)?;
        let date = time.get(..8).ok_or(TimeOutOfRange)?;
        let canonical_request =
            format!("POST\n/\n\nhost:{HOST}\nx-amz-date:{time}\n\nhost;x-amz-date\n{EMPTY_SHA256}");
        let digest = hex(digest::digest(&digest::SHA256, canonical_request.as_bytes()).as_ref());
        let string_to_sign = format!("{ALGORITHM}\n{time}\n{date}/{region}/{SERVICE}/aws4_request\n{digest}");
        Ok(Self {
            access_key_id: credentials.access_key_id,
            signature: signature(credentials.secret_access_key, date, region, &string_to_sign),
            string_to_sign,
            session_token: credentials.session_token,
        })
    }

    /// Appends the call.
    pub fn encode(&self, user_agent: &str, encoder: &mut Encoder<'_>) {
        Method::AuthorizeConnection.encode(encoder);
        encoder.text(self.access_key_id).text(&self.signature).bytes(self.string_to_sign.as_bytes());
        match self.session_token {
            Some(token) => encoder.text(token),
            None => encoder.null(),
        };
        encoder.text(user_agent);
    }
}

/// The signature of `string_to_sign` with a key that is good for one day (`yyyymmdd`) and one region.
pub fn signature(secret_access_key: &str, date: &str, region: &str, string_to_sign: &str) -> String {
    let secret = hmac::Key::new(hmac::HMAC_SHA256, format!("AWS4{secret_access_key}").as_bytes());
    let key = [date, region, SERVICE, "aws4_request"].into_iter().fold(secret, |key, part| {
        hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref())
    });
    hex(hmac::sign(&key, string_to_sign.as_bytes()).as_ref())
}

/// `20250101T000000Z`
fn timestamp(time: SystemTime) -> Result<String, TimeOutOfRange> {
    let seconds = time.duration_since(UNIX_EPOCH).map_err(|_| TimeOutOfRange)?.as_secs();
    let seconds = i64::try_from(seconds).map_err(|_| TimeOutOfRange)?;
    let utc = OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| TimeOutOfRange)?;
    let (year, month, day) = (utc.year(), u8::from(utc.month()), utc.day());
    let (hour, minute, second) = utc.time().as_hms();
    Ok(format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z"))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

impl fmt::Debug for Credentials<'_> {
    /// Without what is secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Authorization<'_> {
    /// Without what would authorize others.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const CREDENTIALS: Credentials<'_> = Credentials {
        access_key_id: "AKIDEXAMPLE",
        secret_access_key: "the-secret",
        session_token: Some("the-token"),
    };

    #[test]
    fn nothing_secret_is_shown() {
        let authorization = Authorization::sign(CREDENTIALS, "us-east-1", UNIX_EPOCH).unwrap();
        let shown = format!("{CREDENTIALS:?} {authorization:?}");
        assert!(shown.contains("AKIDEXAMPLE"));
        assert!(!shown.contains("the-"), "{shown}");
        assert!(!shown.contains(&authorization.signature), "{shown}");
    }

    #[test]
    fn times_that_cannot_be_written_are_refused() {
        let sign =
            |time| Authorization::sign(CREDENTIALS, "us-east-1", time).map(|signed| signed.string_to_sign);
        assert!(sign(UNIX_EPOCH).unwrap().contains("\n19700101T000000Z\n"));
        assert_eq!(sign(UNIX_EPOCH - Duration::from_secs(1)), Err(TimeOutOfRange));
        assert_eq!(
            sign(UNIX_EPOCH + Duration::from_hours(70_389_528)),
            Err(TimeOutOfRange),
            "the year 10000"
        );
    }
}
