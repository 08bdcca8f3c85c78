//! What a verified token says: for how long, of whom, and with which roles.

use std::time::Duration;

use pennon_domain::{Principal, Timestamp};
use serde_json::Value;

use crate::InvalidToken;

/// By how much the issuer's clock and this one may differ.
const LEEWAY: Duration = Duration::from_mins(1);
/// Bytes of a subject (OpenID Connect Core 1.0, section 2).
const MAX_SUBJECT_BYTES: usize = 255;

/// Who holds the token whose claims these are. The issuer and the audience are already checked.
pub(crate) fn principal(
    claims: &Value,
    roles_claim: &str,
    now: Timestamp,
) -> Result<Principal, InvalidToken> {
    check_lifetime(claims, now)?;
    let subject = claims.get("sub").and_then(Value::as_str).filter(|subject| is_subject(subject));
    let subject = subject.ok_or(InvalidToken::Claim("sub"))?;
    Ok(Principal::new(subject, grants(claims, roles_claim)))
}

fn check_lifetime(claims: &Value, now: Timestamp) -> Result<(), InvalidToken> {
    let end = claims.get("exp").and_then(moment).ok_or(InvalidToken::Claim("exp"))?;
    if now >= end.plus(LEEWAY) {
        return Err(InvalidToken::Expired);
    }
    let Some(start) = claims.get("nbf") else { return Ok(()) };
    let start = moment(start).ok_or(InvalidToken::Claim("nbf"))?;
    if start > now.plus(LEEWAY) {
        return Err(InvalidToken::NotYetValid);
    }
    Ok(())
}

/// A `NumericDate` (RFC 7519, section 2): seconds since the epoch, possibly with a fraction.
fn moment(value: &Value) -> Option<Timestamp> {
    let since_epoch = Duration::try_from_secs_f64(value.as_f64()?).ok()?;
    Some(Timestamp::default().plus(since_epoch))
}

/// A subject goes into the audit and the log, so it is of one line.
fn is_subject(text: &str) -> bool {
    (1..=MAX_SUBJECT_BYTES).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// The grants; a claim that is absent or of another type holds none.
fn grants<'c>(claims: &'c Value, roles_claim: &str) -> Vec<&'c str> {
    let claim =
        if roles_claim.starts_with('/') { claims.pointer(roles_claim) } else { claims.get(roles_claim) };
    match claim {
        Some(Value::Array(grants)) => grants.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(grants)) => grants.split(' ').collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn read(claims: &Value) -> Result<Principal, InvalidToken> {
        principal(claims, "roles", NOW)
    }

    #[test]
    fn a_token_is_valid_from_nbf_to_exp_give_or_take_a_minute() {
        let with = |exp: Value, nbf: Value| read(&json!({ "sub": "ada", "exp": exp, "nbf": nbf })).err();
        let now = 1_800_000_000_u64;
        assert_eq!(with(json!(now + 1), json!(now)), None);
        assert_eq!(with(json!(now - 59), json!(now + 60)), None);
        assert_eq!(with(json!(now - 60), json!(now)), Some(InvalidToken::Expired));
        assert_eq!(with(json!(now + 90), json!(now + 61)), Some(InvalidToken::NotYetValid));
        assert_eq!(with(json!(1_800_000_000.5), json!(1_799_999_999.5)), None);
    }

    #[test]
    fn a_lifetime_that_is_no_number_of_seconds_is_none() {
        for no_moment in [json!("1900000000"), json!(null), json!(-1), json!(1e300), json!([1_900_000_000])] {
            let claims = json!({ "sub": "ada", "exp": no_moment });
            assert_eq!(read(&claims).err(), Some(InvalidToken::Claim("exp")), "{claims}");
            let claims = json!({ "sub": "ada", "exp": 1_900_000_000, "nbf": no_moment });
            assert_eq!(read(&claims).err(), Some(InvalidToken::Claim("nbf")), "{claims}");
        }
        assert_eq!(read(&json!({ "sub": "ada" })).err(), Some(InvalidToken::Claim("exp")));
    }

    #[test]
    fn a_subject_is_one_short_line() {
        let with = |subject: Value| read(&json!({ "exp": 1_900_000_000, "sub": subject }));
        let longest = "a".repeat(255);
        assert_eq!(with(json!(longest)).unwrap().subject(), longest);
        for subject in [json!(""), json!("a".repeat(256)), json!("a\nb"), json!(7), json!(null)] {
            assert_eq!(with(subject).err(), Some(InvalidToken::Claim("sub")));
        }
    }

    #[test]
    fn grants_are_read_from_whatever_claim_is_named() {
        let claims = json!({
            "sub": "ada",
            "exp": 1_900_000_000,
            "roles": ["editor", 7, "shop:admin"],
            "scope": "openid viewer",
            "https://example.com/roles": ["admin"],
            "realm_access": { "roles": ["blog:viewer"] },
            "a/b": "admin",
        });
        for (claim, grants) in [
            ("roles", &["editor", "shop:admin"][..]),
            ("scope", &["viewer"]),
            ("https://example.com/roles", &["admin"]),
            ("/realm_access/roles", &["blog:viewer"]),
            ("/a~1b", &["admin"]),
            ("realm_access", &[]),
            ("absent", &[]),
            ("/absent/too", &[]),
        ] {
            let expected = Principal::new("ada", grants.iter().copied());
            assert_eq!(principal(&claims, claim, NOW), Ok(expected), "{claim}");
        }
    }
}
