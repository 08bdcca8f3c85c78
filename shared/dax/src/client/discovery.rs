//! The nodes that the cluster's name stands for.

use std::io;
use std::net::{IpAddr, SocketAddr};

use super::Fault;
use super::address::Address;

/// The addresses in random order, so that not all clients begin with the same node. IPv4 only, if there is any.
pub(super) async fn resolve(addresses: &[Address]) -> Result<Vec<SocketAddr>, Fault> {
    let mut found = Vec::new();
    let mut failure = None;
    for Address { host, port } in addresses {
        if let Ok(address) = host.parse::<IpAddr>() {
            found.push(SocketAddr::new(address, *port));
            continue;
        }
        match tokio::net::lookup_host((host.as_str(), *port)).await {
            Ok(resolved) => found.extend(resolved),
            Err(error) => failure = Some(error),
        }
    }
    if found.iter().any(SocketAddr::is_ipv4) {
        found.retain(SocketAddr::is_ipv4);
    }
    if found.is_empty() {
        return Err(Fault::Resolve(failure.unwrap_or_else(|| io::ErrorKind::NotFound.into())));
    }
    found.sort_unstable();
    found.dedup();
    fastrand::shuffle(&mut found);
    Ok(found)
}
