//! Who asks what, in which order, and what each caller remembers. The questions follow from the seed and their numbers alone.

use std::sync::{Mutex, PoisonError};

use fastrand::Rng;

use crate::{
    content::Content,
    oracle::{Asked, Known, Outcome},
    user::User,
    zipf::Zipf,
};

/// Of a thousand requests, so many are of each kind; the rest are polls.
const EVALUATIONS: u32 = 230;
const SNAPSHOTS: u32 = 30;
const UNKNOWN_FLAGS: u32 = 5;
const UNKNOWN_KEYS: u32 = 5;
const READS: u32 = 10;
/// What remains of a thousand.
const POLLS: u32 = 1000 - EVALUATIONS - SNAPSHOTS - UNKNOWN_FLAGS - UNKNOWN_KEYS - READS;
/// How much more often the first flags are asked for than the others: near that of web traffic.
const EXPONENT: f64 = 1.0;
/// In-process providers for each environment: each remembers the last snapshot.
const PROVIDERS: usize = 4;

/// How many there are of what.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Environments.
    pub environments: usize,
    /// Callers who poll.
    pub pollers: usize,
}

impl Size {
    /// So many pollers that, at that rate of requests, the share of polls that find nothing new is about `unchanged`.
    ///
    /// Each second one environment changes, each in its turn. A poller whose environment changes every `environments` seconds and
    /// who comes back after `t` seconds on average finds something new with the probability `t / environments`.
    pub fn for_unchanged(environments: usize, rate: f64, unchanged: f64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a handful of environments")]
        let interval = (1.0 - unchanged) * environments as f64;
        let pollers = rate * f64::from(POLLS) / 1000.0 * interval;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most some thousands")]
        let pollers = (pollers.round() as usize).max(environments);
        Self { environments, pollers }
    }
}

/// The callers.
#[derive(Debug)]
pub struct Crowd {
    seed: u64,
    size: Size,
    zipf: Zipf,
    flags: usize,
    /// Those who poll, then the in-process providers.
    memories: Vec<Mutex<Option<Known>>>,
}

/// A question, and who asks it if he remembers the answer.
#[derive(Clone, Debug)]
pub struct Question {
    /// What is asked.
    pub asked: Asked,
    memory: Option<usize>,
}

impl Crowd {
    /// That many callers of environments of that content.
    pub fn new(seed: u64, size: Size, content: Content) -> Self {
        let memories = size.pollers + size.environments * PROVIDERS;
        let memories = (0..memories).map(|_| Mutex::default()).collect();
        Self { seed, size, zipf: Zipf::new(content.flags(), EXPONENT), flags: content.flags(), memories }
    }

    /// How many there are of what.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The question of that number, with what its caller remembers by now.
    pub fn question(&self, number: u64) -> Question {
        let mut random = Rng::with_seed(self.seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let (environment, user) = (random.usize(..self.size.environments), User(random.usize(..1000)));
        let mut kind = random.u32(..1000);
        let mut is = |share: u32| {
            let hit = kind < share;
            kind = kind.wrapping_sub(share);
            hit
        };
        if is(POLLS) {
            return self.poll(random.usize(..self.size.pollers));
        }
        let asked = if is(EVALUATIONS) {
            Asked::Evaluate { environment, user, flag: self.flag(&mut random) }
        } else if is(SNAPSHOTS) {
            return self.snapshot(environment, random.usize(..PROVIDERS));
        } else if is(UNKNOWN_FLAGS) {
            Asked::UnknownFlag { environment, user }
        } else if is(UNKNOWN_KEYS) {
            Asked::UnknownKey { user }
        } else {
            Asked::Manage { environment, flag: self.flag(&mut random) }
        };
        Question { asked, memory: None }
    }

    /// Has the caller remember the answer.
    pub fn remember(&self, question: &Question, outcome: &Outcome) {
        let Outcome::Answered { known, .. } = outcome else { return };
        if let Some(memory) = question.memory.and_then(|memory| self.memories.get(memory)) {
            *memory.lock().unwrap_or_else(PoisonError::into_inner) = Some(known.clone());
        }
    }

    /// Has every caller forget what he knows.
    pub fn forget(&self) {
        for memory in &self.memories {
            *memory.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    fn poll(&self, poller: usize) -> Question {
        let (environment, user) = (poller % self.size.environments, User(poller / self.size.environments));
        let asked = Asked::Poll { environment, user, known: self.recall(poller) };
        Question { asked, memory: Some(poller) }
    }

    fn snapshot(&self, environment: usize, provider: usize) -> Question {
        let memory = self.size.pollers + environment * PROVIDERS + provider;
        Question { asked: Asked::Snapshot { environment, known: self.recall(memory) }, memory: Some(memory) }
    }

    fn recall(&self, memory: usize) -> Option<Known> {
        self.memories.get(memory)?.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The popular flags are of every kind, not the first kinds of rules alone.
    fn flag(&self, random: &mut Rng) -> usize {
        (self.zipf.rank(random.f64()) * 7) % self.flags.max(1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::oracle::Kind;

    fn crowd(seed: u64) -> Crowd {
        Crowd::new(seed, Size { environments: 4, pollers: 100 }, Content::new(50))
    }

    fn kinds(crowd: &Crowd) -> BTreeMap<Kind, u32> {
        let mut kinds = BTreeMap::new();
        for number in 0..20_000 {
            *kinds.entry(crowd.question(number).asked.kind()).or_default() += 1;
        }
        kinds
    }

    #[test]
    fn every_kind_of_question_comes_as_often_as_it_should() {
        let kinds = kinds(&crowd(1));
        let per_mille = |kind| f64::from(kinds[&kind]) / 20.0;
        for (kind, expected) in [
            (Kind::Poll, POLLS),
            (Kind::Evaluate, EVALUATIONS),
            (Kind::Snapshot, SNAPSHOTS),
            (Kind::UnknownFlag, UNKNOWN_FLAGS),
            (Kind::UnknownKey, UNKNOWN_KEYS),
            (Kind::Manage, READS),
        ] {
            let off = per_mille(kind) / f64::from(expected);
            assert!((0.7..1.3).contains(&off), "{kind:?}: {} of {expected}", per_mille(kind));
        }
    }

    #[test]
    fn a_seed_asks_the_same_questions_again_and_another_one_others() {
        let questions = |seed| {
            let crowd = crowd(seed);
            (0..100).map(|number| format!("{:?}", crowd.question(number).asked)).collect::<Vec<_>>()
        };
        assert_eq!(questions(5), questions(5));
        assert_ne!(questions(5), questions(6));
    }

    #[test]
    fn a_caller_remembers_the_last_answer() {
        let crowd = crowd(1);
        let question = crowd.poll(42);
        let known = Known { tag: "\"a\"".to_owned(), version: 3, stale: false };
        crowd.remember(&question, &Outcome::Answered { known: known.clone(), unchanged: false });
        assert!(matches!(crowd.poll(42).asked, Asked::Poll { known: Some(found), .. } if found == known));
        assert!(matches!(crowd.poll(41).asked, Asked::Poll { known: None, .. }));
        crowd.forget();
        assert!(matches!(crowd.poll(42).asked, Asked::Poll { known: None, .. }));
    }

    #[test]
    fn slower_changes_and_more_requests_need_more_pollers() {
        let size = Size::for_unchanged(8, 1000.0, 0.8);
        // 720 polls a second, each poller back after 1.6 s.
        assert_eq!(size.pollers, 1152);
        assert_eq!(Size::for_unchanged(4, 0.0, 0.8).pollers, 4);
    }
}
