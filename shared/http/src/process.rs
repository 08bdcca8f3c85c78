//! What every function does around its work, whatever it is invoked with: starts logging and counting, opens its state, and gives each
//! invocation a scope. With `lambda`, `authorizer` and `stream`, the only file that names `lambda_http`.

use std::{
    future::Future,
    pin::Pin,
    process::ExitCode,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};

use lambda_http::{
    Service,
    lambda_runtime::{LambdaInvocation, Runtime},
    tower::Layer,
};
use pennon_domain::error_chain;
use pennon_telemetry::{Emitter, MetricsConfig, Scope, Scoped, Trace};
use pin_project_lite::pin_project;

use crate::{Error, metrics, telemetry};

/// A process that has started: it logs, counts, and has its state.
pub(crate) struct Process<S> {
    pub(crate) state: S,
    emitter: Option<Arc<Emitter>>,
    #[cfg(feature = "otel")]
    tracer: Option<Arc<pennon_telemetry::Tracer>>,
}

/// The state of a function that needs none, to be opened by `serve`.
pub async fn stateless() -> Result<(), Error> {
    Ok(())
}

impl<M, S> Process<(M, S)> {
    /// The same process without the first part of its state.
    pub(crate) fn split(self) -> (Process<S>, M) {
        let (first, state) = self.state;
        let process = Process {
            state,
            emitter: self.emitter,
            #[cfg(feature = "otel")]
            tracer: self.tracer,
        };
        (process, first)
    }
}

impl<S> Process<S> {
    /// Starts logging first, so that whatever keeps the process from starting is in the log. That is all there is to say then: `None`.
    pub(crate) async fn start<E: Into<Error>>(open: impl AsyncFnOnce() -> Result<S, E>) -> Option<Self> {
        let began = Instant::now();
        telemetry::init();
        let started = async {
            Ok::<_, Error>(Self {
                emitter: emitter()?,
                #[cfg(feature = "otel")]
                tracer: crate::spans::tracer()?,
                // Boxed: it is run once, and its future is many times the size of that of an answer.
                state: Box::pin(open()).await.map_err(Into::into)?,
            })
        };
        match started.await {
            Ok(process) => {
                metrics::cold_start(began.elapsed());
                Some(process)
            }
            Err(error) => {
                tracing::error!(error = error_chain(error.as_ref()), "the function cannot start");
                None
            }
        }
    }

    /// Answers invocations until the process is stopped.
    pub(crate) async fn run<R>(self, runtime: Runtime<R>) -> ExitCode
    where
        R: Service<LambdaInvocation, Response = (), Error = Error>,
    {
        #[cfg(feature = "otel")]
        let runtime = runtime.layer(crate::spans::Spans(self.tracer));
        let Err(error) = runtime.layer(Scopes(self.emitter)).run().await else { return ExitCode::SUCCESS };
        tracing::error!(error = error_chain(error.as_ref()), "the runtime cannot be reached");
        ExitCode::FAILURE
    }
}

fn emitter() -> Result<Option<Arc<Emitter>>, Error> {
    let Some(config) = MetricsConfig::from_env()? else { return Ok(None) };
    let emitter = Emitter::install(config)?;
    metrics::describe();
    Ok(Some(Arc::new(emitter)))
}

/// Gives each invocation a scope, and writes what was counted when its answer has been sent: nobody waits for that.
struct Scopes(Option<Arc<Emitter>>);

struct ScopedService<S> {
    service: S,
    emitter: Option<Arc<Emitter>>,
}

pin_project! {
    /// An invocation from its event to the moment when its answer has been sent.
    struct Invocation<F> {
        #[pin]
        future: Scoped<F>,
        scope: Arc<Scope>,
        emitter: Option<Arc<Emitter>>,
    }
}

impl<S> Layer<S> for Scopes {
    type Service = ScopedService<S>;

    fn layer(&self, service: S) -> Self::Service {
        ScopedService { service, emitter: self.0.clone() }
    }
}

impl<S: Service<LambdaInvocation>> Service<LambdaInvocation> for ScopedService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = Invocation<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        let scope = Scope::new(invocation.context.request_id.as_str());
        scope.set_trace(Trace::from_headers(None, invocation.context.xray_trace_id.as_deref()));
        let future = Arc::clone(&scope).enter(|| self.service.call(invocation));
        let future = Arc::clone(&scope).run(future);
        Invocation { future, scope, emitter: self.emitter.clone() }
    }
}

impl<F: Future> Future for Invocation<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let outcome = ready!(this.future.poll(context));
        if let Some(emitter) = this.emitter {
            emitter.after_invocation(this.scope);
        }
        Poll::Ready(outcome)
    }
}
