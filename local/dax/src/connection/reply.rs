//! Writing responses, in whole or as a fault has it.

use std::time::Duration;

use dax_client::protocol::error::ServiceError;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::{Broken, Connection, READ};
use crate::faults::FaultKind;
use crate::wire::write_error;

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// Answers a call that is done, or does what `fault` says about the answer.
    pub(super) async fn reply(&mut self, response: Vec<u8>, fault: Option<FaultKind>) -> Result<(), Broken> {
        match fault {
            Some(FaultKind::CloseAfterDone) => Err(Broken::Fault),
            Some(FaultKind::CloseAfter(length)) => {
                self.write(response.get(..length).unwrap_or(&response)).await?;
                Err(Broken::Fault)
            }
            Some(FaultKind::ErrorAfterDone(error)) => self.write(&encoded(&error)).await,
            Some(FaultKind::Trickle(gap)) => self.trickle(&response, gap).await,
            _ => self.write(&response).await,
        }
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await?;
        Ok(())
    }

    /// Takes whatever comes until the client goes.
    pub(super) async fn swallow(&mut self) -> Result<(), Broken> {
        loop {
            self.buffer.clear();
            self.buffer.reserve(READ);
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(Broken::Fault);
            }
        }
    }

    async fn trickle(&mut self, bytes: &[u8], gap: Duration) -> Result<(), Broken> {
        for byte in bytes {
            self.write(std::slice::from_ref(byte)).await?;
            tokio::time::sleep(gap).await;
        }
        Ok(())
    }
}

pub(super) fn encoded(error: &ServiceError) -> Vec<u8> {
    let mut response = Vec::new();
    write_error(error, &mut response);
    response
}
