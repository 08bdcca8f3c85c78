//! What all parts of one client share.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use aws_smithy_async::time::SharedTimeSource;

use super::config::Settings;
use super::credentials::CredentialsCache;
use super::tls::Tls;
use crate::protocol::key::KeySchema;

pub(super) struct Shared {
    pub(super) config: Settings,
    pub(super) credentials: CredentialsCache,
    pub(super) tls: Option<Tls>,
    /// Keys of tables that are known beforehand.
    pub(super) key_schemas: HashMap<String, Arc<KeySchema>>,
    /// The label of all connections of this client.
    pub(super) session: [u8; 16],
    pub(super) clock: SharedTimeSource,
}

impl Shared {
    /// By wall clock: a monotonic one may stand still while the process is frozen.
    pub(super) fn now(&self) -> SystemTime {
        self.clock.now()
    }
}
