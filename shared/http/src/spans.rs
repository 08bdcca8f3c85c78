//! Spans of requests, by OpenTelemetry: what HTTP has to say in them, and when they are exported. Compiled with the feature `otel` alone.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::Method;
use lambda_http::{Service, lambda_runtime::LambdaInvocation, tower::Layer};
use pennon_telemetry::{KeyValue, RequestSpan, Scope, Tracer, TracesConfig};
use pin_project_lite::pin_project;

use crate::{Error, Request, Route};

/// Where the process makes its spans, if the environment says where they go.
pub(crate) fn tracer() -> Result<Option<Arc<Tracer>>, Error> {
    let Some(config) = TracesConfig::from_env()? else { return Ok(None) };
    Ok(Some(Arc::new(Tracer::new(&config)?)))
}

/// The request begins. Named after the route: a path holds the key of a flag.
pub(crate) fn begin(route: &Route, request: &Request, scope: &Arc<Scope>) -> Option<RequestSpan> {
    let tracer = scope.tracer()?;
    let method = method(&request.method);
    let name = format!("{} {}", method.unwrap_or("HTTP"), route.path);
    let attributes = [
        KeyValue::new("http.request.method", method.unwrap_or("_OTHER")),
        KeyValue::new("http.route", route.path),
        KeyValue::new("faas.invocation_id", scope.request_id().to_owned()),
    ];
    tracer.begin(scope, name, attributes)
}

/// Only those that HTTP knows: a name that a caller made up would be in every figure (OpenTelemetry, semantic conventions for HTTP spans).
fn method(method: &Method) -> Option<&'static str> {
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"]
        .into_iter()
        .find(|known| method == known)
}

/// Has spans made of an invocation, and exports them when its answer has been sent. Within the scope of the invocation.
pub(crate) struct Spans(pub(crate) Option<Arc<Tracer>>);

pub(crate) struct ExportingService<S> {
    service: S,
    tracer: Option<Arc<Tracer>>,
}

pin_project! {
    /// An invocation until its spans have been exported. Not in the background: when it ends, Lambda may freeze the process.
    pub(crate) struct Exporting<F: Future> {
        #[pin]
        future: F,
        tracer: Option<Arc<Tracer>>,
        outcome: Option<F::Output>,
        export: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    }
}

impl<S> Layer<S> for Spans {
    type Service = ExportingService<S>;

    fn layer(&self, service: S) -> Self::Service {
        ExportingService { service, tracer: self.0.clone() }
    }
}

impl<S: Service<LambdaInvocation>> Service<LambdaInvocation> for ExportingService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = Exporting<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        let tracer = self.tracer.clone();
        if let (Some(scope), Some(tracer)) = (Scope::current(), &tracer) {
            scope.set_tracer(Arc::clone(tracer));
        }
        Exporting { future: self.service.call(invocation), tracer, outcome: None, export: None }
    }
}

impl<F: Future> Future for Exporting<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let outcome = if let Some(outcome) = this.outcome.take() {
            outcome
        } else {
            let outcome = ready!(this.future.poll(context));
            let export = this.tracer.take().and_then(Tracer::export);
            *this.export = export.map(|export| Box::pin(export) as _);
            outcome
        };
        if let Some(export) = this.export
            && export.as_mut().poll(context).is_pending()
        {
            *this.outcome = Some(outcome);
            return Poll::Pending;
        }
        Poll::Ready(outcome)
    }
}
