//! The calls that are not about items: the nodes of the cluster, the keys of tables, and lists of attribute names.

use std::net::IpAddr;

use super::cbor::{DecodeError, Decoder, Encoder};
use super::key::{KeyAttribute, KeySchema, KeyType};
use super::method::Method;

/// A node of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// The node's number.
    pub node: i64,
    /// The node's own name. The certificate of the node is for the cluster's name, not for this one.
    pub hostname: Option<String>,
    /// Where it is.
    pub address: IpAddr,
    /// Where it listens.
    pub port: u16,
    /// What it is for.
    pub role: Role,
    /// Such as `us-east-1a`.
    pub availability_zone: Option<String>,
    /// Since when the cluster has this leader.
    pub leader_session: Option<i64>,
}

/// What a node is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// It writes to DynamoDB.
    Leader,
    /// It passes writes on.
    Replica,
}

mod field {
    pub(super) const NODE: i64 = 0;
    pub(super) const HOSTNAME: i64 = 1;
    pub(super) const ADDRESS: i64 = 2;
    pub(super) const PORT: i64 = 3;
    pub(super) const ROLE: i64 = 4;
    pub(super) const AVAILABILITY_ZONE: i64 = 5;
    pub(super) const LEADER_SESSION: i64 = 6;
}

const ENDPOINT: DecodeError = DecodeError::Malformed("a node of the cluster");
const SCHEMA: DecodeError = DecodeError::Malformed("the key of a table");
const LEADER: i64 = 1;
const REPLICA: i64 = 2;

/// Asks for the nodes of the cluster.
pub fn encode_endpoints(encoder: &mut Encoder<'_>) {
    Method::Endpoints.encode(encoder);
}

/// Asks for the primary key of a table.
pub fn encode_define_key_schema(encoder: &mut Encoder<'_>, table: &str) {
    Method::DefineKeySchema.encode(encoder);
    encoder.bytes(table.as_bytes());
}

/// Asks for the id of a list of attribute names. They should be sorted, and never be none at all: that list is known.
pub fn encode_define_attribute_list_id<'a>(
    encoder: &mut Encoder<'_>,
    names: impl ExactSizeIterator<Item = &'a str>,
) {
    Method::DefineAttributeListId.encode(encoder);
    encode_attribute_list(encoder, names);
}

/// Asks for the attribute names on a list.
pub fn encode_define_attribute_list(encoder: &mut Encoder<'_>, list: i64) {
    Method::DefineAttributeList.encode(encoder);
    encoder.int(list);
}

/// Reads the nodes of the cluster.
pub fn decode_endpoints(decoder: &mut Decoder<'_>) -> Result<Vec<Endpoint>, DecodeError> {
    let mut items = decoder.array()?;
    let mut endpoints = Vec::with_capacity(items.capacity().min(16));
    while items.next(decoder)? {
        endpoints.push(Endpoint::decode(decoder)?);
    }
    Ok(endpoints)
}

/// Reads the primary key of a table.
pub fn decode_key_schema(decoder: &mut Decoder<'_>) -> Result<KeySchema, DecodeError> {
    let mut attributes = Vec::with_capacity(2);
    let mut items = decoder.map()?;
    while items.next(decoder)? {
        let name = decoder.text()?.into_owned();
        let kind = KeyType::from_letter(&decoder.text()?).ok_or(SCHEMA)?;
        attributes.push(KeyAttribute { name, kind });
    }
    let mut attributes = attributes.into_iter();
    match (attributes.next(), attributes.next(), attributes.next()) {
        (Some(hash), range, None) => Ok(KeySchema { hash, range }),
        _ => Err(SCHEMA),
    }
}

/// Reads the id of a list of attribute names.
pub fn decode_attribute_list_id(decoder: &mut Decoder<'_>) -> Result<i64, DecodeError> {
    decoder.int()
}

/// Reads the attribute names on a list.
pub fn decode_attribute_list(decoder: &mut Decoder<'_>) -> Result<Vec<String>, DecodeError> {
    let mut items = decoder.array()?;
    let mut names = Vec::with_capacity(items.capacity());
    while items.next(decoder)? {
        names.push(decoder.text()?.into_owned());
    }
    Ok(names)
}

/// Appends the nodes of the cluster, as a server does.
pub fn encode_endpoint_list(encoder: &mut Encoder<'_>, endpoints: &[Endpoint]) {
    encoder.array(endpoints.len());
    for endpoint in endpoints {
        endpoint.encode(encoder);
    }
}

/// Appends the primary key of a table, as a server does.
pub fn encode_key_schema(encoder: &mut Encoder<'_>, schema: &KeySchema) {
    encoder.map(schema.attributes().count());
    for attribute in schema.attributes() {
        encoder.text(&attribute.name).text(attribute.kind.as_str());
    }
}

/// Appends the attribute names on a list, as a server does.
pub fn encode_attribute_list<'a>(encoder: &mut Encoder<'_>, names: impl ExactSizeIterator<Item = &'a str>) {
    encoder.array(names.len());
    for name in names {
        encoder.text(name);
    }
}

impl Endpoint {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (mut node, mut hostname, mut address, mut port) = (0, None, None, None);
        let (mut role, mut availability_zone, mut leader_session) = (Role::Replica, None, None);
        let mut items = decoder.map()?;
        while items.next(decoder)? {
            match decoder.int()? {
                field::NODE => node = decoder.int()?,
                field::HOSTNAME => hostname = decoder.optional(Decoder::text)?,
                field::ADDRESS => address = Some(decode_address(decoder)?),
                field::PORT => port = Some(u16::try_from(decoder.unsigned()?).map_err(|_| ENDPOINT)?),
                field::ROLE if decoder.int()? == LEADER => role = Role::Leader,
                field::ROLE => role = Role::Replica,
                field::AVAILABILITY_ZONE => availability_zone = decoder.optional(Decoder::text)?,
                field::LEADER_SESSION => leader_session = decoder.optional(Decoder::int)?,
                _ => decoder.skip()?,
            }
        }
        Ok(Self {
            node,
            hostname: hostname.map(Into::into),
            address: address.ok_or(ENDPOINT)?,
            port: port.ok_or(ENDPOINT)?,
            role,
            availability_zone: availability_zone.map(Into::into),
            leader_session,
        })
    }

    fn encode(&self, encoder: &mut Encoder<'_>) {
        let optional =
            [self.hostname.is_some(), self.availability_zone.is_some(), self.leader_session.is_some()];
        encoder.map(4 + optional.iter().filter(|&&is_there| is_there).count());
        encoder.int(field::NODE).int(self.node);
        if let Some(hostname) = &self.hostname {
            encoder.int(field::HOSTNAME).text(hostname);
        }
        encoder.int(field::ADDRESS);
        match self.address {
            IpAddr::V4(address) => encoder.bytes(&address.octets()),
            IpAddr::V6(address) => encoder.bytes(&address.octets()),
        };
        encoder.int(field::PORT).unsigned(self.port.into());
        encoder.int(field::ROLE).int(if self.role == Role::Leader { LEADER } else { REPLICA });
        if let Some(zone) = &self.availability_zone {
            encoder.int(field::AVAILABILITY_ZONE).text(zone);
        }
        if let Some(session) = self.leader_session {
            encoder.int(field::LEADER_SESSION).int(session);
        }
    }
}

fn decode_address(decoder: &mut Decoder<'_>) -> Result<IpAddr, DecodeError> {
    let bytes = decoder.bytes()?;
    let v4 = <[u8; 4]>::try_from(&*bytes).map(IpAddr::from);
    let v6 = || <[u8; 16]>::try_from(&*bytes).map(IpAddr::from);
    v4.or_else(|_| v6()).map_err(|_| ENDPOINT)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    fn endpoint(address: IpAddr) -> Endpoint {
        Endpoint {
            node: 7,
            hostname: Some("a.example".to_owned()),
            address,
            port: 8111,
            role: Role::Leader,
            availability_zone: Some("us-east-1a".to_owned()),
            leader_session: Some(1 << 40),
        }
    }

    #[test]
    fn nodes_are_read_as_they_were_written() {
        let bare = Endpoint {
            hostname: None,
            role: Role::Replica,
            availability_zone: None,
            leader_session: None,
            ..endpoint(Ipv6Addr::LOCALHOST.into())
        };
        let endpoints = [endpoint(Ipv4Addr::LOCALHOST.into()), bare];
        let mut buffer = Vec::new();
        encode_endpoint_list(&mut Encoder::new(&mut buffer), &endpoints);
        assert_eq!(decode_endpoints(&mut Decoder::new(&buffer)), Ok(endpoints.to_vec()));
    }

    #[test]
    fn a_node_without_a_place_is_malformed_and_what_is_unknown_is_passed_over() {
        let decode = |bytes: &[u8]| decode_endpoints(&mut Decoder::new(bytes));
        assert_eq!(decode(&[0x81, 0xa1, 3, 0x19, 0x1f, 0xaf]), Err(ENDPOINT), "no address");
        assert_eq!(decode(&[0x81, 0xa1, 2, 0x44, 127, 0, 0, 1]), Err(ENDPOINT), "no port");
        assert_eq!(decode(&[0x81, 0xa2, 2, 0x43, 127, 0, 0, 3, 0x07]), Err(ENDPOINT), "no address either");
        let bytes = [0x81, 0xbf, 0x18, 99, 0x81, 0xf7, 2, 0x44, 127, 0, 0, 1, 3, 0x19, 0x1f, 0xaf, 0xff];
        let nodes = decode(&bytes).unwrap();
        assert_eq!((nodes[0].address, nodes[0].port), (Ipv4Addr::LOCALHOST.into(), 8111));
    }

    #[test]
    fn a_key_has_one_attribute_or_two_of_known_types() {
        let decode = |bytes: &[u8]| decode_key_schema(&mut Decoder::new(bytes));
        assert_eq!(decode(b"\xa0"), Err(SCHEMA));
        assert_eq!(decode(b"\xa1\x61a\x61X"), Err(SCHEMA));
        assert_eq!(decode(b"\xa3\x61a\x61S\x61b\x61N\x61c\x61B"), Err(SCHEMA));
        let schema = decode(b"\xa2\x61z\x61S\x61a\x61N").unwrap();
        assert_eq!(schema.hash, KeyAttribute::new("z", KeyType::Text), "the first is the partition key");
        assert_eq!(schema.range, Some(KeyAttribute::new("a", KeyType::Number)));
    }
}
