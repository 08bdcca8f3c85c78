//! The methods of the server, and the numbers that stand for them.

use super::cbor::Encoder;

/// The number of the only service.
pub const SERVICE: u64 = 1;

/// What can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Proves who the client is. Has no response.
    AuthorizeConnection,
    /// Lists the nodes of the cluster.
    Endpoints,
    /// Tells the primary key of a table.
    DefineKeySchema,
    /// Gives a list of attribute names a number.
    DefineAttributeListId,
    /// Tells the names that a number stands for.
    DefineAttributeList,
    /// `GetItem`
    GetItem,
    /// `PutItem`
    PutItem,
    /// `UpdateItem`
    UpdateItem,
    /// `DeleteItem`
    DeleteItem,
    /// `Query`
    Query,
    /// `Scan`
    Scan,
    /// `BatchGetItem`
    BatchGetItem,
    /// `BatchWriteItem`
    BatchWriteItem,
    /// `TransactGetItems`
    TransactGetItems,
    /// `TransactWriteItems`
    TransactWriteItems,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::AuthorizeConnection,
        Self::Endpoints,
        Self::DefineKeySchema,
        Self::DefineAttributeListId,
        Self::DefineAttributeList,
        Self::GetItem,
        Self::PutItem,
        Self::UpdateItem,
        Self::DeleteItem,
        Self::Query,
        Self::Scan,
        Self::BatchGetItem,
        Self::BatchWriteItem,
        Self::TransactGetItems,
        Self::TransactWriteItems,
    ];

    /// The number of the method.
    pub fn id(self) -> i64 {
        match self {
            Self::AuthorizeConnection => 1_489_122_155,
            Self::Endpoints => 455_855_874,
            Self::DefineKeySchema => -742_646_399,
            Self::DefineAttributeListId => -1_230_579_644,
            Self::DefineAttributeList => 670_678_385,
            Self::GetItem => 263_244_906,
            Self::PutItem => -2_106_490_455,
            Self::UpdateItem => 1_425_579_023,
            Self::DeleteItem => 1_013_539_361,
            Self::Query => -931_250_863,
            Self::Scan => -1_875_390_620,
            Self::BatchGetItem => -697_851_100,
            Self::BatchWriteItem => 116_217_951,
            Self::TransactGetItems => 1_866_287_579,
            Self::TransactWriteItems => -1_160_037_738,
        }
    }

    /// The method with this number.
    pub fn from_id(id: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.id() == id)
    }

    /// How many arguments follow the method's number.
    pub fn arguments(self) -> u64 {
        match self {
            Self::Endpoints => 0,
            Self::DefineKeySchema | Self::DefineAttributeListId | Self::DefineAttributeList => 1,
            Self::Scan | Self::BatchGetItem | Self::BatchWriteItem => 2,
            Self::GetItem | Self::UpdateItem | Self::DeleteItem | Self::Query => 3,
            Self::PutItem | Self::TransactGetItems => 4,
            Self::AuthorizeConnection => 5,
            Self::TransactWriteItems => 9,
        }
    }

    /// How many values a successful response has after its status. `None` if there is no response at all.
    ///
    /// The header of `BatchGetItem`'s first result counts two elements, but the capacity comes outside it.
    pub fn results(self) -> Option<u64> {
        match self {
            Self::AuthorizeConnection => None,
            Self::BatchGetItem => Some(2),
            Self::BatchWriteItem => Some(3),
            _ => Some(1),
        }
    }

    /// Whether calling it twice is as good as calling it once, and changes nothing.
    pub fn is_read(self) -> bool {
        !matches!(
            self,
            Self::PutItem
                | Self::UpdateItem
                | Self::DeleteItem
                | Self::BatchWriteItem
                | Self::TransactWriteItems
        )
    }

    /// Begins a call: the arguments must follow.
    pub fn encode(self, encoder: &mut Encoder<'_>) {
        encoder.unsigned(SERVICE).int(self.id());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_method_is_found_by_its_number() {
        for method in Method::ALL {
            assert_eq!(Method::from_id(method.id()), Some(method));
        }
        assert_eq!(Method::from_id(0), None);
    }
}
