//! Where keys may come from.

use std::net::IpAddr;

use http::{Uri, uri::Scheme};

use crate::error::InvalidUrl;

impl InvalidUrl {
    /// What a configured URL should be.
    pub(crate) const EXPECTED: &'static str =
        "an https URL, or http on this machine, without query and fragment";
}

/// Reads a URL that keys may come from: https, or http on this machine.
pub(crate) fn parse(text: &str) -> Result<Uri, InvalidUrl> {
    let url: Uri = text.parse()?;
    let secure = url.scheme() == Some(&Scheme::HTTPS);
    let local = url.scheme() == Some(&Scheme::HTTP) && url.host().is_some_and(is_loopback);
    if secure || local { Ok(url) } else { Err(InvalidUrl::Insecure) }
}

/// The discovery document of an issuer (OpenID Connect Discovery 1.0, section 4).
pub(crate) fn discovery(issuer: &str) -> Result<Uri, InvalidUrl> {
    if issuer.contains(['?', '#']) {
        return Err(InvalidUrl::Insecure);
    }
    parse(&format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/')))
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_over_https_or_from_this_machine() {
        for url in [
            "https://id.example/keys",
            "https://id.example:8443",
            "http://localhost:8080/keys",
            "http://127.0.0.1:1",
            "http://[::1]:8080/",
        ] {
            assert!(parse(url).is_ok(), "{url}");
        }
        for url in [
            "",
            "id.example",
            "/keys",
            "http://id.example/keys",
            "http://localhost.id.example",
            "http://localhost@id.example/",
            "http://127.0.0.1.id.example",
            "http://0.0.0.0/",
            "ftp://localhost/",
            "file:///etc/keys",
        ] {
            assert!(parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn discovery_is_below_the_issuer() {
        let at = |issuer| discovery(issuer).map(|url| url.to_string()).ok();
        let expected = Some("https://id.example/a/.well-known/openid-configuration".to_owned());
        assert_eq!(at("https://id.example/a"), expected);
        assert_eq!(at("https://id.example/a/"), expected);
        for issuer in ["https://id.example?a", "https://id.example#a", "http://id.example"] {
            assert_eq!(at(issuer), None, "{issuer}");
        }
    }
}
