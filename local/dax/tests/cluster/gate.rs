//! A gate before the database: it can hold one response back.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// Everything passes.
    Open,
    /// The next response is held, but nothing after it.
    Closed,
    /// One is.
    Holding,
}

/// Passes on what the cluster and the database say to each other. Its threads end with their connections.
pub(crate) struct Gate {
    address: SocketAddr,
    door: Arc<(Mutex<State>, Condvar)>,
}

impl Gate {
    pub(crate) fn before(database: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let door = Arc::new((Mutex::new(State::Open), Condvar::new()));
        let shared = Arc::clone(&door);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(database) = TcpStream::connect(database) else { return };
                let (requests, responses) = (client.try_clone().unwrap(), database.try_clone().unwrap());
                thread::spawn(move || pass(requests, database, || {}));
                let door = Arc::clone(&shared);
                thread::spawn(move || pass(responses, client, || wait_at(&door)));
            }
        });
        Self { address, door }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Holds the next response until the gate is opened.
    pub(crate) fn close(&self) {
        self.set(State::Closed);
    }

    pub(crate) fn open(&self) {
        self.set(State::Open);
    }

    pub(crate) fn wait_until_something_is_held(&self) {
        let state = self.door.0.lock().unwrap();
        drop(self.door.1.wait_while(state, |state| *state != State::Holding).unwrap());
    }

    fn set(&self, state: State) {
        *self.door.0.lock().unwrap() = state;
        self.door.1.notify_all();
    }
}

fn wait_at((state, changed): &(Mutex<State>, Condvar)) {
    let mut state = state.lock().unwrap();
    if *state == State::Closed {
        *state = State::Holding;
        changed.notify_all();
        drop(changed.wait_while(state, |state| *state == State::Holding).unwrap());
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut before_each: impl FnMut()) {
    let mut copy = || -> io::Result<()> {
        let mut buffer = vec![0; 16 << 10];
        loop {
            let length = from.read(&mut buffer)?;
            if length == 0 {
                return to.shutdown(std::net::Shutdown::Write);
            }
            before_each();
            to.write_all(&buffer[..length])?;
        }
    };
    // Either side is gone: so is the connection.
    let _ = copy();
}
