//! The open connections of a node, so that they can be closed.

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::task::JoinHandle;

use crate::sync::lock;

/// The open connections of a node.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    open: Mutex<Open>,
}

/// Whether a call is in flight on a connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Busy(Arc<AtomicBool>);

#[derive(Debug, Default)]
struct Open {
    last: u64,
    tasks: HashMap<u64, (Busy, JoinHandle<()>)>,
}

/// Takes a connection off the list, however it ended.
struct Entry {
    connections: Arc<Connections>,
    number: u64,
}

impl Connections {
    /// Serves a connection in a task of its own. Must be called on the cluster's runtime.
    pub(crate) fn open<F>(self: &Arc<Self>, serve: impl FnOnce(Busy) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut open = lock(&self.open);
        open.last += 1;
        let entry = Entry { connections: Arc::clone(self), number: open.last };
        let (number, busy) = (open.last, Busy::default());
        let serving = serve(busy.clone());
        let task = tokio::spawn(async move {
            let _entry = entry;
            serving.await;
        });
        open.tasks.insert(number, (busy, task));
    }

    pub(crate) fn count(&self) -> u64 {
        lock(&self.open).tasks.len() as u64
    }

    pub(crate) async fn close_all(&self) {
        let tasks = std::mem::take(&mut lock(&self.open).tasks);
        close(tasks.into_values().map(|(_, task)| task).collect()).await;
    }

    /// Closes those without a call in flight, and counts them. Must be called on the cluster's runtime: between two
    /// steps of a connection, which cannot begin a call meanwhile.
    pub(crate) async fn close_idle(&self) -> usize {
        let is_idle = |_: &u64, (busy, _): &mut (Busy, JoinHandle<()>)| !busy.get();
        let idle = lock(&self.open).tasks.extract_if(is_idle).map(|(_, (_, task))| task).collect();
        close(idle).await
    }
}

impl Busy {
    pub(crate) fn set(&self, is_busy: bool) {
        self.0.store(is_busy, Ordering::Relaxed);
    }

    fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        lock(&self.connections.open).tasks.remove(&self.number);
    }
}

/// Ends them all, and with them their sockets.
async fn close(tasks: Vec<JoinHandle<()>>) -> usize {
    tasks.iter().for_each(JoinHandle::abort);
    let count = tasks.len();
    for task in tasks {
        // It was cancelled, which is an error to whoever waits.
        let _ = task.await;
    }
    count
}
