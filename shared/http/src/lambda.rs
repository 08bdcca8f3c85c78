//! The Lambda runtime: API Gateway events in, API Gateway responses out. With `telemetry`, the only file that names
//! `lambda_http`.

use std::{collections::BTreeMap, future::Future, sync::Arc};

use bytes::Bytes;
use lambda_http::{
    Adapter, Context, LambdaEvent, RequestExt, Service,
    request::{LambdaRequest, RequestContext},
    service_fn,
};
use pennon_domain::{Clock, SystemClock};

use crate::{Answer, Body, Error, Request, Response, Route, config::ResponseMode, respond, telemetry};

/// A handler: it is given the state of its function and a request.
type Handler<S, F> = fn(S, Arc<Request>) -> F;

/// Runs a function: answers invocations until the process is stopped. `state` is cloned for each request.
///
/// # Errors
/// When the runtime cannot be reached.
pub async fn serve<S, F>(route: Route, state: S, handle: Handler<S, F>) -> Result<(), Error>
where
    S: Clone + Send + Sync,
    F: Future<Output = Answer> + Send,
{
    telemetry::init();
    let answer = |event| buffered(&route, state.clone(), handle, event);
    lambda_http::run(service_fn(answer)).await
}

/// As [`serve`], for a function whose answers may be larger than Lambda's 6 MB: streams if `RESPONSE_MODE` says so.
///
/// # Errors
/// When the runtime cannot be reached, or the configuration is not valid.
pub async fn serve_streaming<S, F>(route: Route, state: S, handle: Handler<S, F>) -> Result<(), Error>
where
    S: Clone + Send + Sync,
    F: Future<Output = Answer> + Send,
{
    if ResponseMode::from_env()? == ResponseMode::Buffer {
        return serve(route, state, handle).await;
    }
    telemetry::init();
    let answer = |event| {
        let (route, state) = (&route, state.clone());
        async move {
            let response = respond(route, from_lambda(event), |request| handle(state, request)).await;
            Ok::<_, Error>(response)
        }
    };
    lambda_http::run_with_streaming_response(service_fn(answer)).await
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
