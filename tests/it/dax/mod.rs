//! The official DAX clients, unmodified, and ours against one `dax-local`: the same calls, the same outcomes.
//!
//! `make test` installs the clients: amazon-dax-client (Python), @amazon-dax-sdk/client-dax (Node) and, where there is Go,
//! aws-dax-go-v2. What they do otherwise than ours is in `differences`, each with its reason, and asserted.

mod canonical;
mod captured;
mod cases;
mod clusters;
mod defects;
mod differences;
mod lab;
mod more;
mod official;
mod ours;
mod tables;

// The cases' JSON and the types of the AWS SDK: the tests of the client's protocol read and write the same.
#[path = "../../../shared/dax/tests/operations/input.rs"]
mod input;
#[path = "../../../shared/dax/tests/operations/json.rs"]
mod json;
#[path = "../../../shared/dax/tests/operations/output.rs"]
mod output;
