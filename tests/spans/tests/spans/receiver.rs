//! A receiver of OTLP on loopback: keeps what it is sent, and answers as it is told.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    trace::v1::{ResourceSpans, Span},
};
use prost::Message;
use tokio::net::TcpListener;

/// What it does with a request, when it has read it.
#[derive(Clone, Copy)]
pub(crate) enum Behaviour {
    Answer(StatusCode),
    Hang,
}

pub(crate) struct Receiver {
    /// What `OTEL_EXPORTER_OTLP_ENDPOINT` says.
    pub(crate) endpoint: String,
    requests: Arc<Mutex<Vec<Bytes>>>,
}

impl Receiver {
    pub(crate) async fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        tokio::spawn(async move {
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                let kept = Arc::clone(&kept);
                let answer = service_fn(move |request| answer(behaviour, Arc::clone(&kept), request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(connection), answer));
            }
        });
        Self { endpoint, requests }
    }

    /// The bodies that came, as they came.
    pub(crate) fn requests(&self) -> Vec<Bytes> {
        self.requests.lock().unwrap().clone()
    }

    /// The spans that came, each with what it is of.
    pub(crate) fn resources(&self) -> Vec<ResourceSpans> {
        let decoded =
            self.requests().into_iter().map(|body| ExportTraceServiceRequest::decode(body).unwrap());
        decoded.flat_map(|request| request.resource_spans).collect()
    }

    /// The spans that came.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let scopes = self.resources().into_iter().flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }
}

/// Attributes as text, sorted: `name=value`.
pub(crate) fn texts(attributes: &[KeyValue]) -> Vec<String> {
    let value = |attribute: &KeyValue| match attribute.value.as_ref().unwrap().value.as_ref().unwrap() {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        Value::BoolValue(bool) => bool.to_string(),
        other => panic!("{other:?}"),
    };
    let mut texts: Vec<_> =
        attributes.iter().map(|attribute| format!("{}={}", attribute.key, value(attribute))).collect();
    texts.sort();
    texts
}

pub(crate) fn took(span: &Span) -> Duration {
    Duration::from_nanos(span.end_time_unix_nano - span.start_time_unix_nano)
}

async fn answer(
    behaviour: Behaviour,
    kept: Arc<Mutex<Vec<Bytes>>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    assert_eq!((request.method().as_str(), request.uri().path()), ("POST", "/v1/traces"));
    assert_eq!(request.headers()["content-type"], "application/x-protobuf");
    let body = request.into_body().collect().await?.to_bytes();
    kept.lock().unwrap().push(body);
    let status = match behaviour {
        Behaviour::Answer(status) => status,
        Behaviour::Hang => std::future::pending().await,
    };
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = status;
    Ok(response)
}
