//! Runs the binaries of Lambda functions as Lambda does, on loopback: for tests, load and figures.
//!
//! A [`Function`] is a binary with its variables and limits. It speaks the Lambda Runtime API to as many processes as there are
//! invocations at once: real processes of the real binary, which notice no difference but the speed. It ends those that take too
//! long, replaces those that die, freezes those that have nothing to do, and says what each invocation cost.
//!
//! What it does not have: micro-VMs, extensions, snapshots (`SnapStart`), asynchronous invocations with retries, and the CPU share that
//! goes with the memory size.
//!
//! Nothing stays behind. A process is killed when its function is dropped. If the program that runs it is itself killed, the
//! process loses its Runtime API and ends by itself; one that is frozen is ended by the kernel, as it is in a process group of its
//! own, which is hung up when its parent goes.

mod deployment;
mod failure;
mod function;
mod gateway;
mod logs;
mod process;
mod report;
mod runtime_api;
mod streamed;

pub use deployment::{Deployment, release_binaries};
pub use failure::{Failure, Payload};
pub use function::{Builder, Function, Invocation, Output, ProcessState, State};
pub use gateway::{Gateway, GatewayError};
pub use logs::Line;
pub use report::Report;
pub use streamed::{Prelude, Streamed};
