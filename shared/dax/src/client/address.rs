//! Where a cluster is: the URL that AWS shows for it.

use std::net::{IpAddr, Ipv6Addr};

/// The ports that AWS has chosen.
const PLAIN_PORT: u16 = 8111;
const ENCRYPTED_PORT: u16 = 9111;

/// A URL that names no cluster.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// No URL at all.
    #[error("no endpoint is given")]
    None,
    /// The scheme is neither `dax` nor `daxs`.
    #[error("the scheme of {0:?} is not dax or daxs")]
    Scheme(String),
    /// There is no host, or something that does not belong there.
    #[error("{0:?} is not of the form dax://host:port")]
    Form(String),
    /// Some of the URLs are for TLS and some are not, or there are several for TLS.
    #[error("several endpoints must all have the scheme dax")]
    Several,
}

/// Where to look for the nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
}

/// The addresses of one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Addresses {
    pub(super) all: Vec<Address>,
    pub(super) encrypted: bool,
}

impl Addresses {
    /// Reads one URL, or several separated by commas. Without a scheme it is `dax://`.
    pub(super) fn parse(urls: &str) -> Result<Self, AddressError> {
        let urls = urls.split(',').map(str::trim).filter(|url| !url.is_empty());
        let parsed = urls.map(parse).collect::<Result<Vec<_>, _>>()?;
        let encrypted = match parsed.as_slice() {
            [] => return Err(AddressError::None),
            [(_, encrypted)] => *encrypted,
            several if several.iter().any(|(_, encrypted)| *encrypted) => return Err(AddressError::Several),
            _ => false,
        };
        Ok(Self { all: parsed.into_iter().map(|(address, _)| address).collect(), encrypted })
    }
}

fn parse(url: &str) -> Result<(Address, bool), AddressError> {
    let malformed = || AddressError::Form(url.to_owned());
    let (encrypted, authority) = match url.split_once("://") {
        None => (false, url),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("dax") => (false, rest),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("daxs") => (true, rest),
        Some(_) => return Err(AddressError::Scheme(url.to_owned())),
    };
    let authority = authority.strip_suffix('/').unwrap_or(authority);
    let default_port = if encrypted { ENCRYPTED_PORT } else { PLAIN_PORT };
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']').ok_or_else(malformed)?;
            address.parse::<Ipv6Addr>().map_err(|_| malformed())?;
            (address, port.strip_prefix(':').or_else(|| port.is_empty().then_some("")).ok_or_else(malformed)?)
        }
        None => authority.split_once(':').unwrap_or((authority, "")),
    };
    let port = if port.is_empty() { default_port } else { port.parse().map_err(|_| malformed())? };
    let is_name =
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    if port == 0 || !(is_name || host.parse::<IpAddr>().is_ok()) {
        return Err(malformed());
    }
    Ok((Address { host: host.to_owned(), port }, encrypted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(urls: &str) -> (Vec<(String, u16)>, bool) {
        let addresses = Addresses::parse(urls).unwrap();
        (addresses.all.into_iter().map(|address| (address.host, address.port)).collect(), addresses.encrypted)
    }

    #[test]
    fn a_url_names_host_port_and_encryption() {
        let one = |host: &str, port| vec![(host.to_owned(), port)];
        assert_eq!(parsed("dax://cluster.example"), (one("cluster.example", 8111), false));
        assert_eq!(parsed("daxs://cluster.example"), (one("cluster.example", 9111), true));
        assert_eq!(parsed("DAXS://cluster.example:9000/"), (one("cluster.example", 9000), true));
        assert_eq!(parsed("cluster.example:8112"), (one("cluster.example", 8112), false));
        assert_eq!(parsed("dax://[::1]:8112"), (one("::1", 8112), false));
        assert_eq!(parsed("dax://[::1]"), (one("::1", 8111), false));
    }

    #[test]
    fn several_urls_are_for_plain_connections_only() {
        assert_eq!(parsed("dax://a, b:1").0.len(), 2);
        for urls in ["dax://a,daxs://b", "daxs://a,daxs://b"] {
            assert_eq!(Addresses::parse(urls), Err(AddressError::Several));
        }
    }

    #[test]
    fn what_names_no_cluster_is_refused() {
        for url in [
            "dax://",
            "dax://a:b",
            "dax://a:0",
            "dax://a:70000",
            "dax://a/b",
            "dax://[::1",
            "dax://[x]",
            "dax://u@a",
            "a b",
        ] {
            assert_eq!(Addresses::parse(url), Err(AddressError::Form(url.to_owned())), "{url}");
        }
        assert_eq!(Addresses::parse("https://a"), Err(AddressError::Scheme("https://a".to_owned())));
        assert_eq!(Addresses::parse(" , "), Err(AddressError::None));
    }
}
