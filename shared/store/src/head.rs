//! What is remembered of one HEAD, and when to read it again.

use std::{sync::Arc, time::Duration};

use pennon_domain::{EnvironmentId, Head, StoreError, Timestamp, error_chain};

use crate::{
    Freshness,
    config::Config,
    outage::{Outage, jittered, still_serves},
};

/// How old HEAD may be for a caller that has reason to think that it is out of date. The bound keeps such callers from
/// turning every request into a read.
const NEWEST_TTL: Duration = Duration::from_millis(250);

/// A HEAD, as it was last read.
#[derive(Clone)]
pub(crate) struct Announced {
    pub(crate) head: Arc<Head>,
    pub(crate) stale: bool,
    pub(crate) read_at: Timestamp,
    pub(crate) serial: u64,
}

/// An answer to "which environment is this".
pub(crate) type Answer = Result<Option<Announced>, StoreError>;

/// What is remembered of one HEAD.
pub(crate) struct HeadState {
    known: Known,
    read_at: Timestamp,
    /// For how long from `read_at` it counts as recent.
    ttl: Duration,
    /// Why it could not be read, if that failed the last time.
    outage: Option<Outage>,
    /// Counts the successful reads.
    serial: u64,
    /// Counts the changes that this process made, so that a read that began before one does not count as recent.
    changes: u64,
}

enum Known {
    Nothing,
    Absent,
    Present(Arc<Head>),
}

/// A read of HEAD.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// When it was sent: what it found was true at some later moment.
    pub(crate) began: Timestamp,
    /// When its outcome was known.
    pub(crate) ended: Timestamp,
    /// [`HeadState::changes`] when it was sent.
    pub(crate) changes: u64,
}

impl HeadState {
    /// The answer from memory; `None` is "read HEAD".
    pub(crate) fn current(
        &mut self,
        freshness: Freshness,
        now: Timestamp,
        config: &Config,
    ) -> Option<Answer> {
        if let Some(outage) = self.outage {
            return outage
                .pauses(now)
                .then(|| self.last_good(now, config).ok_or_else(|| outage.error()).map(Some));
        }
        let ttl = match freshness {
            Freshness::Cached => self.ttl,
            Freshness::Newest => self.ttl.min(NEWEST_TTL),
            Freshness::Now => Duration::ZERO,
        };
        // A clock that was set back makes it old: its age is not known.
        let recent = now.since(self.read_at).is_some_and(|age| age < ttl);
        recent.then(|| Ok(self.announced(false)))
    }

    /// What to serve while somebody else finds out whether an outage is over.
    pub(crate) fn meanwhile(&mut self, now: Timestamp, config: &Config) -> Option<Announced> {
        self.outage?;
        self.last_good(now, config)
    }

    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    /// Takes note of a read, and answers the reader.
    pub(crate) fn was_read(
        &mut self,
        id: &EnvironmentId,
        outcome: Result<Option<Head>, StoreError>,
        reading: Reading,
        config: &Config,
    ) -> Answer {
        match outcome {
            Ok(head) => {
                if self.outage.take().is_some() && matches!(self.known, Known::Present(_)) {
                    tracing::info!(environment = %id, "HEAD can be read again");
                }
                self.note(head, reading, config);
                Ok(self.announced(false))
            }
            Err(error) => {
                let last_good = self.last_good(reading.ended, config);
                let outage =
                    Outage::new(&error, reading.ended, last_good.is_some().then_some(config.head_ttl));
                // Once per outage. Without anything to serve the caller gets the error, and logs it.
                if self.outage.replace(outage).is_none() && last_good.is_some() {
                    tracing::warn!(environment = %id, error = error_chain(&error), "HEAD cannot be read: serving the last one");
                }
                last_good.map(Some).ok_or(error)
            }
        }
    }

    /// Forgets that HEAD is recent: this process has just changed it.
    pub(crate) fn expire(&mut self) {
        self.ttl = Duration::ZERO;
        self.outage = None;
        self.changes += 1;
    }

    /// A version below the one known is taken like any other: the read is strongly consistent and reads do not overtake each
    /// other, so it is the truth, as after restoring the table from a backup.
    fn note(&mut self, head: Option<Head>, reading: Reading, config: &Config) {
        let unchanged = matches!((&self.known, &head), (Known::Present(old), Some(new)) if **old == *new);
        if !unchanged {
            self.known = head.map_or(Known::Absent, |head| Known::Present(Arc::new(head)));
        }
        self.read_at = reading.began;
        self.ttl = if reading.changes == self.changes { jittered(config.head_ttl) } else { Duration::ZERO };
        self.serial += 1;
    }

    /// The last HEAD, if it is recent enough to be served while it cannot be read again.
    fn last_good(&mut self, now: Timestamp, config: &Config) -> Option<Announced> {
        let within = still_serves(&mut self.read_at, now, config.max_stale);
        self.announced(true).filter(|_| within)
    }

    fn announced(&self, stale: bool) -> Option<Announced> {
        let Known::Present(head) = &self.known else { return None };
        Some(Announced { head: Arc::clone(head), stale, read_at: self.read_at, serial: self.serial })
    }
}

impl Default for HeadState {
    fn default() -> Self {
        Self {
            known: Known::Nothing,
            read_at: Timestamp::default(),
            ttl: Duration::ZERO,
            outage: None,
            serial: 0,
            changes: 0,
        }
    }
}
