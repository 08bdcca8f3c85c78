//! What each fault does to a server that sends back what it gets.

use std::time::Instant;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::*;

const SOON: Duration = Duration::from_millis(100);
const LATER: Duration = Duration::from_secs(10);

/// A server that sends back what it gets.
async fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                tokio::io::copy(&mut from, &mut to).await
            });
        }
    });
    address
}

async fn proxy() -> TcpProxy {
    TcpProxy::start(echo().await).await.unwrap()
}

async fn connect(proxy: &TcpProxy) -> TcpStream {
    TcpStream::connect(proxy.address()).await.unwrap()
}

/// Sends a text; what comes back, or why nothing does.
async fn say(stream: &mut TcpStream, text: &str) -> io::Result<String> {
    stream.write_all(text.as_bytes()).await?;
    let mut answer = vec![0; text.len()];
    stream.read_exact(&mut answer).await?;
    Ok(String::from_utf8(answer).unwrap())
}

async fn is_silent(stream: &mut TcpStream) -> bool {
    timeout(SOON, stream.read_u8()).await.is_err()
}

#[tokio::test]
async fn without_a_fault_everything_passes_and_ends_are_told() {
    let proxy = proxy().await;
    let mut stream = connect(&proxy).await;
    let text = "x".repeat(1_000_000);
    let (mut from, mut to) = stream.split();
    let mut answer = String::new();
    let sending = async {
        to.write_all(text.as_bytes()).await.unwrap();
        to.shutdown().await.unwrap();
    };
    let ((), received) = tokio::join!(sending, from.read_to_string(&mut answer));
    assert_eq!((received.unwrap(), answer == text), (text.len(), true));
    assert_eq!(proxy.accepted(), 1);
}

#[tokio::test]
async fn a_delay_holds_bytes_up() {
    let proxy = proxy().await;
    let mut stream = connect(&proxy).await;
    proxy.inject(TcpFault::Delay(SOON));
    let begun = Instant::now();
    assert_eq!(say(&mut stream, "a").await.unwrap(), "a");
    assert!(begun.elapsed() >= 2 * SOON);
    proxy.heal();
    assert_eq!(say(&mut stream, "b").await.unwrap(), "b");
}

#[tokio::test]
async fn a_bandwidth_is_not_exceeded() {
    let proxy = proxy().await;
    let mut stream = connect(&proxy).await;
    proxy.inject(TcpFault::Bandwidth(10_000));
    let begun = Instant::now();
    say(&mut stream, &"x".repeat(2_000)).await.unwrap();
    assert!(begun.elapsed() >= 2 * SOON, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn refusing_breaks_open_connections_and_lets_nobody_in() {
    let proxy = proxy().await;
    let mut open = connect(&proxy).await;
    say(&mut open, "a").await.unwrap();
    proxy.inject(TcpFault::Refuse);
    let broken = timeout(LATER, open.read_u8()).await.unwrap();
    assert_eq!(broken.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    // The port is closed as soon as the proxy has noticed.
    timeout(LATER, async { while TcpStream::connect(proxy.address()).await.is_ok() {} }).await.unwrap();
    proxy.heal();
    let again = async {
        loop {
            if let Ok(mut stream) = TcpStream::connect(proxy.address()).await {
                return say(&mut stream, "b").await;
            }
        }
    };
    assert_eq!(timeout(LATER, again).await.unwrap().unwrap(), "b");
}

#[tokio::test]
async fn a_reset_comes_as_soon_as_something_is_sent() {
    let proxy = proxy().await;
    let mut stream = connect(&proxy).await;
    say(&mut stream, "a").await.unwrap();
    proxy.inject(TcpFault::Reset);
    assert!(is_silent(&mut stream).await);
    let broken = say(&mut stream, "b").await.unwrap_err();
    assert_eq!(broken.kind(), io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_black_hole_swallows_and_what_it_swallowed_stays_lost() {
    let proxy = proxy().await;
    let (mut stream, mut silent) = (connect(&proxy).await, connect(&proxy).await);
    say(&mut silent, "a").await.unwrap();
    proxy.inject(TcpFault::BlackHole);
    stream.write_all(b"a").await.unwrap();
    assert!(is_silent(&mut stream).await);
    proxy.heal();
    assert!(timeout(LATER, stream.read_u8()).await.unwrap().is_err());
    // A connection that sent nothing meanwhile has lost nothing.
    assert_eq!(say(&mut silent, "b").await.unwrap(), "b");
}

#[tokio::test]
async fn a_half_open_connection_answers_so_much_and_no_more() {
    let proxy = proxy().await;
    let mut stream = connect(&proxy).await;
    proxy.inject(TcpFault::HalfOpen(3));
    assert_eq!(say(&mut stream, "ab").await.unwrap(), "ab");
    stream.write_all(b"cd").await.unwrap();
    assert_eq!(timeout(LATER, stream.read_u8()).await.unwrap().unwrap(), b'c');
    assert!(is_silent(&mut stream).await);
}

#[tokio::test]
async fn an_idle_connection_is_closed_without_a_word() {
    let proxy = proxy().await;
    let mut stream = connect(&proxy).await;
    proxy.inject(TcpFault::CloseIdle(SOON));
    say(&mut stream, "a").await.unwrap();
    let begun = Instant::now();
    let end = timeout(LATER, stream.read_u8()).await.unwrap().unwrap_err();
    assert_eq!(end.kind(), io::ErrorKind::UnexpectedEof);
    assert!(begun.elapsed() >= SOON / 2);
}

#[tokio::test]
async fn a_connection_may_have_a_fault_of_its_own() {
    let proxy = proxy().await;
    proxy.inject_next(TcpFault::BlackHole);
    let mut first = connect(&proxy).await;
    first.write_all(b"a").await.unwrap();
    assert!(is_silent(&mut first).await);
    let mut second = connect(&proxy).await;
    assert_eq!(say(&mut second, "b").await.unwrap(), "b");
    assert_eq!(proxy.fault(), TcpFault::None);
}

#[tokio::test]
async fn a_schedule_is_followed_and_healed() {
    let proxy = proxy().await;
    let spell = |fault| Spell { fault, length: Duration::from_millis(20) };
    let begun = Instant::now();
    proxy.follow(&Schedule::new([spell(TcpFault::BlackHole), spell(TcpFault::Reset)])).await;
    assert!(begun.elapsed() >= Duration::from_millis(40));
    assert_eq!(proxy.fault(), TcpFault::None);
    assert_eq!(say(&mut connect(&proxy).await, "a").await.unwrap(), "a");
}
