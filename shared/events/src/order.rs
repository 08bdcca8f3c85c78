//! Which events may be sent together.

use std::collections::{BTreeMap, VecDeque};

use pennon_domain::{ChangeEvent, ProjectKey};

/// Events of a request (`PutEvents`, EventBridge API reference).
const MAX_ENTRIES: usize = 10;
/// Bytes of all events of a request, counted as EventBridge counts them.
const MAX_REQUEST_BYTES: usize = 256 * 1024;
/// What EventBridge counts for the time of an event, and at most what the names of bus, source and type come to.
const ENVELOPE_BYTES: usize = 128;

/// The events that are not accepted yet.
///
/// Some events of a request may be refused while others are accepted. So a request has at most one event of a project: the first
/// that is left. Whatever becomes of it, no event overtakes another of its project.
pub(crate) struct Queues<'a> {
    events: &'a [ChangeEvent],
    /// By project, where its events stand in `events`. None is empty.
    waiting: BTreeMap<&'a ProjectKey, VecDeque<usize>>,
    accepted: usize,
}

impl<'a> Queues<'a> {
    pub(crate) fn new(events: &'a [ChangeEvent]) -> Self {
        let mut waiting: BTreeMap<_, VecDeque<_>> = BTreeMap::new();
        for (index, event) in events.iter().enumerate() {
            waiting.entry(&event.project).or_default().push_back(index);
        }
        Self { events, waiting, accepted: 0 }
    }

    /// What to send next, the oldest first; nothing if all is done.
    pub(crate) fn next(&self) -> Vec<(usize, &'a ChangeEvent)> {
        let mut first: Vec<usize> =
            self.waiting.values().filter_map(|queue| queue.front().copied()).collect();
        first.sort_unstable();
        let mut bytes = 0_usize;
        let events = first.into_iter().filter_map(|index| Some((index, self.events.get(index)?)));
        let fitting = events.take(MAX_ENTRIES).take_while(|(_, event)| {
            let taken = bytes;
            bytes = bytes.saturating_add(event.detail.len()).saturating_add(ENVELOPE_BYTES);
            // One that is too large by itself is for EventBridge to refuse.
            taken == 0 || bytes <= MAX_REQUEST_BYTES
        });
        fitting.collect()
    }

    /// The first event of its project was accepted.
    pub(crate) fn accepted(&mut self, event: &ChangeEvent) {
        let Some(queue) = self.waiting.get_mut(&event.project) else { return };
        queue.pop_front();
        self.accepted += 1;
        if queue.is_empty() {
            self.waiting.remove(&event.project);
        }
    }

    /// How many were accepted.
    pub(crate) fn accepted_so_far(&self) -> usize {
        self.accepted
    }

    /// The oldest that is left.
    pub(crate) fn first(&self) -> Option<usize> {
        self.waiting.values().filter_map(|queue| queue.front().copied()).min()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use pennon_domain::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn event(project: usize, bytes: usize) -> ChangeEvent {
        ChangeEvent {
            at: Timestamp::from_millis(0),
            project: format!("p{project}").parse().unwrap(),
            detail_type: "Flag Changed",
            detail: "x".repeat(bytes),
        }
    }

    #[test]
    fn a_request_stays_within_the_limits() {
        let small: Vec<_> = (0..12).map(|project| event(project, 10)).collect();
        assert_eq!(Queues::new(&small).next().len(), MAX_ENTRIES);
        let large: Vec<_> = (0..3).map(|project| event(project, 120 * 1024)).collect();
        assert_eq!(Queues::new(&large).next().len(), 2);
        let huge = [event(0, 300 * 1024), event(1, 1)];
        assert_eq!(Queues::new(&huge).next().len(), 1);
    }

    proptest! {
        /// Whatever is accepted, and whatever is refused for a while.
        #[test]
        fn every_event_is_sent_and_none_overtakes_another_of_its_project(
            projects in prop::collection::vec(0_usize..4, 0..40),
            accepts in prop::collection::vec(any::<bool>(), 1..50),
        ) {
            let events: Vec<_> = projects.into_iter().map(|project| event(project, 10)).collect();
            let mut accepts = accepts.into_iter().chain([true]).cycle();
            let mut queues = Queues::new(&events);
            let mut accepted = Vec::new();
            while let Some(first) = queues.first() {
                let sent = queues.next();
                prop_assert_eq!(sent.first().map(|(index, _)| *index), Some(first));
                let together: BTreeSet<_> = sent.iter().map(|(_, event)| &event.project).collect();
                prop_assert_eq!(together.len(), sent.len());
                for (index, event) in sent {
                    if accepts.next() == Some(true) {
                        queues.accepted(event);
                        accepted.push(index);
                    }
                }
            }
            let all: BTreeSet<_> = accepted.iter().copied().collect();
            prop_assert_eq!((accepted.len(), all.len()), (events.len(), events.len()));
            for event in &events {
                let of_project = accepted.iter().filter(|index| events[**index].project == event.project);
                prop_assert!(of_project.is_sorted());
            }
        }
    }
}
