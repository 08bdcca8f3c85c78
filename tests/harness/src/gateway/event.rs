//! REST (v1) events of the Lambda proxy integration.

use std::{borrow::Cow, collections::BTreeMap, net::SocketAddr};

use bytes::Bytes;
use http::{
    HeaderMap,
    header::{HOST, USER_AGENT},
    request::Parts,
};
use pennon_template::Route;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::{refusal::Refusal, routes::Parameters};

const REQUEST_TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");

const API: &str = "a1b2c3d4e5";
const ACCOUNT: &str = "123456789012";

/// Who asks, and how.
pub(super) struct Caller<'a> {
    /// The request.
    pub(super) id: &'a str,
    pub(super) peer: SocketAddr,
    pub(super) stage: &'a str,
    /// What the authorizer passed on.
    pub(super) authorized: Option<&'a Map<String, Value>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    resource: &'a str,
    path: &'a str,
    http_method: &'a str,
    headers: BTreeMap<&'a str, Cow<'a, str>>,
    multi_value_headers: BTreeMap<&'a str, Vec<Cow<'a, str>>>,
    query_string_parameters: Option<BTreeMap<String, String>>,
    multi_value_query_string_parameters: Option<BTreeMap<String, Vec<String>>>,
    path_parameters: Option<BTreeMap<&'a str, &'a str>>,
    stage_variables: Option<()>,
    request_context: Context<'a>,
    body: Option<Cow<'a, str>>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    account_id: &'a str,
    api_id: &'a str,
    domain_name: &'a str,
    domain_prefix: &'a str,
    extended_request_id: &'a str,
    http_method: &'a str,
    identity: Identity<'a>,
    path: String,
    protocol: &'a str,
    request_id: &'a str,
    request_time: String,
    request_time_epoch: i64,
    resource_id: &'a str,
    resource_path: &'a str,
    stage: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<&'a Map<String, Value>>,
}

/// Callers that sign with IAM credentials have more.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    access_key: Option<()>,
    account_id: Option<()>,
    caller: Option<()>,
    cognito_authentication_provider: Option<()>,
    cognito_authentication_type: Option<()>,
    cognito_identity_id: Option<()>,
    cognito_identity_pool_id: Option<()>,
    principal_org_id: Option<()>,
    source_ip: String,
    user: Option<()>,
    user_agent: Option<Cow<'a, str>>,
    user_arn: Option<()>,
}

/// The event of a request. The API has no binary media types, so a body is text, whatever it is.
pub(super) fn rest(
    route: &Route,
    parameters: &Parameters,
    request: &Parts,
    body: &Bytes,
    caller: &Caller<'_>,
) -> Result<Bytes, Refusal> {
    let (headers, multi_value_headers) = headers(&request.headers, caller);
    let query = query(request.uri.query());
    let last = |values: &Vec<String>| values.last().cloned().unwrap_or_default();
    let host = request.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let event = Event {
        resource: &route.path,
        path: request.uri.path(),
        http_method: request.method.as_str(),
        query_string_parameters: query
            .as_ref()
            .map(|query| query.iter().map(|(name, values)| (name.clone(), last(values))).collect()),
        multi_value_query_string_parameters: query,
        path_parameters: (!parameters.is_empty())
            .then(|| parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()),
        stage_variables: None,
        request_context: context(route, request, host, caller),
        body: (!body.is_empty()).then(|| String::from_utf8_lossy(body)),
        is_base64_encoded: false,
        multi_value_headers,
        headers,
    };
    serde_json::to_vec(&event).map(Bytes::from).map_err(|_| Refusal::BadRequest)
}

fn context<'a>(route: &'a Route, request: &'a Parts, host: &'a str, caller: &Caller<'a>) -> Context<'a> {
    let now = OffsetDateTime::now_utc();
    let user_agent = request.headers.get(USER_AGENT);
    Context {
        account_id: ACCOUNT,
        api_id: API,
        domain_name: host,
        domain_prefix: API,
        extended_request_id: caller.id,
        http_method: request.method.as_str(),
        identity: Identity {
            source_ip: caller.peer.ip().to_string(),
            user_agent: user_agent.map(|agent| String::from_utf8_lossy(agent.as_bytes())),
            ..Identity::default()
        },
        path: format!("/{}{}", caller.stage, request.uri.path()),
        protocol: "HTTP/1.1",
        request_id: caller.id,
        request_time: now.format(REQUEST_TIME).unwrap_or_default(),
        request_time_epoch: i64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or_default(),
        resource_id: "xyz123",
        resource_path: &route.path,
        stage: caller.stage,
        authorizer: caller.authorized,
    }
}

/// Headers that functions do not see as they were sent.
const OWN: [&str; 7] = [
    "connection",
    "content-length",
    "keep-alive",
    "transfer-encoding",
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-proto",
];

type Single<'a> = BTreeMap<&'a str, Cow<'a, str>>;
type Multiple<'a> = BTreeMap<&'a str, Vec<Cow<'a, str>>>;

/// The last value of each header, and all of them. What the connection is about stays out; what the gateway knows comes in.
fn headers<'a>(request: &'a HeaderMap, caller: &Caller<'_>) -> (Single<'a>, Multiple<'a>) {
    let mut multiple = Multiple::new();
    for (name, value) in request {
        if !OWN.contains(&name.as_str()) {
            multiple.entry(name.as_str()).or_default().push(String::from_utf8_lossy(value.as_bytes()));
        }
    }
    for (name, value) in [
        ("X-Forwarded-For", caller.peer.ip().to_string()),
        ("X-Forwarded-Port", "443".to_owned()),
        ("X-Forwarded-Proto", "https".to_owned()),
    ] {
        multiple.insert(name, vec![Cow::Owned(value)]);
    }
    let last = |(name, values): (&&'a str, &Vec<Cow<'a, str>>)| Some((*name, values.last()?.clone()));
    (multiple.iter().filter_map(last).collect(), multiple)
}

/// The parameters of a query, decoded; `None` if there are none.
fn query(query: Option<&str>) -> Option<BTreeMap<String, Vec<String>>> {
    let mut parameters = BTreeMap::<_, Vec<_>>::new();
    for pair in query?.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decode =
            |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        parameters.entry(decode(name)).or_default().push(decode(value));
    }
    (!parameters.is_empty()).then_some(parameters)
}

#[cfg(test)]
mod tests {
    use pennon_template::Template;
    use pennon_test_support::events;

    use super::*;

    /// What is different each time, or each gateway's own.
    const OWN: [&str; 3] = ["extendedRequestId", "requestTime", "requestTimeEpoch"];

    /// The request that an event of `events/` carries.
    fn request(event: &Value) -> Parts {
        let path = event["path"].as_str().unwrap();
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, values) in event["multiValueQueryStringParameters"].as_object().into_iter().flatten() {
            for value in values.as_array().unwrap() {
                query.append_pair(name, value.as_str().unwrap());
            }
        }
        let query = query.finish();
        let uri = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        let mut request = http::Request::builder().method(event["httpMethod"].as_str().unwrap()).uri(uri);
        for (name, values) in event["multiValueHeaders"].as_object().unwrap() {
            for value in values.as_array().unwrap() {
                request = request.header(name, value.as_str().unwrap());
            }
        }
        request.body(()).unwrap().into_parts().0
    }

    /// With names of headers that do not depend on who wrote them.
    fn normalized(mut event: Value) -> Value {
        for member in ["headers", "multiValueHeaders"] {
            let headers = event[member].as_object().unwrap().clone();
            let lower = headers.into_iter().map(|(name, value)| (name.to_lowercase(), value));
            event[member] = lower.collect::<Map<_, _>>().into();
        }
        for member in OWN {
            event["requestContext"][member] = Value::Null;
        }
        event
    }

    #[test]
    fn events_are_those_that_the_functions_are_tested_with() {
        let functions = Template::ours().unwrap().functions().unwrap();
        let mut compared = 0;
        for case in events::expectations().unwrap().into_keys() {
            let fixture: Value = serde_json::from_str(&events::event(&case).unwrap()).unwrap();
            let name = case.split_once('/').unwrap().0;
            let route = functions.iter().find(|function| function.name == name).unwrap().route.clone();
            let (Some(route), true) = (route, fixture.get("multiValueHeaders").is_some()) else { continue };
            // The gateway never passes these on: another method, or a path that somebody has decoded.
            if case.contains("wrong-method")
                || http::Uri::try_from(fixture["path"].as_str().unwrap()).is_err()
            {
                continue;
            }
            let context = &fixture["requestContext"];
            let parameters = fixture["pathParameters"].as_object().into_iter().flatten();
            let parameters =
                parameters.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect();
            let caller = Caller {
                id: context["requestId"].as_str().unwrap(),
                peer: "203.0.113.7:1234".parse().unwrap(),
                stage: "live",
                authorized: context["authorizer"].as_object(),
            };
            let body = Bytes::from(fixture["body"].as_str().unwrap_or_default().to_owned());
            let made = rest(&route, &parameters, &request(&fixture), &body, &caller).unwrap();
            let made: Value = serde_json::from_slice(&made).unwrap();
            assert_eq!(normalized(made), normalized(fixture), "{case}");
            compared += 1;
        }
        assert!(compared > 80, "{compared}");
    }

    #[test]
    fn repeated_parameters_keep_their_order_and_the_last_counts() {
        let request = http::Request::get("/v1/projects?a=1&b=x+y%26z&a=2&c").body(()).unwrap().into_parts().0;
        let route =
            Route { method: "GET".into(), path: "/v1/projects".into(), authorizer: false, streaming: false };
        let peer = "127.0.0.1:1".parse().unwrap();
        let caller = Caller { id: "r", peer, stage: "live", authorized: None };
        let event = rest(&route, &Vec::new(), &request, &Bytes::new(), &caller).unwrap();
        let event: Value = serde_json::from_slice(&event).unwrap();
        assert_eq!(event["queryStringParameters"], serde_json::json!({ "a": "2", "b": "x y&z", "c": "" }));
        assert_eq!(event["multiValueQueryStringParameters"]["a"], serde_json::json!(["1", "2"]));
        assert_eq!(event["body"], Value::Null);
    }
}
