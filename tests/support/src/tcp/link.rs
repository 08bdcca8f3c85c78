//! One connection through the proxy.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use super::{TcpFault, locked};

/// How much is read at once, in bytes.
const BUFFER: usize = 16 * 1024;
/// How many parts a second bytes are passed on in where the bandwidth is limited.
const PARTS: u32 = 50;

/// Why a connection ends before both sides have closed it.
enum End {
    /// It is closed.
    Close,
    /// It is reset, so that both sides see that something was lost.
    Reset,
}

/// Carries a connection until both sides have closed it, one has broken it, or a fault ends it.
pub(super) async fn carry(
    mut client: TcpStream,
    upstream: SocketAddr,
    own: Option<TcpFault>,
    fault: watch::Receiver<TcpFault>,
) {
    let fault = Current { own, shared: fault };
    let Ok(mut server) = TcpStream::connect(upstream).await else { return reset(&client) };
    let _ = client.set_nodelay(true).and(server.set_nodelay(true));
    let moved = Arc::new(Mutex::new(Instant::now()));
    let ended = {
        let ((from_client, to_client), (from_server, to_server)) = (client.split(), server.split());
        let pipe =
            |from, to, answers| Pipe { from, to, answers, fault: fault.clone(), moved: Arc::clone(&moved) };
        let (requests, answers) = (pipe(from_client, to_server, false), pipe(from_server, to_client, true));
        tokio::select! {
            ended = async { tokio::try_join!(requests.run(), answers.run()) } => ended.map(drop),
            () = fault.clone().refused() => Err(End::Reset),
        }
    };
    if matches!(ended, Err(End::Reset)) {
        reset(&client);
        reset(&server);
    }
}

/// Has the connection be reset when it is dropped.
fn reset(stream: &TcpStream) {
    // If it is broken already, there is nothing to reset.
    let _ = stream.set_zero_linger();
}

/// The fault of a connection: its own, or else that of all.
#[derive(Clone)]
struct Current {
    own: Option<TcpFault>,
    shared: watch::Receiver<TcpFault>,
}

impl Current {
    fn get(&mut self) -> TcpFault {
        self.own.unwrap_or_else(|| *self.shared.borrow_and_update())
    }

    /// Ready when it may be another one.
    async fn changed(&mut self) {
        if self.own.is_some() || self.shared.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Ready when connections are refused.
    async fn refused(mut self) {
        while self.get() != TcpFault::Refuse {
            self.changed().await;
        }
    }

    /// Ready when that fault is over.
    async fn is_not(&mut self, fault: TcpFault) {
        while self.get() == fault {
            self.changed().await;
        }
    }
}

/// One direction of a connection.
struct Pipe<'a> {
    from: ReadHalf<'a>,
    to: WriteHalf<'a>,
    /// Whether this is the direction from the server.
    answers: bool,
    fault: Current,
    /// When anything last moved, in either direction.
    moved: Arc<Mutex<Instant>>,
}

impl Pipe<'_> {
    /// Passes everything on until the sender closes.
    async fn run(mut self) -> Result<(), End> {
        let mut buffer = vec![0; BUFFER];
        let (mut fault, mut passed) = (self.fault.get(), 0_u64);
        loop {
            let read = tokio::select! {
                read = self.from.read(&mut buffer) => read.map_err(|_| End::Reset)?,
                () = self.fault.changed() => 0,
                () = idle(fault, &self.moved) => return Err(End::Close),
            };
            let now = self.fault.get();
            if now != fault {
                (fault, passed) = (now, 0);
            }
            match buffer.get(..read) {
                Some(bytes) if !bytes.is_empty() => self.pass_on(bytes, fault, passed).await?,
                _ if self.is_closed().await => return self.close(fault).await,
                _ => {}
            }
            passed = passed.saturating_add(read as u64);
            *locked(&self.moved) = Instant::now();
        }
    }

    async fn pass_on(&mut self, bytes: &[u8], fault: TcpFault, passed: u64) -> Result<(), End> {
        let written = match fault {
            TcpFault::Refuse | TcpFault::Reset => return Err(End::Reset),
            TcpFault::BlackHole => return Err(self.lose(fault).await),
            TcpFault::HalfOpen(limit) if self.answers => {
                let left = usize::try_from(limit.saturating_sub(passed)).unwrap_or(usize::MAX);
                let Some(part) = bytes.get(..left) else { return self.write(bytes).await };
                self.write(part).await?;
                return Err(self.lose(fault).await);
            }
            TcpFault::Delay(time) => {
                sleep(time).await;
                self.to.write_all(bytes).await
            }
            TcpFault::Bandwidth(rate) => trickle(&mut self.to, bytes, rate).await,
            TcpFault::None | TcpFault::HalfOpen(_) | TcpFault::CloseIdle(_) => self.to.write_all(bytes).await,
        };
        written.map_err(|_| End::Reset)
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), End> {
        self.to.write_all(bytes).await.map_err(|_| End::Reset)
    }

    /// Bytes are lost, but nobody is told before the fault is over.
    async fn lose(&mut self, fault: TcpFault) -> End {
        self.fault.is_not(fault).await;
        End::Reset
    }

    /// Whether the sender has closed, rather than that the fault has changed.
    async fn is_closed(&mut self) -> bool {
        let mut byte = [0];
        // Ready at once if it has closed; `pending` is ready once, later.
        tokio::select! {
            biased;
            peeked = self.from.peek(&mut byte) => matches!(peeked, Ok(0) | Err(_)),
            () = tokio::task::yield_now() => false,
        }
    }

    /// Tells the receiver that there will be no more, unless nothing gets through.
    async fn close(&mut self, fault: TcpFault) -> Result<(), End> {
        if fault == TcpFault::BlackHole {
            return Err(self.lose(fault).await);
        }
        self.to.shutdown().await.map_err(|_| End::Reset)
    }
}

/// Ready when the connection has been idle for too long; never under other faults.
async fn idle(fault: TcpFault, moved: &Mutex<Instant>) {
    let TcpFault::CloseIdle(limit) = fault else { return std::future::pending().await };
    loop {
        let end = *locked(moved) + limit;
        if Instant::now() >= end {
            return;
        }
        sleep_until(end).await;
    }
}

async fn trickle(to: &mut WriteHalf<'_>, bytes: &[u8], rate: u32) -> io::Result<()> {
    let part = usize::try_from(rate / PARTS).unwrap_or(usize::MAX).max(1);
    for part in bytes.chunks(part) {
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        sleep(Duration::from_secs(1) * length / rate.max(1)).await;
        to.write_all(part).await?;
    }
    Ok(())
}
