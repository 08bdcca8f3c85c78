//! What the tests share: a real server, requests to it, and the flags that it serves.

mod flags;
mod local_server;
mod repository;

pub(crate) use flags::{EVERY_KIND, definition, every_kind};
pub(crate) use local_server::{Answer, LocalServer, Start, send};
pub(crate) use repository::repository;
