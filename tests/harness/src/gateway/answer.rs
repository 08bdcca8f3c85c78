//! What a function answers, as HTTP.

use std::{collections::BTreeMap, pin::Pin};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures_util::{Stream, stream};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body_util::{Either, Full, StreamBody};
use hyper::body::Frame;
use serde::Deserialize;

use super::refusal::Refusal;
use crate::{Failure, Streamed};

/// An answer in one piece, or one that is passed on as it comes.
pub(super) type Response = http::Response<Either<Full<Bytes>, StreamBody<Chunks>>>;

pub(super) type Chunks = Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, Failure>> + Send>>;

/// The answer of the Lambda proxy integration.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Proxied {
    status_code: u16,
    #[serde(default)]
    headers: Option<BTreeMap<String, String>>,
    #[serde(default)]
    multi_value_headers: Option<BTreeMap<String, Vec<String>>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// An answer in one piece.
pub(super) fn whole(payload: &[u8]) -> Result<Response, Refusal> {
    let answer: Proxied = serde_json::from_slice(payload).map_err(|_| Refusal::BadAnswer)?;
    let text = answer.body.unwrap_or_default();
    let body = if answer.is_base64_encoded {
        BASE64_STANDARD.decode(text).map_err(|_| Refusal::BadAnswer)?.into()
    } else {
        Bytes::from(text)
    };
    let mut headers = HeaderMap::new();
    // Those with one value count where the others do not name them.
    for (name, values) in answer.multi_value_headers.iter().flatten() {
        values.iter().try_for_each(|value| add(&mut headers, name, value))?;
    }
    for (name, value) in answer.headers.iter().flatten() {
        if !headers.contains_key(name.as_str()) {
            add(&mut headers, name, value)?;
        }
    }
    response(answer.status_code, headers, Either::Left(Full::new(body)))
}

/// An answer that is passed on as it comes. If it breaks off, so does the connection.
pub(super) fn streamed(streamed: Streamed) -> Result<Response, Refusal> {
    let mut headers = HeaderMap::new();
    for (name, value) in &streamed.prelude.headers {
        add(&mut headers, name, value)?;
    }
    for cookie in &streamed.prelude.cookies {
        add(&mut headers, "set-cookie", cookie)?;
    }
    let status = streamed.prelude.status_code;
    let chunks = stream::unfold(streamed, |mut streamed| async {
        let chunk = streamed.chunk().await?;
        Some((chunk.map(Frame::data), streamed))
    });
    response(status, headers, Either::Right(StreamBody::new(Box::pin(chunks))))
}

/// With the headers that the gateway adds.
pub(super) fn identified(mut response: Response, id: &str) -> Response {
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}

fn response(
    status: u16,
    headers: HeaderMap,
    body: Either<Full<Bytes>, StreamBody<Chunks>>,
) -> Result<Response, Refusal> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).map_err(|_| Refusal::BadAnswer)?;
    *response.headers_mut() = headers;
    Ok(response)
}

fn add(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), Refusal> {
    // The gateway keeps this one to itself.
    let name =
        if name.eq_ignore_ascii_case("www-authenticate") { "x-amzn-remapped-www-authenticate" } else { name };
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Refusal::BadAnswer)?;
    if matches!(name.as_str(), "content-length" | "transfer-encoding" | "connection") {
        return Ok(());
    }
    headers.append(name, HeaderValue::from_str(value).map_err(|_| Refusal::BadAnswer)?);
    Ok(())
}
