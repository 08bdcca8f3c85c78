//! From a request to a response, the same for every function and every transport.

use std::{future::Future, panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use http::Method;
use pennon_domain::{Denied, ProjectKey};
use pennon_telemetry::Scope;

use crate::{Access, Problem, Request, Response, Route, cors, metrics, telemetry::Answering};

/// What a handler gives back.
pub type Answer = Result<Response, Problem>;

/// Answers one request: preflights, wrong methods and callers without the role here, everything else by the handler.
///
/// A problem takes the form of the route; its cause is logged here and nowhere else. A panic is a fault like any other and
/// costs only its own request. What became of the request is counted, and known to whatever is logged meanwhile.
pub async fn respond<F>(
    route: &Route,
    request: Request,
    handle: impl FnOnce(Arc<Request>) -> F + Send,
) -> Response
where
    F: Future<Output = Answer> + Send,
{
    let answering = Answering::begin(route, &request);
    let response = Arc::clone(&answering.scope).run(answer(route, request, handle)).await;
    answering.end(response)
}

/// Answers with a problem, in the form of the route. A gateway uses it for what never reaches a function.
pub fn refuse(route: &Route, request: &Request, problem: Problem) -> Response {
    metrics::problem(problem.kind);
    if problem.kind.status().is_server_error() {
        fault();
    }
    problem.log(route, request);
    let mut response = problem.into_response(route, request);
    cors::allow(response.headers_mut());
    response
}

/// Takes note that it is our fault that something cannot be answered.
pub(crate) fn fault() {
    metrics::fault();
    if let Some(scope) = Scope::current() {
        scope.set_faulty();
    }
}

async fn answer<F>(route: &Route, request: Request, handle: impl FnOnce(Arc<Request>) -> F + Send) -> Response
where
    F: Future<Output = Answer> + Send,
{
    if request.method == Method::OPTIONS {
        return cors::preflight();
    }
    let request = Arc::new(request);
    let answer = match admit(route, &request) {
        Ok(()) => {
            let handled = Arc::clone(&request);
            // Unwind safe: what outlives the request is the store, and it leaves nothing half-changed behind.
            let answer = AssertUnwindSafe(async move { handle(handled).await }).catch_unwind().await;
            answer.unwrap_or_else(|_| Err(Problem::internal("the handler panicked")))
        }
        Err(problem) => Err(problem),
    };
    match answer {
        Ok(mut response) => {
            cors::allow(response.headers_mut());
            response
        }
        Err(problem) => refuse(route, &request, problem),
    }
}

/// Whether the handler may see the request. Whoever is let in by an SDK key is checked by the handler.
fn admit(route: &Route, request: &Request) -> Result<(), Problem> {
    if request.method != route.method {
        return Err(Problem::method_not_allowed([route.method]));
    }
    let needed = match route.access {
        Access::Open | Access::SdkKey => return Ok(()),
        Access::Nobody => return Err(Denied::Forbidden.into()),
        Access::Role(role) => role,
    };
    let principal = request.principal()?;
    let role = match route.parameter(&request.path, "project") {
        Some(project) => principal.role_in(&project.parse::<ProjectKey>()?),
        None => principal.highest_role(),
    };
    if role >= Some(needed) { Ok(()) } else { Err(Denied::Forbidden.into()) }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, StatusCode, header};
    use pennon_domain::{Denied, Principal, Role, StoreError, Timestamp};

    use super::*;
    use crate::Body;

    const PLAIN: Route = Route::new("POST", "/flags/{key+}").open();
    const ROUTE: Route = PLAIN.ofrep();

    fn answer(route: &Route, method: Method, outcome: fn() -> Answer) -> (StatusCode, HeaderMap, String) {
        let request = Request {
            method,
            path: "/flags/a%20b".into(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: bytes::Bytes::new(),
            id: "req-1".into(),
            received: Timestamp::from_millis(1),
            authorizer: std::collections::BTreeMap::new(),
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
        let busy = || {
            let mut problem = Problem::unavailable("busy");
            problem.retry_after = Some(std::time::Duration::from_millis(1200));
            Err(problem)
        };
        let (status, headers, _) = answer(&ROUTE, Method::POST, busy);
        assert_eq!(
            (status, headers[header::RETRY_AFTER].as_bytes()),
            (StatusCode::SERVICE_UNAVAILABLE, &b"2"[..])
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
        let (status, headers, _) = answer(&ROUTE, Method::DELETE, unreached);
        assert_eq!(
            (status, &headers[header::ALLOW]),
            (StatusCode::METHOD_NOT_ALLOWED, &HeaderValue::from_static("POST, OPTIONS"))
        );
    }

    #[test]
    fn a_success_may_be_read_by_any_page() {
        let (_, headers, _) =
            answer(&ROUTE, Method::POST, || Ok(crate::json(StatusCode::OK, Body::from("{}".to_owned()))));
        assert_eq!(headers[header::ACCESS_CONTROL_EXPOSE_HEADERS], cors::EXPOSE_HEADERS);
    }

    #[test]
    fn a_role_is_checked_before_the_handler_runs() {
        let managed = Route::new("GET", "/projects/{project}").requires(Role::Editor);
        let status = |route: Route, path: &str, grants: Option<&str>| {
            let principal = grants.map(|grants| Principal::new("ada", grants.split(' ')));
            let request = Request {
                method: Method::GET,
                path: path.into(),
                query: String::new(),
                headers: HeaderMap::new(),
                body: bytes::Bytes::new(),
                id: "req-1".into(),
                received: Timestamp::from_millis(1),
                authorizer: principal.map(|principal| principal.to_context()).unwrap_or_default(),
            };
            let handler = |_| async { Ok(Response::new(Body::empty())) };
            respond(&route, request, handler).now_or_never().unwrap().status().as_u16()
        };
        let list = Route::new("GET", "/projects").requires(Role::Editor);
        for (route, path, grants, expected) in [
            (managed, "/projects/shop", None, 401),
            (managed, "/projects/shop", Some(""), 403),
            (managed, "/projects/shop", Some("viewer"), 403),
            (managed, "/projects/shop", Some("blog:admin"), 403),
            (managed, "/projects/shop", Some("shop:editor"), 200),
            (managed, "/projects/shop", Some("admin"), 200),
            (managed, "/projects/Shop", Some("admin"), 400),
            (list, "/projects", Some("blog:viewer"), 403),
            (list, "/projects", Some("blog:editor"), 200),
            (Route::new("GET", "/projects"), "/projects", Some("admin"), 403),
            (Route::new("GET", "/projects").open(), "/projects", None, 200),
        ] {
            assert_eq!(status(route, path, grants), expected, "{route:?} {grants:?}");
        }
    }
}
