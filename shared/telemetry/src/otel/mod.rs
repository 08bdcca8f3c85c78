//! Spans of requests, by OpenTelemetry. Compiled with the feature `otel` alone; docs/TRACING.md says what they tell, and ADR 0014 why
//! they are made like this.
//!
//! The SDK decides which requests are sampled and gives ids; the exporter speaks OTLP. Neither of the SDK's own ways of bringing
//! them together is used: one waits for the receiver while a span ends, which is before the answer is sent, and the other has a thread,
//! which Lambda freezes.

mod config;
mod export;

use std::{
    future::Future,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use opentelemetry::{
    Context, InstrumentationScope,
    trace::{
        Span as _, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId,
        TraceState, Tracer as _, TracerProvider as _,
    },
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{IdGenerator, RandomIdGenerator, SdkTracer, SdkTracerProvider, Span, SpanData, SpanProcessor},
};

pub use config::TracesConfig;
pub use export::TracerError;
pub use opentelemetry::KeyValue;

use crate::{Phase, RELEASE, Scope, Trace};
use export::Exporter;

/// Makes the spans of a process, and keeps them until they are exported.
#[derive(Debug)]
pub struct Tracer {
    sdk: SdkTracer,
    finished: Finished,
    exporter: Exporter,
}

/// The span of a request that is being answered.
#[derive(Debug)]
pub struct RequestSpan {
    sdk: SdkTracer,
    span: Span,
    /// The same moment by both clocks: one tells when, the other how long.
    at: SystemTime,
    began: Instant,
}

/// Spans that have ended and are not exported yet.
#[derive(Clone, Debug, Default)]
struct Finished(Arc<Mutex<Vec<SpanData>>>);

/// Gives a span that has no parent the trace that its request belongs to, if it belongs to one.
#[derive(Debug, Default)]
struct Ids(RandomIdGenerator);

impl Tracer {
    /// Makes spans as the configuration says, and the variables that the SDK reads itself.
    ///
    /// # Errors
    /// When they say nothing usable.
    pub fn new(config: &TracesConfig) -> Result<Self, TracerError> {
        let resource = resource(config);
        let exporter = Exporter::new(config, &resource)?;
        let finished = Finished::default();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_id_generator(Ids::default())
            .with_span_processor(finished.clone())
            .build();
        let library = InstrumentationScope::builder("pennon").with_version(RELEASE).build();
        Ok(Self { sdk: provider.tracer_with_scope(library), finished, exporter })
    }

    /// The request begins. `None` if no span is made of it: the trace, or the sampler, says so, or exporting has failed just now.
    pub fn begin(
        &self,
        scope: &Arc<Scope>,
        name: String,
        attributes: impl IntoIterator<Item = KeyValue>,
    ) -> Option<RequestSpan> {
        let trace = scope.trace();
        let is_unsampled_root = trace.is_some_and(|trace| trace.parent.is_none() && !trace.sampled);
        if is_unsampled_root || self.exporter.is_paused() {
            return None;
        }
        let (at, began) = (now(), Instant::now());
        let builder = self.sdk.span_builder(name).with_kind(SpanKind::Server).with_start_time(at);
        let builder = builder.with_attributes(attributes);
        let parent = trace.and_then(parent).map_or_else(Context::new, within);
        let span = Arc::clone(scope).enter(|| builder.start_with_context(&self.sdk, &parent));
        if !span.is_recording() {
            return None;
        }
        scope.measure();
        Some(RequestSpan { sdk: self.sdk.clone(), span, at, began })
    }

    /// Exports what has ended, if anything has. The future is ready within the deadline, whatever the receiver does.
    pub fn export(self: Arc<Self>) -> Option<impl Future<Output = ()> + Send + use<>> {
        let spans = mem::take(&mut *self.finished.locked());
        (!spans.is_empty()).then_some(async move { self.exporter.export(spans).await })
    }
}

impl RequestSpan {
    /// The request was answered, with that HTTP status; the scope knows the rest.
    pub fn end(mut self, scope: &Scope, status: u16) {
        let took = self.began.elapsed();
        scope.about(|environment, version| {
            let environment = environment.map(|id| KeyValue::new("pennon.environment", id.to_string()));
            let version = version.and_then(|version| i64::try_from(version).ok());
            let version = version.map(|version| KeyValue::new("pennon.version", version));
            self.span.set_attributes(environment.into_iter().chain(version));
        });
        if let Some(served) = scope.served() {
            self.span.set_attribute(KeyValue::new("pennon.stale", served.stale));
        }
        self.span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
        if status >= 500 {
            self.span.set_attribute(KeyValue::new("error.type", status.to_string()));
            self.span.set_status(Status::error(""));
        }
        let parent = within(self.span.span_context().clone());
        for phase in Phase::ALL {
            if let Some(took) = scope.duration_of(phase) {
                self.child(&parent, phase.as_str(), took.began, took.duration);
            }
        }
        self.span.end_with_timestamp(self.at + took);
    }

    fn child(&self, parent: &Context, name: &'static str, began: Instant, took: Duration) {
        let at = self.at + began.saturating_duration_since(self.began);
        let builder = self.sdk.span_builder(name).with_start_time(at);
        builder.start_with_context(&self.sdk, parent).end_with_timestamp(at + took);
    }
}

impl Finished {
    /// Nothing panics while it holds the lock.
    fn locked(&self) -> MutexGuard<'_, Vec<SpanData>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SpanProcessor for Finished {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.locked().push(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        let trace = Scope::current().and_then(|scope| scope.trace());
        trace.map_or_else(|| self.0.new_trace_id(), |trace| TraceId::from_bytes(trace.id.to_bytes()))
    }

    fn new_span_id(&self) -> SpanId {
        self.0.new_span_id()
    }
}

/// What the spans are of. What a function is called does for `service.name` if the environment does not say it.
fn resource(config: &TracesConfig) -> Resource {
    let function = || KeyValue::new("faas.name", config.function.clone());
    let said =
        Resource::builder().with_attributes([function(), KeyValue::new("service.version", RELEASE)]).build();
    let named = said
        .iter()
        .any(|(key, value)| key.as_str() == "service.name" && !value.as_str().starts_with("unknown_service"));
    if named {
        return said;
    }
    let all = said.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    Resource::builder_empty().with_attributes(all).with_service_name(config.function.clone()).build()
}

/// Who called, if the trace says so.
fn parent(trace: Trace) -> Option<SpanContext> {
    let flags = if trace.sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
    let (id, span) = (TraceId::from_bytes(trace.id.to_bytes()), SpanId::from_bytes(trace.parent?));
    Some(SpanContext::new(id, span, flags, true, TraceState::NONE))
}

fn within(parent: SpanContext) -> Context {
    Context::new().with_remote_span_context(parent)
}

#[expect(
    clippy::disallowed_methods,
    reason = "spans of microseconds need more than the milliseconds of a `Clock`"
)]
fn now() -> SystemTime {
    SystemTime::now()
}
