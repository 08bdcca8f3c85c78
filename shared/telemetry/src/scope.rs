//! What is known of a request while it is answered.

use std::{
    fmt,
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use pennon_domain::{EnvironmentId, Head, Timestamp};
use tokio::task::futures::TaskLocalFuture;

use crate::{Phase, Took, Trace, phase::Phases};

tokio::task_local! {
    static CURRENT: Arc<Scope>;
}

/// What is known of a request while it is answered. Whatever the task of the request does, [`Scope::current`] is this.
pub struct Scope {
    request_id: String,
    /// Whether anybody wants to know how long its parts take.
    timed: AtomicBool,
    state: Mutex<State>,
    #[cfg(feature = "otel")]
    tracer: std::sync::OnceLock<Arc<crate::Tracer>>,
}

/// A future within a scope.
pub type Scoped<F> = TaskLocalFuture<Arc<Scope>, F>;

/// From what a request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    /// When it was last confirmed that this is the current version.
    pub confirmed: Timestamp,
    /// Whether it may not be the current one any more.
    pub stale: bool,
}

#[derive(Default)]
struct State {
    trace: Option<Trace>,
    about: Option<About>,
    served: Option<Served>,
    phases: Phases,
    faulty: bool,
}

/// What a request is about.
enum About {
    Environment(EnvironmentId),
    Version(Arc<Head>),
}

impl Scope {
    /// The scope of the request with that identity.
    pub fn new(request_id: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            request_id: request_id.into(),
            timed: AtomicBool::default(),
            state: Mutex::default(),
            #[cfg(feature = "otel")]
            tracer: std::sync::OnceLock::new(),
        })
    }

    /// The scope of the request that this task answers, if it answers one.
    pub fn current() -> Option<Arc<Self>> {
        CURRENT.try_with(Arc::clone).ok()
    }

    /// Has the future run within this scope.
    pub fn run<F: Future>(self: Arc<Self>, future: F) -> Scoped<F> {
        CURRENT.scope(self, future)
    }

    /// Has the closure run within this scope.
    pub fn enter<R>(self: Arc<Self>, body: impl FnOnce() -> R) -> R {
        CURRENT.sync_scope(self, body)
    }

    /// The identity of the request.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The request belongs to that trace, or to none.
    pub fn set_trace(&self, trace: Option<Trace>) {
        self.locked().trace = trace;
    }

    /// The trace that the request belongs to.
    pub fn trace(&self) -> Option<Trace> {
        self.locked().trace
    }

    /// Spans of the request are made there, if that is said before it begins.
    #[cfg(feature = "otel")]
    pub fn set_tracer(&self, tracer: Arc<crate::Tracer>) {
        // Whoever said it first stays.
        let _ = self.tracer.set(tracer);
    }

    /// Where spans of the request are made.
    #[cfg(feature = "otel")]
    pub fn tracer(&self) -> Option<&crate::Tracer> {
        self.tracer.get().map(AsRef::as_ref)
    }

    /// Somebody wants to know how long the parts of the request take.
    pub fn measure(&self) {
        self.timed.store(true, Ordering::Relaxed);
    }

    /// How long a part of the request took; `None` if there was no such part, or nobody wanted to know.
    pub fn duration_of(&self, phase: Phase) -> Option<Took> {
        self.locked().phases.get(phase)
    }

    /// From what the request was answered, if from any version of flags.
    pub fn served(&self) -> Option<Served> {
        self.locked().served
    }

    /// The request could not be answered, and that is our fault.
    pub fn set_faulty(&self) {
        self.locked().faulty = true;
    }

    /// Whether it could not be answered, and that is our fault.
    pub fn is_faulty(&self) -> bool {
        self.locked().faulty
    }

    /// Calls `say` with the environment and the version that the request is about, as far as they are known.
    pub(crate) fn about<R>(&self, say: impl FnOnce(Option<&EnvironmentId>, Option<u64>) -> R) -> R {
        match &self.locked().about {
            None => say(None, None),
            Some(About::Environment(id)) => say(Some(id), None),
            Some(About::Version(head)) => say(Some(&head.environment), Some(head.version)),
        }
    }

    pub(crate) fn with_current(note: impl FnOnce(&Self)) {
        // Without a request there is nobody to tell.
        let _ = CURRENT.try_with(|scope| note(scope));
    }

    pub(crate) fn current_if_timed() -> Option<Arc<Self>> {
        let timed = |scope: &Arc<Self>| scope.timed.load(Ordering::Relaxed).then(|| Arc::clone(scope));
        CURRENT.try_with(timed).ok().flatten()
    }

    pub(crate) fn is_about(&self, id: EnvironmentId) {
        self.locked().about = Some(About::Environment(id));
    }

    pub(crate) fn has_head(&self, head: Arc<Head>) {
        self.locked().about = Some(About::Version(head));
    }

    pub(crate) fn serves(&self, served: Served) {
        self.locked().served = Some(served);
    }

    pub(crate) fn took(&self, phase: Phase, began: Instant, duration: Duration) {
        self.locked().phases.add(phase, began, duration);
    }

    /// Nothing panics while it holds the lock.
    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("request_id", &self.request_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use pennon_domain::Bucketing;

    use super::*;
    use crate::note;

    fn head() -> Arc<Head> {
        Arc::new(Head {
            environment: "shop.test".parse().unwrap(),
            version: 7,
            published: Timestamp::default(),
            config_etag: String::new(),
            bucketing: Bucketing::V3,
            chunks: 1,
            sha256: [0; 32],
            keys: BTreeMap::new(),
        })
    }

    fn run<F: Future>(future: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn what_is_noted_on_the_way_is_known_at_the_end() {
        let scope = Scope::new("req-1");
        let served = Served { confirmed: Timestamp::from_millis(5), stale: true };
        run(Arc::clone(&scope).run(async move {
            note::environment(&"shop.live".parse().unwrap());
            assert_eq!(about(&Scope::current().unwrap()), (Some("shop.live".into()), None));
            tokio::task::yield_now().await;
            note::served(&head(), served.confirmed, served.stale);
        }));
        assert_eq!(about(&scope), (Some("shop.test".into()), Some(7)));
        assert_eq!(scope.served(), Some(served));
        assert!(Scope::current().is_none());
    }

    #[test]
    fn without_a_request_notes_come_to_nothing() {
        note::head(&head());
        drop(note::begins(Phase::Head));
    }

    #[test]
    fn times_are_taken_only_if_somebody_wants_to_know_and_add_up() {
        let scope = Scope::new("req-1");
        let twice = || async {
            for _ in 0..2 {
                let _timer = note::begins(Phase::Head);
                std::thread::sleep(Duration::from_millis(2));
            }
        };
        run(Arc::clone(&scope).run(twice()));
        assert_eq!(scope.duration_of(Phase::Head), None);
        scope.measure();
        run(Arc::clone(&scope).run(twice()));
        assert!(scope.duration_of(Phase::Head).unwrap().duration >= Duration::from_millis(4));
        assert_eq!(scope.duration_of(Phase::Snapshot), None);
    }

    fn about(scope: &Scope) -> (Option<String>, Option<u64>) {
        scope.about(|environment, version| (environment.map(ToString::to_string), version))
    }
}
