//! The protocol of Amazon DynamoDB Accelerator (DAX), the write-through cache that stands in front of DynamoDB. The client that
//! will speak it (sockets, pools, routing) is not written yet.
//!
//! DAX does not speak DynamoDB's JSON over HTTP but a binary protocol of its own, which AWS has not published. What is
//! here follows the bytes of the official clients: the tests compare with captures of them.
//!
//! [`protocol`] is that protocol without sockets, tasks or clocks: it turns operations into bytes and bytes into results.

pub mod protocol;
