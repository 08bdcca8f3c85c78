//! Whether a client is who it says.
//!
//! The official clients do not sign the same request: one of them has another host in it. So the digest of the request
//! is not looked at. What is left is the signature of a text with a date, a region and a service by a key that is known.

use std::time::{Duration, SystemTime};

use dax_client::protocol::authorize::signature;
use time::OffsetDateTime;
use time::format_description::well_known::Iso8601;

use crate::Options;
use crate::options::Credentials;
use crate::wire::Authorize;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SERVICE: &str = "dax";
const TERMINATOR: &str = "aws4_request";

/// Knows who may call.
#[derive(Debug)]
pub(crate) struct Verifier {
    known: Option<Vec<Credentials>>,
    clock_skew: Duration,
}

/// Why an authorization is none. Clients are told only that they have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("what was signed is no authorization of AWS Signature Version 4 for DAX")]
    Malformed,
    #[error("the client's clock is off, or the authorization is an old one")]
    Time,
    #[error("the access key is not known")]
    AccessKey,
    #[error("the session token is not that of the access key")]
    SessionToken,
    #[error("the signature is not that of the secret")]
    Signature,
}

/// What can be told of a text that was signed.
struct Signed<'a> {
    time: &'a str,
    date: &'a str,
    region: &'a str,
}

impl Verifier {
    pub(crate) fn new(options: &Options) -> Self {
        Self { known: options.credentials.clone(), clock_skew: options.clock_skew }
    }

    /// Whether connections must be authorized at all.
    pub(crate) fn is_required(&self) -> bool {
        self.known.is_some()
    }

    /// Checks an authorization, at the time `now`.
    pub(crate) fn verify(&self, claim: &Authorize, now: SystemTime) -> Result<(), Refused> {
        let Some(known) = &self.known else {
            return Ok(());
        };
        let text = str::from_utf8(&claim.string_to_sign).map_err(|_| Refused::Malformed)?;
        let signed = Signed::parse(text).ok_or(Refused::Malformed)?;
        if signed.off_by(now).ok_or(Refused::Malformed)? > self.clock_skew {
            return Err(Refused::Time);
        }
        let credentials = known.iter().find(|known| known.access_key_id() == claim.access_key_id);
        let credentials = credentials.ok_or(Refused::AccessKey)?;
        if credentials.session_token() != claim.session_token.as_deref() {
            return Err(Refused::SessionToken);
        }
        // Nothing here is worth measuring the time of a comparison.
        if signature(credentials.secret_access_key(), signed.date, signed.region, text) != claim.signature {
            return Err(Refused::Signature);
        }
        Ok(())
    }
}

impl<'a> Signed<'a> {
    /// Algorithm, time, scope and digest, a line each.
    fn parse(text: &'a str) -> Option<Self> {
        let mut lines = text.split('\n');
        let (algorithm, time, scope, _digest) = (lines.next()?, lines.next()?, lines.next()?, lines.next()?);
        let mut scope = scope.split('/');
        let (date, region) = (scope.next()?, scope.next()?);
        let is_for_dax = scope.eq([SERVICE, TERMINATOR]);
        let is_whole = algorithm == ALGORITHM && lines.next().is_none() && time.get(..8) == Some(date);
        (is_for_dax && is_whole).then_some(Self { time, date, region })
    }

    /// How far the time that was signed is from `now`, either way.
    fn off_by(&self, now: SystemTime) -> Option<Duration> {
        let time = OffsetDateTime::parse(self.time, &Iso8601::PARSING).ok()?;
        Some((OffsetDateTime::from(now) - time).unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use dax_client::protocol::authorize::{self, Authorization};

    use super::*;

    const NOW: SystemTime = UNIX_EPOCH;
    const SKEW: Duration = Duration::from_mins(15);

    fn verifier() -> Verifier {
        let credentials = [
            Credentials::new("AKIDLONG", "secret", None, None, "test"),
            Credentials::new("AKIDSHORT", "other", Some("token".to_owned()), None, "test"),
        ];
        let options = Options { credentials: Some(credentials.to_vec()), ..Options::default() };
        Verifier::new(&options)
    }

    fn claim(access_key_id: &str, secret: &str, session_token: Option<&str>, time: SystemTime) -> Authorize {
        let credentials = authorize::Credentials { access_key_id, secret_access_key: secret, session_token };
        let signed = Authorization::sign(credentials, "eu-central-1", time).unwrap();
        Authorize {
            access_key_id: access_key_id.to_owned(),
            signature: signed.signature,
            string_to_sign: signed.string_to_sign.into_bytes(),
            session_token: session_token.map(str::to_owned),
            user_agent: None,
        }
    }

    #[test]
    fn whoever_knows_the_secret_and_the_token_is_let_in() {
        assert_eq!(verifier().verify(&claim("AKIDLONG", "secret", None, NOW), NOW), Ok(()));
        assert_eq!(verifier().verify(&claim("AKIDSHORT", "other", Some("token"), NOW), NOW), Ok(()));
    }

    #[test]
    fn nobody_else_is() {
        let refused = |claim: &Authorize| verifier().verify(claim, NOW).unwrap_err();
        assert_eq!(refused(&claim("AKIDNONE", "secret", None, NOW)), Refused::AccessKey);
        assert_eq!(refused(&claim("AKIDLONG", "guess", None, NOW)), Refused::Signature);
        assert_eq!(refused(&claim("AKIDSHORT", "other", None, NOW)), Refused::SessionToken);
        assert_eq!(refused(&claim("AKIDLONG", "secret", Some("token"), NOW)), Refused::SessionToken);
    }

    #[test]
    fn a_clock_may_be_off_so_far_either_way() {
        let verify = |signed, now| verifier().verify(&claim("AKIDLONG", "secret", None, signed), now);
        for (early, late) in [(NOW, NOW + SKEW), (NOW + SKEW, NOW)] {
            assert_eq!(verify(early, late), Ok(()));
        }
        let second = Duration::from_secs(1);
        assert_eq!(verify(NOW, NOW + SKEW + second), Err(Refused::Time));
        assert_eq!(verify(NOW + SKEW + second, NOW), Err(Refused::Time));
    }

    #[test]
    fn what_was_signed_must_be_for_dax_and_that_day() {
        let good = claim("AKIDLONG", "secret", None, NOW);
        let text = String::from_utf8(good.string_to_sign.clone()).unwrap();
        let bad = [
            text.replace("/dax/", "/dynamodb/"),
            text.replace("aws4_request", "aws4"),
            text.replace("AWS4-HMAC-SHA256", "AWS4"),
            text.replace("19700101/", "19700102/"),
            text.replace("19700101T", "1970-01-01T"),
            format!("{text}\n"),
            String::new(),
        ];
        for text in bad {
            let claim = Authorize { string_to_sign: text.clone().into_bytes(), ..good.clone() };
            assert_eq!(verifier().verify(&claim, NOW), Err(Refused::Malformed), "{text}");
        }
    }

    #[test]
    fn anybody_is_let_in_if_nobody_is_known() {
        let verifier = Verifier::new(&Options::default());
        assert!(!verifier.is_required());
        assert_eq!(verifier.verify(&claim("AKIDNONE", "guess", None, NOW), NOW + 2 * SKEW), Ok(()));
    }
}
