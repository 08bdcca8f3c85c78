//! Whether and when a call is made again.

use std::net::SocketAddr;
use std::time::Duration;

/// The pause before the first retry after a throttling error and the like: that of the official clients. It doubles each time;
/// half of it is random.
const PAUSE: Duration = Duration::from_millis(70);

/// What to do after an attempt that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing: it would fail again, or might do something twice.
    GiveUp,
    /// Again on an authorized connection, once.
    Authorize,
    /// Again, at another node if there is one. Whether anything was sent says if the cluster had to do with it already.
    FailOver { sent: bool },
    /// Again after a pause.
    Pause,
}

/// What one call has gone through.
#[derive(Debug)]
pub(super) struct Attempts {
    /// How many more retries there may be. Those after authorization do not count, nor those of a call that was never sent as long as
    /// there are nodes that it was not tried at.
    retries_left: u32,
    retries: u32,
    authorized: bool,
    /// Where it failed.
    pub(super) tried: Vec<SocketAddr>,
}

impl Attempts {
    pub(super) fn new(max_retries: u32) -> Self {
        Self { retries_left: max_retries, retries: 0, authorized: false, tried: Vec::new() }
    }

    /// How long to wait before the call is made again; `None`: it is not. `others` says whether there are nodes that it was not tried
    /// at, this one left out.
    pub(super) fn pause_before(
        &mut self,
        next: Next,
        node: SocketAddr,
        others: impl FnOnce(&[SocketAddr]) -> bool,
    ) -> Option<Duration> {
        match next {
            Next::GiveUp => None,
            Next::Authorize => (!std::mem::replace(&mut self.authorized, true)).then_some(Duration::ZERO),
            Next::Pause => self.retry(),
            Next::FailOver { sent } => {
                self.tried.push(node);
                match (sent, others(&self.tried)) {
                    (false, true) => Some(Duration::ZERO),
                    // It may be a matter of this connection alone.
                    (true, _) => self.retry().map(|_| Duration::ZERO),
                    (false, false) => self.retry(),
                }
            }
        }
    }

    fn retry(&mut self) -> Option<Duration> {
        self.retries_left = self.retries_left.checked_sub(1)?;
        let pause = PAUSE.saturating_mul(1 << self.retries.min(8)).mul_f64(0.5 + 0.5 * fastrand::f64());
        self.retries += 1;
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(port: u16) -> SocketAddr {
        ([127, 0, 0, 1], port).into()
    }

    fn pauses(attempts: &mut Attempts, next: Next, others: bool) -> Option<bool> {
        attempts.pause_before(next, node(1), |_| others).map(|pause| !pause.is_zero())
    }

    #[test]
    fn retries_are_counted_and_pauses_grow() {
        let mut attempts = Attempts::new(4);
        for at_most in [70, 140, 280, 560] {
            let pause = attempts.pause_before(Next::Pause, node(1), |_| true).unwrap();
            assert!((at_most / 2..=at_most).contains(&pause.as_millis()), "{pause:?}");
        }
        assert_eq!(pauses(&mut attempts, Next::Pause, true), None);
    }

    #[test]
    fn authorization_is_tried_again_once() {
        let mut attempts = Attempts::new(0);
        assert_eq!(pauses(&mut attempts, Next::Authorize, true), Some(false));
        assert_eq!(pauses(&mut attempts, Next::Authorize, true), None);
    }

    #[test]
    fn what_was_never_sent_goes_to_every_node() {
        let mut attempts = Attempts::new(1);
        for _ in 0..10 {
            assert_eq!(pauses(&mut attempts, Next::FailOver { sent: false }, true), Some(false));
        }
        assert_eq!(pauses(&mut attempts, Next::FailOver { sent: false }, false), Some(true));
        assert_eq!(pauses(&mut attempts, Next::FailOver { sent: false }, false), None);
        assert_eq!(attempts.tried.len(), 12);
    }

    #[test]
    fn what_was_sent_is_tried_again_at_once_but_not_for_ever() {
        let mut attempts = Attempts::new(2);
        for expected in [Some(false), Some(false), None] {
            assert_eq!(pauses(&mut attempts, Next::FailOver { sent: true }, false), expected);
        }
        assert_eq!(pauses(&mut Attempts::new(2), Next::GiveUp, true), None);
    }
}
