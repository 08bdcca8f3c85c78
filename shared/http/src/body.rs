//! Response bodies.

use std::{
    fmt,
    io::Read,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

/// How much of a streamed body is produced at a time: large enough to be efficient, small beside any memory limit.
const FRAME_BYTES: usize = 64 * 1024;

/// The body of a response: all there, or produced while it is sent.
#[derive(Default)]
pub struct Body(Inner);

#[derive(Default)]
enum Inner {
    #[default]
    Empty,
    Full(Bytes),
    Stream(Box<dyn Read + Send>),
}

impl Body {
    /// A body without bytes.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A body that is produced while it is sent, in frames of at most 64 KiB: memory stays constant however long it is.
    ///
    /// The reader runs on the thread that polls the body, so it must compute, not wait.
    pub fn stream(reader: impl Read + Send + 'static) -> Self {
        Self(Inner::Stream(Box::new(reader)))
    }

    /// All bytes at once, for transports that cannot stream.
    pub(crate) fn collect(self) -> std::io::Result<Bytes> {
        match self.0 {
            Inner::Empty => Ok(Bytes::new()),
            Inner::Full(bytes) => Ok(bytes),
            Inner::Stream(mut reader) => {
                let mut bytes = Vec::new();
                reader.read_to_end(&mut bytes)?;
                Ok(bytes.into())
            }
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        if bytes.is_empty() { Self(Inner::Empty) } else { Self(Inner::Full(bytes)) }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

impl fmt::Debug for Body {
    /// Only the shape: bodies are never logged.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Empty => f.write_str("Body(empty)"),
            Inner::Full(bytes) => write!(f, "Body({} bytes)", bytes.len()),
            Inner::Stream(_) => f.write_str("Body(stream)"),
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let next = match std::mem::take(&mut self.0) {
            Inner::Empty => None,
            Inner::Full(bytes) => Some(Ok(bytes)),
            Inner::Stream(mut reader) => {
                let mut frame = Vec::with_capacity(FRAME_BYTES);
                match reader.by_ref().take(FRAME_BYTES as u64).read_to_end(&mut frame) {
                    Ok(0) => None,
                    Ok(_) => {
                        self.0 = Inner::Stream(reader);
                        Some(Ok(frame.into()))
                    }
                    Err(error) => Some(Err(error)),
                }
            }
        };
        Poll::Ready(next.map(|frame| frame.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.0, Inner::Empty)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Inner::Empty => SizeHint::with_exact(0),
            Inner::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Inner::Stream(_) => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[test]
    fn a_stream_arrives_whole_and_in_bounded_frames() {
        let bytes: Vec<u8> = (0..200_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let mut body = Body::stream(std::io::Cursor::new(bytes.clone()));
        let mut received = Vec::new();
        let collect = async {
            while let Some(frame) = body.frame().await {
                let frame = frame.unwrap().into_data().unwrap();
                assert!(frame.len() <= FRAME_BYTES);
                received.extend_from_slice(&frame);
            }
        };
        futures_util::FutureExt::now_or_never(collect).unwrap();
        assert_eq!(received, bytes);
    }

    #[test]
    fn an_empty_body_says_so_before_it_is_polled() {
        assert!(http_body::Body::is_end_stream(&Body::from(Vec::new())));
    }
}
