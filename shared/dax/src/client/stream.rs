//! A socket, with TLS or without.

use std::io;
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::tls::Tls;

/// A peer that has gone without a word is noticed after about this time and a few probes.
const KEEPALIVE: Duration = Duration::from_secs(30);

pub(super) enum Stream {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
}

impl Stream {
    pub(super) async fn connect(address: SocketAddr, tls: Option<&Tls>) -> io::Result<Self> {
        let socket = TcpStream::connect(address).await?;
        socket.set_nodelay(true)?;
        SockRef::from(&socket).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE))?;
        Ok(match tls {
            None => Self::Plain(socket),
            Some(tls) => Self::Encrypted(Box::new(tls.connect(socket).await?)),
        })
    }

    /// Whether nothing has arrived, the end of the stream included. The system itself is asked: what the runtime knows may
    /// be from before the process was frozen.
    pub(super) fn is_quiet(&self) -> bool {
        let socket = match self {
            Self::Plain(socket) => socket,
            Self::Encrypted(stream) => stream.get_ref().0,
        };
        let peeked = SockRef::from(socket).peek(&mut [MaybeUninit::uninit()]);
        peeked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Writes everything. The error says whether any of it may have arrived.
    pub(super) async fn write_all(&mut self, bytes: &[u8]) -> Result<(), (bool, io::Error)> {
        match self {
            Self::Plain(socket) => {
                let mut rest = bytes;
                while !rest.is_empty() {
                    let sent_some = rest.len() < bytes.len();
                    match socket.write(rest).await {
                        Ok(0) => return Err((sent_some, io::ErrorKind::WriteZero.into())),
                        Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                        Err(error) => return Err((sent_some, error)),
                    }
                }
                Ok(())
            }
            // How much of a record has left is not told.
            Self::Encrypted(stream) => {
                stream.write_all(bytes).await.map_err(|error| (true, error))?;
                stream.flush().await.map_err(|error| (true, error))
            }
        }
    }

    /// Appends what has arrived, as soon as there is something; 0 bytes at the end of the stream.
    pub(super) async fn read(&mut self, buffer: &mut Vec<u8>) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read_buf(buffer).await,
            Self::Encrypted(stream) => stream.read_buf(buffer).await,
        }
    }
}
