//! Streamed answers: a prelude with status and headers, then the body as it comes.

use std::collections::BTreeMap;

use bytes::{Buf, Bytes, BytesMut};
use serde::Deserialize;
use tokio::sync::{mpsc, oneshot};

use crate::{Failure, Report, runtime_api::Frame};

/// What ends the prelude.
const DELIMITER: [u8; 8] = [0; 8];

/// A prelude has to come within so many bytes.
const MAX_PRELUDE: usize = 64 << 10;

/// Status and headers of a streamed answer: the metadata of `application/vnd.awslambda.http-integration-response`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Prelude {
    /// The HTTP status.
    #[serde(default = "ok")]
    pub status_code: u16,
    /// The headers. Several values of one are joined with commas.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The values of `Set-Cookie`.
    #[serde(default)]
    pub cookies: Vec<String>,
}

impl Prelude {
    /// Reads the prelude at the beginning of an answer that came in one piece. The rest is its body.
    ///
    /// # Errors
    /// [`Failure::Malformed`] when there is no prelude.
    pub fn split(answer: &Bytes) -> Result<(Self, Bytes), Failure> {
        let at = find(answer).ok_or_else(|| malformed("there is no prelude"))?;
        let mut body = answer.clone();
        let prelude = body.split_to(at);
        body.advance(DELIMITER.len());
        Ok((Self::parse(&prelude)?, body))
    }

    fn parse(text: &[u8]) -> Result<Self, Failure> {
        serde_json::from_slice(text).map_err(|error| malformed(&format!("the prelude: {error}")))
    }
}

/// An answer whose status and headers have arrived. Dropped before its end, it is read to the end all the same.
#[derive(Debug)]
pub struct Streamed {
    /// Status and headers.
    pub prelude: Prelude,
    first: Bytes,
    frames: mpsc::Receiver<Frame>,
    report: Option<oneshot::Receiver<Result<Report, Failure>>>,
}

impl Streamed {
    /// Waits for the prelude.
    pub(crate) async fn open(
        mut frames: mpsc::Receiver<Frame>,
        report: oneshot::Receiver<Result<Report, Failure>>,
    ) -> Result<Self, Failure> {
        let mut begun = BytesMut::new();
        loop {
            if find(&begun).is_some() {
                let (prelude, first) = Prelude::split(&begun.freeze())?;
                return Ok(Self { prelude, first, frames, report: Some(report) });
            }
            if begun.len() > MAX_PRELUDE {
                return Err(malformed("there is no prelude"));
            }
            match frames.recv().await {
                Some(Frame::Data(data)) => begun.extend_from_slice(&data),
                Some(Frame::Failed(failure)) => return Err(failure),
                Some(Frame::End) => return Err(malformed("it ends before its prelude does")),
                None => return Err(why(Some(report)).await),
            }
        }
    }

    /// The next piece of the body, as it came; `None` at the end.
    ///
    /// # Errors
    /// When the function failed meanwhile: what came before is not all.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, Failure>> {
        if !self.first.is_empty() {
            return Some(Ok(std::mem::take(&mut self.first)));
        }
        match self.frames.recv().await {
            Some(Frame::Data(data)) => Some(Ok(data)),
            Some(Frame::Failed(failure)) => Some(Err(failure)),
            Some(Frame::End) => None,
            None => Some(Err(why(self.report.take()).await)),
        }
    }

    /// Reads the body to its end, and waits for the report.
    ///
    /// # Errors
    /// When the function failed meanwhile.
    pub async fn collect(mut self) -> Result<(Bytes, Report), Failure> {
        let mut body = BytesMut::new();
        while let Some(chunk) = self.chunk().await {
            body.extend_from_slice(&chunk?);
        }
        let Some(report) = self.report else { return Err(Failure::Exited(None)) };
        Ok((body.freeze(), report.await.unwrap_or(Err(Failure::Exited(None)))?))
    }
}

/// Why an answer stopped before its end: whoever runs the process knows.
async fn why(report: Option<oneshot::Receiver<Result<Report, Failure>>>) -> Failure {
    let Some(report) = report else { return Failure::Exited(None) };
    report.await.ok().and_then(Result::err).unwrap_or(Failure::Exited(None))
}

fn ok() -> u16 {
    200
}

fn find(bytes: &[u8]) -> Option<usize> {
    bytes.windows(DELIMITER.len()).position(|window| window == DELIMITER)
}

fn malformed(what: &str) -> Failure {
    Failure::Malformed(what.to_owned())
}
