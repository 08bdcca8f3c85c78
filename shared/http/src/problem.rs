//! What goes wrong, as a caller may see it.

use std::{borrow::Cow, time::Duration};

use http::{HeaderValue, StatusCode, header};
use pennon_domain::{ChangeError, ContextError, Denied, Fault, InvalidKey, Refusal, StoreError, error_chain};

use crate::{ErrorFormat, Request, Response, Route, ofrep, response::with_content_type};

/// How long a caller should wait while the data is unavailable, in seconds.
const RETRY_AFTER_UNAVAILABLE: Duration = Duration::from_secs(1);

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What goes wrong, as a caller may see it: a status, a text that is safe to show, and for a fault of ours the cause,
/// which goes to the log and nowhere else.
#[derive(Debug)]
pub struct Problem {
    pub(crate) kind: Kind,
    pub(crate) detail: Cow<'static, str>,
    pub(crate) retry_after: Option<Duration>,
    /// The methods of the path, for 405.
    allow: Vec<&'static str>,
    faults: Vec<Fault>,
    cause: Option<Cause>,
}

/// The kinds of problem. OFREP and RFC 9457 name them differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    BadRequest,
    InvalidContext,
    Unauthenticated,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    Conflict,
    PreconditionFailed,
    PayloadTooLarge,
    UnsupportedMediaType,
    Unprocessable,
    PreconditionRequired,
    Internal,
    Unavailable,
}

impl Kind {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::BadRequest | Self::InvalidContext => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict => StatusCode::CONFLICT,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
            Self::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl Problem {
    fn new(kind: Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        let detail = detail.into();
        Self { kind, detail, retry_after: None, allow: Vec::new(), faults: Vec::new(), cause: None }
    }

    /// 400: the request is malformed; `detail` says what and where.
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::BadRequest, detail)
    }

    /// 404: nothing is served at this path.
    pub fn not_found() -> Self {
        Self::new(Kind::NotFound, "nothing is served at this path")
    }

    /// 404: there is no such thing as the path names; says which kind of thing.
    pub fn no_such(what: &'static str) -> Self {
        Refusal::NotFound(what).into()
    }

    /// 415: the body is of another media type than the function takes.
    pub fn unsupported_media_type(accepted: &'static str) -> Self {
        Self::new(Kind::UnsupportedMediaType, format!("the body has to be {accepted}"))
    }

    /// 422: the content has faults.
    pub fn unprocessable(faults: Vec<Fault>) -> Self {
        Refusal::Invalid(faults).into()
    }

    /// 405: the path is served, but by these methods only; sent with `Allow` (RFC 9110, section 15.5.6).
    pub fn method_not_allowed(allow: impl IntoIterator<Item = &'static str>) -> Self {
        let problem = Self::new(Kind::MethodNotAllowed, "this path is not served by this method");
        // Preflights are answered everywhere.
        Self { allow: allow.into_iter().chain(["OPTIONS"]).collect(), ..problem }
    }

    /// 413: the request body has more bytes than `limit`.
    pub fn payload_too_large(limit: usize) -> Self {
        Self::new(Kind::PayloadTooLarge, format!("the request body is larger than {limit} bytes"))
    }

    /// 500: a fault of ours.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self { cause: Some(cause.into()), ..Self::new(Kind::Internal, "internal error") }
    }

    /// 503: what the answer depends on cannot be reached.
    pub fn unavailable(cause: impl Into<Cause>) -> Self {
        let problem = Self::new(Kind::Unavailable, "temporarily unavailable");
        Self { retry_after: Some(RETRY_AFTER_UNAVAILABLE), cause: Some(cause.into()), ..problem }
    }

    /// Writes the cause to the log, once, if there is one.
    pub(crate) fn log(&self, route: &Route, request: &Request) {
        let Some(cause) = &self.cause else { return };
        tracing::error!(
            requestId = request.id,
            route = route.path,
            status = self.kind.status().as_u16(),
            cause = error_chain(cause.as_ref()),
            "request failed"
        );
    }

    /// The response, in the form of the route.
    pub(crate) fn into_response(self, route: &Route, request: &Request) -> Response {
        let status = self.kind.status();
        let (content_type, body) = match route.errors {
            ErrorFormat::Ofrep => ("application/json", ofrep::problem(&self, route, request)),
            ErrorFormat::Problem => ("application/problem+json", self.to_problem_json(request)),
        };
        let mut response = with_content_type(status, body, HeaderValue::from_static(content_type));
        if let Some(wait) = self.retry_after {
            // Whole seconds, at least 1: clients misread every other form, and take 0 for "never mind".
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if let (Ok(allow), false) = (HeaderValue::from_str(&self.allow.join(", ")), self.allow.is_empty()) {
            response.headers_mut().insert(header::ALLOW, allow);
        }
        if self.kind == Kind::Unauthenticated {
            let challenge = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }

    /// The text for the caller. For a fault of ours it holds nothing but the request's identifier.
    pub(crate) fn public_detail(&self, request: &Request) -> Cow<'_, str> {
        if self.kind.status().is_server_error() {
            format!("{}; request {}", self.detail, request.id).into()
        } else {
            Cow::Borrowed(&self.detail)
        }
    }

    fn to_problem_json(&self, request: &Request) -> Vec<u8> {
        let status = self.kind.status();
        let mut problem = serde_json::json!({
            "type": "about:blank",
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "detail": self.public_detail(request),
            "instance": format!("urn:pennon:request:{}", request.id),
        });
        if let (Some(members), false) = (problem.as_object_mut(), self.faults.is_empty()) {
            let fault =
                |fault: &Fault| serde_json::json!({ "pointer": fault.pointer, "detail": fault.message });
            members.insert("errors".to_owned(), self.faults.iter().map(fault).collect());
        }
        problem.to_string().into_bytes()
    }
}

impl From<ContextError> for Problem {
    fn from(error: ContextError) -> Self {
        Self::new(Kind::InvalidContext, error.to_string())
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        let kind = match denied {
            Denied::Unauthenticated | Denied::NoToken => Kind::Unauthenticated,
            Denied::Forbidden => Kind::Forbidden,
        };
        Self::new(kind, denied.to_string())
    }
}

impl From<InvalidKey> for Problem {
    fn from(error: InvalidKey) -> Self {
        Self::bad_request(error.to_string())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let kind = match refusal {
            Refusal::NotFound(_) => Kind::NotFound,
            Refusal::PreconditionRequired => Kind::PreconditionRequired,
            Refusal::PreconditionFailed => Kind::PreconditionFailed,
            Refusal::Conflict(_) => Kind::Conflict,
            Refusal::Invalid(_) | Refusal::IdempotencyKeyReused => Kind::Unprocessable,
        };
        let problem = Self::new(kind, refusal.to_string());
        let Refusal::Invalid(faults) = refusal else { return problem };
        Self { faults, ..problem }
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Refused(refusal) => refusal.into(),
            ChangeError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable { .. } | StoreError::Conflict => Self::unavailable(error),
            StoreError::Damaged { .. } => Self::internal(error),
        }
    }
}
