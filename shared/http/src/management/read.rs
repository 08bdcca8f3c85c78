//! What a request says.

use std::{borrow::Cow, str::FromStr};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderName, header};
use pennon_domain::{
    Author, Call, EnvironmentId, EnvironmentKey, Fault, IdempotencyKey, InvalidKey, Precondition, ProjectKey,
    Refusal, limits,
};
use pennon_telemetry::note;
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};

use crate::{Problem, Request, Route};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Characters of an idempotency key. A UUID has 36.
const IDEMPOTENCY_KEY_LENGTH: std::ops::RangeInclusive<usize> = 1..=255;
/// Items of a page for callers that do not say.
const DEFAULT_PAGE: usize = 100;
/// Characters of a cursor: more than any that we give.
const MAX_CURSOR_LENGTH: usize = 1024;

/// Which part of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// At most how many items.
    pub limit: usize,
    /// What [`Page::next`](pennon_domain::Page) said of the part before; `None` asks for the first.
    pub after: Option<String>,
}

/// What people call something.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labels {
    /// Its name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
}

impl Labels {
    /// These, if they are not too long.
    ///
    /// # Errors
    /// [`Refusal::Invalid`].
    pub fn checked(self) -> Result<Self, Refusal> {
        check_label("/name", self.name.as_deref().unwrap_or_default(), limits::MAX_NAME_LENGTH)?;
        check_label(
            "/description",
            self.description.as_deref().unwrap_or_default(),
            limits::MAX_DESCRIPTION_LENGTH,
        )?;
        Ok(self)
    }

    /// The name, or the key for a name.
    pub fn name_or(&self, key: &str) -> String {
        self.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(key).to_owned()
    }

    /// The description; empty if there is none.
    pub fn description(&self) -> String {
        self.description.clone().unwrap_or_default()
    }
}

/// Which version to go back to.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earlier {
    /// The version.
    pub version: u64,
}

/// Checks a text for people: at most so many characters, none of them a control character.
///
/// # Errors
/// [`Refusal::Invalid`] at that pointer.
pub fn check_label(pointer: &str, text: &str, max: usize) -> Result<(), Refusal> {
    if text.chars().count() > max || text.chars().any(|character| character.is_control() && character != '\n')
    {
        return Err(Refusal::invalid(
            pointer,
            format!("a text of at most {max} characters, without control characters"),
        ));
    }
    Ok(())
}

/// The project that the path names.
///
/// # Errors
/// 400 when it cannot be the name of one.
pub fn project(route: &Route, request: &Request) -> Result<ProjectKey, Problem> {
    key(route, request, "project")
}

/// The environment that the path names.
///
/// # Errors
/// 400 when it cannot be the name of one.
pub fn environment(route: &Route, request: &Request) -> Result<EnvironmentId, Problem> {
    let environment: EnvironmentKey = key(route, request, "environment")?;
    let id = EnvironmentId::new(&project(route, request)?, &environment);
    note::environment(&id);
    Ok(id)
}

/// The flag or segment that the path names.
///
/// # Errors
/// 400 when there is none or it is too long to be one.
pub fn flag_key(route: &Route, request: &Request) -> Result<String, Problem> {
    let key = parameter(route, request, "key")?;
    let max = limits::MAX_FLAG_KEY_BYTES;
    if key.len() > max {
        return Err(Problem::bad_request(format!("a key has at most {max} bytes")));
    }
    Ok(key.into_owned())
}

/// A parameter of the path.
///
/// # Errors
/// 400 when it is not there.
pub fn parameter<'r>(
    route: &Route,
    request: &'r Request,
    name: &'static str,
) -> Result<Cow<'r, str>, Problem> {
    let missing = || Problem::bad_request(format!("the path names no {name}"));
    route.parameter(&request.path, name).ok_or_else(missing)
}

/// Whether a query parameter is `true`; absent is `false`.
///
/// # Errors
/// 400 when it is neither.
pub fn is_set(request: &Request, name: &'static str) -> Result<bool, Problem> {
    match request.query_parameter(name).as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Problem::bad_request(format!("{name} is true or false"))),
    }
}

/// The body as JSON text, not parsed yet, of at most `limit` bytes.
///
/// # Errors
/// 413 when it is longer, 415 when it says that it is something else than JSON, 400 when it is no JSON.
pub fn text_body(request: &Request, limit: usize) -> Result<&str, Problem> {
    let text = body(request, limit)?;
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| no_json(&error))?;
    Ok(text)
}

fn no_json(error: &serde_json::Error) -> Problem {
    Problem::bad_request(format!("the body is not valid JSON: {error}"))
}

fn body(request: &Request, limit: usize) -> Result<&str, Problem> {
    if request.body.len() > limit {
        return Err(Problem::payload_too_large(limit));
    }
    let media_type =
        request.header(header::CONTENT_TYPE).and_then(|value| value.split(';').next()).map(str::trim);
    let is_json = |media_type: &str| {
        let media_type = media_type.to_ascii_lowercase();
        media_type == "application/json"
            || (media_type.starts_with("application/") && media_type.ends_with("+json"))
    };
    if !media_type.is_none_or(is_json) {
        return Err(Problem::unsupported_media_type("application/json"));
    }
    std::str::from_utf8(&request.body).map_err(|_| Problem::bad_request("the body is not UTF-8"))
}

/// The body as an object with the members of `T`; an empty body is an empty object.
///
/// # Errors
/// As [`text_body`], and 400 for text that is no JSON, 422 for JSON that is no `T`.
pub fn json_body<T: DeserializeOwned>(request: &Request) -> Result<T, Problem> {
    let text = body(request, limits::MAX_BODY_BYTES)?;
    parsed(if text.trim().is_empty() { "{}" } else { text })
}

/// JSON text as a `T`, which is a struct.
///
/// # Errors
/// 400 for text that is no JSON, 422 for JSON that is no `T`.
pub fn parsed<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, Problem> {
    let unfit = |message| Problem::unprocessable(vec![Fault { pointer: String::new(), message }]);
    let value = serde_json::from_str(text).map_err(|error| {
        if error.is_data() {
            // Serde's text names members and types. It may repeat a value, but that is the caller's own.
            unfit(error.to_string())
        } else {
            no_json(&error)
        }
    })?;
    // Serde would take an array for a struct, its members in order.
    if text.trim_start().starts_with('{') {
        Ok(value)
    } else {
        Err(unfit("the body is a JSON object".to_owned()))
    }
}

/// Which part of a list the query asks for: `limit` (1 to `max`) and `cursor`.
///
/// # Errors
/// 400 for a limit that is no such number, or a cursor that we never gave.
pub fn page(request: &Request, max: usize) -> Result<PageRequest, Problem> {
    let limit = match request.query_parameter("limit") {
        None => DEFAULT_PAGE.min(max),
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=max).contains(limit))
            .ok_or_else(|| Problem::bad_request(format!("limit is a whole number from 1 to {max}")))?,
    };
    let unknown = || Problem::bad_request("the cursor is none of ours");
    let after = match request.query_parameter("cursor") {
        None => None,
        Some(cursor) if cursor.len() > MAX_CURSOR_LENGTH => return Err(unknown()),
        Some(cursor) => {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor.as_bytes()).map_err(|_| unknown())?;
            Some(String::from_utf8(bytes).map_err(|_| unknown())?)
        }
    };
    Ok(PageRequest { limit, after })
}

/// A cursor as it is given to callers: opaque, and free of what has to be escaped.
pub(super) fn cursor(next: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(next)
}

/// On what condition the caller wants the write.
///
/// # Errors
/// 400 for `If-None-Match` with anything but `*`, an `If-Match` without a tag, or both together.
pub fn precondition(request: &Request) -> Result<Precondition, Problem> {
    let all = |name| -> Vec<&str> {
        let values = request.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).map(str::trim).filter(|item| !item.is_empty()).collect()
    };
    let (known, absent) = (all(header::IF_MATCH), all(header::IF_NONE_MATCH));
    match (known.as_slice(), absent.as_slice()) {
        ([], []) => Ok(Precondition::None),
        ([], ["*"]) => Ok(Precondition::Absent),
        (["*"], []) => Ok(Precondition::Present),
        ([], _) => Err(Problem::bad_request("a write takes If-None-Match: * and no other")),
        (_, [_, ..]) => Err(Problem::bad_request("a write takes If-Match or If-None-Match: *, not both")),
        // A weak tag never matches (RFC 9110, section 13.1.1): it keeps its prefix, which no tag of ours has.
        (tags, []) => {
            Ok(Precondition::Match(tags.iter().map(|tag| tag.trim_matches('"').to_owned()).collect()))
        }
    }
}

/// Who asks for a change, and how retries of it are recognised.
///
/// # Errors
/// 401 without a principal, 400 for an `Idempotency-Key` that is none.
pub fn call(request: &Request) -> Result<Call, Problem> {
    let actor = request.principal()?.subject().to_owned();
    let idempotency = match request.headers.get(IDEMPOTENCY_KEY) {
        None => None,
        Some(value) => {
            let key = value.to_str().ok().filter(|key| is_idempotency_key(key));
            let key = key
                .ok_or_else(|| Problem::bad_request("an Idempotency-Key has 1 to 255 visible characters"))?;
            let Request { method, path, query, body, .. } = request;
            Some(IdempotencyKey::new(&actor, method.as_str(), path, query, body, key))
        }
    };
    Ok(Call { author: Author { actor, request_id: request.id.clone(), at: request.received }, idempotency })
}

fn is_idempotency_key(key: &str) -> bool {
    IDEMPOTENCY_KEY_LENGTH.contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
}

fn key<K: FromStr<Err = InvalidKey>>(
    route: &Route,
    request: &Request,
    name: &'static str,
) -> Result<K, Problem> {
    Ok(parameter(route, request, name)?.parse()?)
}
