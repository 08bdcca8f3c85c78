//! The Lambda runtime: API Gateway events in, API Gateway responses out.

use std::{collections::BTreeMap, future::Future, process::ExitCode, sync::Arc};

use bytes::Bytes;
use lambda_http::{
    Adapter, Context, LambdaEvent, RequestExt, Service, StreamAdapter,
    lambda_runtime::Runtime,
    request::{LambdaRequest, RequestContext},
    service_fn,
};
use pennon_domain::{Clock, SystemClock};

use crate::{Answer, Body, Error, Request, Response, Route, config::ResponseMode, process::Process, respond};

/// A handler: it is given the state of its function and a request.
type Handler<S, F> = fn(S, Arc<Request>) -> F;

/// Runs a function: answers invocations until the process is stopped. `open` gives its state, which is cloned for each request; what
/// it logs is not lost, since logging starts first. What goes wrong is logged, and the exit code says that something did.
pub async fn serve<S, E, F>(
    route: Route,
    open: impl AsyncFnOnce() -> Result<S, E>,
    handle: Handler<S, F>,
) -> ExitCode
where
    S: Clone + Send + Sync,
    E: Into<Error>,
    F: Future<Output = Answer> + Send,
{
    let Some(process) = Process::start(open).await else { return ExitCode::FAILURE };
    run_buffered(route, process, handle).await
}

/// As [`serve`], for a function whose answers may be larger than Lambda's 6 MB: streams if `RESPONSE_MODE` says so.
pub async fn serve_streaming<S, E, F>(
    route: Route,
    open: impl AsyncFnOnce() -> Result<S, E>,
    handle: Handler<S, F>,
) -> ExitCode
where
    S: Clone + Send + Sync,
    E: Into<Error>,
    F: Future<Output = Answer> + Send,
{
    let open = async || Ok::<_, Error>((ResponseMode::from_env()?, open().await.map_err(Into::into)?));
    let Some(process) = Process::start(open).await else { return ExitCode::FAILURE };
    let (process, mode) = process.split();
    if mode == ResponseMode::Buffer {
        return run_buffered(route, process, handle).await;
    }
    let state = process.state.clone();
    let answer = |event| {
        let (route, state) = (&route, state.clone());
        async move {
            let response = respond(route, from_lambda(event), |request| handle(state, request)).await;
            Ok::<_, Error>(response)
        }
    };
    process.run(Runtime::new(StreamAdapter::from(service_fn(answer)))).await
}

async fn run_buffered<S, F>(route: Route, process: Process<S>, handle: Handler<S, F>) -> ExitCode
where
    S: Clone + Send + Sync,
    F: Future<Output = Answer> + Send,
{
    let state = process.state.clone();
    let answer = |event| buffered(&route, state.clone(), handle, event);
    process.run(Runtime::new(Adapter::from(service_fn(answer)))).await
}

/// Answers one API Gateway event, both as JSON text: what [`serve`] does, without the runtime around it. For tests and
/// benchmarks.
///
/// # Errors
/// When the text is no API Gateway event.
pub async fn answer_event<S, F>(
    route: &Route,
    state: S,
    handle: Handler<S, F>,
    event: &str,
) -> Result<String, Error>
where
    S: Clone + Send + Sync,
    F: Future<Output = Answer> + Send,
{
    adapt_event(event, |request| respond(route, request, |request| handle(state.clone(), request))).await
}

/// As [`answer_event`], for whatever answers requests.
///
/// # Errors
/// When the text is no API Gateway event.
pub async fn adapt_event<F>(event: &str, answer: impl Fn(Request) -> F + Send + Sync) -> Result<String, Error>
where
    F: Future<Output = Response> + Send,
{
    let event: LambdaRequest = serde_json::from_str(event)?;
    let answer = |event| {
        let response = answer(from_lambda(event));
        async move { in_one_piece(response.await) }
    };
    let response =
        Adapter::from(service_fn(answer)).call(LambdaEvent::new(event, Context::default())).await?;
    Ok(serde_json::to_string(&response)?)
}

async fn buffered<S, F>(
    route: &Route,
    state: S,
    handle: Handler<S, F>,
    event: lambda_http::Request,
) -> Result<http::Response<lambda_http::Body>, Error>
where
    S: Send,
    F: Future<Output = Answer> + Send,
{
    in_one_piece(respond(route, from_lambda(event), |request| handle(state, request)).await)
}

fn in_one_piece(response: Response) -> Result<http::Response<lambda_http::Body>, Error> {
    let (parts, body) = response.into_parts();
    Ok(http::Response::from_parts(parts, to_lambda(body)?))
}

/// The event as the request that it carries.
fn from_lambda(event: lambda_http::Request) -> Request {
    let id = event.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default();
    // Not the path of the URI: that is normalised, and holds the stage.
    let path = event.raw_http_path().to_owned();
    let authorizer = event.request_context_ref().map(authorizer_context).unwrap_or_default();
    let (parts, body) = event.into_parts();
    Request {
        query: parts.uri.query().unwrap_or_default().to_owned(),
        method: parts.method,
        path,
        headers: parts.headers,
        body: match body {
            lambda_http::Body::Text(text) => text.into(),
            lambda_http::Body::Binary(bytes) => bytes.into(),
            _ => Bytes::new(),
        },
        id,
        received: SystemClock.now(),
        authorizer,
    }
}

/// What the gateway's authorizer passed on: flat in REST events, under `lambda` in HTTP ones, which the event's type has seen to.
/// Strings, as that is all a REST authorizer can pass on.
fn authorizer_context(context: &RequestContext) -> BTreeMap<String, String> {
    let fields = match context {
        RequestContext::ApiGatewayV1(context) => Some(&context.authorizer.fields),
        RequestContext::ApiGatewayV2(context) => {
            context.authorizer.as_ref().map(|authorizer| &authorizer.fields)
        }
        _ => None,
    };
    let texts = fields.into_iter().flatten();
    texts.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

/// All our bodies are JSON text, so nothing travels as base64 but what is no UTF-8.
fn to_lambda(body: Body) -> std::io::Result<lambda_http::Body> {
    let bytes = Vec::from(body.collect()?);
    Ok(match String::from_utf8(bytes) {
        Ok(text) if text.is_empty() => lambda_http::Body::Empty,
        Ok(text) => lambda_http::Body::Text(text),
        Err(error) => lambda_http::Body::Binary(error.into_bytes()),
    })
}
