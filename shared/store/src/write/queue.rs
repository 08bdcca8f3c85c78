//! The queue for an environment, when several want to change it.
//!
//! Whoever loses a race for HEAD, or finds others waiting, notes in the `ops` table since when it has been trying, and lets those go
//! first who have been trying for longer. This is a courtesy and no lock: what may be written is decided by the conditions of the
//! transaction alone, so nothing depends on this item, on clocks, or on whether those ahead are still alive. Without it the last
//! winner, who has the content at hand, wins again and again.

use std::{collections::HashMap, sync::Arc, time::Duration};

use pennon_domain::Timestamp;
use tokio::time::Instant;

use crate::{
    item::{Item, Key, TTL, number, number_of},
    slot::Slot,
    table::Table,
};

/// How often a change that waits gives a sign of life.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);
/// After how long without one it is taken for dead.
const DEAD: Duration = Duration::from_secs(4);
/// When DynamoDB may delete the item, after the last change joined.
const KEPT: Duration = Duration::from_hours(1);

/// How long a change takes that has nobody ahead, until that is known better.
const FIRST_GUESS: Duration = Duration::from_millis(40);

/// However many are ahead, a change looks again after that long.
const LONGEST_PAUSE: Duration = Duration::from_millis(800);

/// The attributes that are tickets: their names sort by age.
const TICKET: &str = "t-";

/// A change, and where it stands among the others.
#[derive(Debug)]
pub(crate) struct Queue {
    ops: Table,
    slot: Arc<Slot>,
    key: Key,
    since: Timestamp,
    ticket: String,
    /// Counts the signs of life.
    beat: u64,
    /// When it gave the last one; `None`: it has not joined.
    joined: Option<Instant>,
    /// The last sign of life of each change that is ahead, and when it was first seen.
    seen: HashMap<String, (u64, Instant)>,
    /// How many were ahead at first, and when that was.
    began: Option<(usize, Instant)>,
}

impl Queue {
    pub(crate) fn new(ops: &Table, slot: Arc<Slot>, since: Timestamp) -> Self {
        Self {
            ops: ops.clone(),
            key: Key { pk: format!("QUEUE#{}", slot.id), sk: "QUEUE".to_owned() },
            slot,
            since,
            ticket: format!("{TICKET}{:015}-{:08x}", since.as_millis(), fastrand::u32(..)),
            beat: 0,
            joined: None,
            seen: HashMap::new(),
            began: None,
        }
    }

    /// Whether to look first and propose then: it stands in the queue, or the last change of this process found others there.
    pub(crate) fn is_likely(&self) -> bool {
        self.joined.is_some() || self.slot.is_contended()
    }

    /// How many are ahead and alive. None, if that cannot be told.
    pub(crate) async fn ahead(&mut self) -> usize {
        let item = self.ops.get(self.key.clone(), "reading the queue").await.ok().flatten();
        let signs: HashMap<String, u64> = item.map(|item| self.signs_ahead(&item)).unwrap_or_default();
        self.seen.retain(|ticket, _| signs.contains_key(ticket));
        let mut alive = 0;
        for (ticket, beat) in signs {
            let seen = self.seen.entry(ticket).or_insert_with(|| (beat, Instant::now()));
            if seen.0 != beat {
                *seen = (beat, Instant::now());
            }
            alive += usize::from(seen.1.elapsed() < DEAD);
        }
        if alive > 0 {
            self.began.get_or_insert((alive, Instant::now()));
        }
        alive
    }

    /// How long to wait before looking again, when that many are ahead: three quarters of the time that they will take, to judge by those
    /// that were ahead before.
    pub(crate) fn pause(&self, ahead: usize) -> Duration {
        let pace = self.began.and_then(|(began, since)| {
            let gone = u32::try_from(began.checked_sub(ahead)?).ok()?;
            since.elapsed().checked_div(gone)
        });
        let places = u32::try_from(2 * ahead).unwrap_or(u32::MAX).saturating_sub(1);
        (pace.unwrap_or(FIRST_GUESS).saturating_mul(places) * 3 / 8).min(LONGEST_PAUSE)
    }

    /// Joins, or gives a sign of life when it is time for one; whether that worked.
    pub(crate) async fn join(&mut self) -> bool {
        if self.joined.is_some_and(|last| last.elapsed() < SIGN_OF_LIFE) {
            return true;
        }
        self.beat = self.beat.saturating_add(1);
        let update = self.ops.update_item().set_key(Some(self.key.clone().attributes()));
        let update = update
            .update_expression("SET #ticket = :beat, #ttl = :ttl")
            .expression_attribute_names("#ticket", &self.ticket)
            .expression_attribute_names("#ttl", TTL)
            .expression_attribute_values(":beat", number(self.beat))
            .expression_attribute_values(":ttl", number(self.since.plus(KEPT).as_secs()));
        if update.send().await.is_err() {
            return false;
        }
        self.joined = Some(Instant::now());
        true
    }

    /// Leaves, and takes those along who are dead.
    pub(crate) async fn leave(self) {
        self.slot.set_contended(self.joined.is_some());
        if self.joined.is_none() {
            return;
        }
        let dead =
            self.seen.iter().filter(|(_, (_, since))| since.elapsed() >= DEAD).map(|(ticket, _)| ticket);
        let mut update = self.ops.update_item().set_key(Some(self.key.attributes()));
        let mut names = Vec::new();
        for (index, ticket) in dead.chain([&self.ticket]).enumerate() {
            update = update.expression_attribute_names(format!("#t{index}"), ticket);
            names.push(format!("#t{index}"));
        }
        // Whoever cannot leave is dead to the others after a while.
        drop(update.update_expression(format!("REMOVE {}", names.join(", "))).send().await);
    }

    fn signs_ahead(&self, item: &Item) -> HashMap<String, u64> {
        let tickets = item.keys().filter(|name| name.starts_with(TICKET) && **name < self.ticket);
        tickets.filter_map(|ticket| Some((ticket.clone(), number_of(item, ticket)?))).collect()
    }
}
