//! From a request to a response, the same for every function and every transport.

use std::{future::Future, panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use http::Method;

use crate::{Problem, Request, Response, Route, cors};

/// What a handler gives back.
pub type Answer = Result<Response, Problem>;

/// Answers one request: preflights and wrong methods here, everything else by the handler.
///
/// A problem takes the form of the route; its cause is logged here and nowhere else. A panic is a fault like any other and
/// costs only its own request.
pub async fn respond<F>(
    route: &Route,
    request: Request,
    handle: impl FnOnce(Arc<Request>) -> F + Send,
) -> Response
where
    F: Future<Output = Answer> + Send,
{
    if request.method == Method::OPTIONS {
        return cors::preflight();
    }
    let request = Arc::new(request);
    let answer = if request.method == route.method {
        let handled = Arc::clone(&request);
        // Unwind safe: what outlives the request is the store, and it leaves nothing half-changed behind.
        let answer = AssertUnwindSafe(async move { handle(handled).await }).catch_unwind().await;
        answer.unwrap_or_else(|_| Err(Problem::internal("the handler panicked")))
    } else {
        Err(Problem::method_not_allowed())
    };
    match answer {
        Ok(mut response) => {
            cors::allow(response.headers_mut());
            response
        }
        Err(problem) => refuse(route, &request, problem),
    }
}

/// Answers with a problem, in the form of the route. A gateway uses it for what never reaches a function.
pub fn refuse(route: &Route, request: &Request, problem: Problem) -> Response {
    problem.log(route, request);
    let mut response = problem.into_response(route, request);
    cors::allow(response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode, header};
    use pennon_domain::{Denied, StoreError, Timestamp};

    use super::*;
    use crate::{Body, ErrorFormat};

    const ROUTE: Route = Route { method: "POST", path: "/flags/{key+}", errors: ErrorFormat::Ofrep };
    const PLAIN: Route = Route { method: "POST", path: "/flags/{key+}", errors: ErrorFormat::Problem };

    fn answer(route: &Route, method: Method, outcome: fn() -> Answer) -> (StatusCode, HeaderMap, String) {
        let request = Request {
            method,
            path: "/flags/a%20b".into(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: bytes::Bytes::new(),
            id: "req-1".into(),
            received: Timestamp::from_millis(1),
        };
        let response = respond(route, request, |_| async move { outcome() }).now_or_never().unwrap();
        let (parts, body) = response.into_parts();
        (parts.status, parts.headers, String::from_utf8(body.collect().unwrap().to_vec()).unwrap())
    }

    #[test]
    fn a_fault_shows_nothing_but_the_request() {
        let secret = || Err(Problem::internal("password is hunter2"));
        let (status, _, body) = answer(&ROUTE, Method::POST, secret);
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(
            body,
            r#"{"key":"a b","errorCode":"GENERAL","errorDetails":"internal error; request req-1","metadata":{}}"#
        );
        let (_, headers, body) = answer(&PLAIN, Method::POST, secret);
        assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
        assert!(body.contains("req-1") && !body.contains("hunter2"), "{body}");
    }

    #[test]
    fn a_panic_costs_only_its_own_request() {
        let (status, headers, body) = answer(&ROUTE, Method::POST, || panic!("secret"));
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert!(!body.contains("secret"));
    }

    #[test]
    fn waiting_is_told_in_whole_seconds() {
        let busy = || Err(Problem::too_many_requests(std::time::Duration::from_millis(1200)));
        let (status, headers, _) = answer(&ROUTE, Method::POST, busy);
        assert_eq!(
            (status, headers[header::RETRY_AFTER].as_bytes()),
            (StatusCode::TOO_MANY_REQUESTS, &b"2"[..])
        );
        let down = || Err(StoreError::Unavailable { context: "reading HEAD", source: None }.into());
        let (status, headers, body) = answer(&ROUTE, Method::POST, down);
        assert_eq!(
            (status, headers[header::RETRY_AFTER].as_bytes()),
            (StatusCode::SERVICE_UNAVAILABLE, &b"1"[..])
        );
        assert!(!body.contains("HEAD"), "{body}");
    }

    #[test]
    fn who_is_turned_away_learns_how_to_ask() {
        let (status, headers, _) = answer(&ROUTE, Method::POST, || Err(Denied::Unauthenticated.into()));
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(headers[header::WWW_AUTHENTICATE], "Bearer");
    }

    #[test]
    fn preflights_and_other_methods_never_reach_the_handler() {
        let unreached = || -> Answer { panic!("reached") };
        assert_eq!(answer(&ROUTE, Method::OPTIONS, unreached).0, StatusCode::NO_CONTENT);
        assert_eq!(answer(&ROUTE, Method::DELETE, unreached).0, StatusCode::METHOD_NOT_ALLOWED);
    }

    #[test]
    fn a_success_may_be_read_by_any_page() {
        let (_, headers, _) =
            answer(&ROUTE, Method::POST, || Ok(crate::json(StatusCode::OK, Body::from("{}".to_owned()))));
        assert_eq!(headers[header::ACCESS_CONTROL_EXPOSE_HEADERS], cors::EXPOSE_HEADERS);
    }
}
