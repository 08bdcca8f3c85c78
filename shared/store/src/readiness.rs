//! Whether DynamoDB answers, and how DAX is, asked at most once a second however often anybody wants to know.

use std::{future::Future, sync::Mutex, time::Duration};

use pennon_domain::{Clock, StoreError, Timestamp};

use crate::{dax::DaxStatus, outage::Remembered, slot::locked};

/// For how long an answer is remembered.
const REMEMBERED: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(crate) struct Readiness {
    last: Mutex<Option<(Timestamp, Result<DaxStatus, Remembered>)>>,
    checking: tokio::sync::Mutex<()>,
}

impl Readiness {
    /// The last answer if it is recent, else the probe's.
    pub(crate) async fn check<F>(
        &self,
        clock: &dyn Clock,
        probe: impl FnOnce() -> F,
    ) -> Result<DaxStatus, StoreError>
    where
        F: Future<Output = Result<DaxStatus, StoreError>>,
    {
        if let Some(answer) = self.recent(clock.now()) {
            return answer;
        }
        let _checking = self.checking.lock().await;
        if let Some(answer) = self.recent(clock.now()) {
            return answer;
        }
        let answer = probe().await;
        let remembered = answer.as_ref().copied().map_err(Remembered::of);
        *locked(&self.last) = Some((clock.now(), remembered));
        answer
    }

    fn recent(&self, now: Timestamp) -> Option<Result<DaxStatus, StoreError>> {
        let (at, answer) = (*locked(&self.last))?;
        let recent = now.since(at).is_some_and(|age| age < REMEMBERED);
        recent.then(|| answer.map_err(Remembered::again))
    }
}
