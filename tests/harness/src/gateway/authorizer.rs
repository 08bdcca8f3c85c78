//! The TOKEN authorizer: a function that says who holds a token, asked once in a while.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use http::{HeaderMap, header::AUTHORIZATION};
use pennon_template::{Route, Template, TemplateError};
use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use crate::{Failure, Function};

/// How many answers are remembered.
const REMEMBERED: usize = 10_000;

const API_ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5";

/// An authorizer, and what it said of late.
#[derive(Debug)]
pub(super) struct Authorizer {
    function: Function,
    /// What a token has to look like for the function to be asked about it.
    expression: Option<Regex>,
    ttl: Duration,
    known: Mutex<BTreeMap<String, (Instant, Arc<Verdict>)>>,
}

/// What the function answered.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Verdict {
    principal_id: String,
    policy_document: Policy,
    #[serde(default)]
    context: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    statement: Vec<Statement>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: String,
    resource: OneOrMany,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Authorizer {
    /// The template's default authorizer, if it has one.
    pub(super) fn read(
        template: &Template,
        deployed: &[pennon_template::Function],
        functions: &BTreeMap<String, Function>,
    ) -> Result<Option<Self>, TemplateError> {
        let unexpected = |what: &str| TemplateError::Unexpected(format!("the authorizer {what}"));
        let api = template.resources("AWS::Serverless::Api").next();
        let Some(auth) = api.and_then(|(_, api)| api.get("Auth")) else { return Ok(None) };
        let Some(name) = auth.get("DefaultAuthorizer").and_then(Value::as_str) else { return Ok(None) };
        let authorizer = auth.get("Authorizers").and_then(|authorizers| authorizers.get(name));
        let authorizer = authorizer.ok_or_else(|| unexpected("is not there"))?;
        let arn = authorizer.get("FunctionArn").and_then(|arn| arn.get("!Ref")?.as_str());
        let logical_id = arn.and_then(|arn| arn.strip_suffix(".Alias"));
        let function = deployed.iter().find(|function| Some(function.logical_id.as_str()) == logical_id);
        let function = function.and_then(|function| functions.get(&function.name));
        let identity = authorizer.get("Identity").unwrap_or(&Value::Null);
        let expression = identity.get("ValidationExpression").and_then(Value::as_str).map(Regex::new);
        Ok(Some(Self {
            function: function.ok_or_else(|| unexpected("is no function's alias"))?.clone(),
            expression: expression.transpose().map_err(|_| unexpected("has no valid expression"))?,
            // 300 s unless the template says otherwise.
            ttl: Duration::from_secs(identity.get("ReauthorizeEvery").and_then(Value::as_u64).unwrap_or(300)),
            known: Mutex::default(),
        }))
    }

    /// What is passed on about whoever asks.
    pub(super) async fn ask(
        &self,
        headers: &HeaderMap,
        stage: &str,
        route: &Route,
    ) -> Result<Arc<Map<String, Value>>, Refusal> {
        let token = headers.get(AUTHORIZATION).and_then(|token| token.to_str().ok());
        let token = token.ok_or(Refusal::Unauthorized)?;
        if self.expression.as_ref().is_some_and(|expression| !expression.is_match(token)) {
            return Err(Refusal::Unauthorized);
        }
        let method = format!("{API_ARN}/{stage}/{}{}", route.method, route.path);
        let verdict = match self.known(token) {
            Some(verdict) => verdict,
            None => self.invoke(token, &method).await?,
        };
        if !verdict.policy_document.allows(&method) {
            return Err(Refusal::AccessDenied);
        }
        let mut context = verdict.context.clone();
        context.insert("principalId".to_owned(), verdict.principal_id.clone().into());
        Ok(Arc::new(context))
    }

    fn known(&self, token: &str) -> Option<Arc<Verdict>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, verdict) = known.get(token)?;
        (since.elapsed() < self.ttl).then(|| Arc::clone(verdict))
    }

    async fn invoke(&self, token: &str, method: &str) -> Result<Arc<Verdict>, Refusal> {
        let event = json!({ "type": "TOKEN", "authorizationToken": token, "methodArn": method });
        let answer = match self.function.invoke(event.to_string()).await {
            Ok(invocation) => invocation.payload,
            // The one message that is no failure.
            Err(Failure::Function { message, .. }) if message == "Unauthorized" => {
                return Err(Refusal::Unauthorized);
            }
            Err(_) => return Err(Refusal::AuthorizerFailure),
        };
        let verdict: Verdict = serde_json::from_slice(&answer).map_err(|_| Refusal::AuthorizerFailure)?;
        let verdict = Arc::new(verdict);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.retain(|_, (since, _)| since.elapsed() < self.ttl);
        }
        known.insert(token.to_owned(), (Instant::now(), Arc::clone(&verdict)));
        Ok(verdict)
    }
}

impl Policy {
    fn allows(&self, method: &str) -> bool {
        let says = |effect: &str| {
            let mut statements = self.statement.iter().filter(|statement| statement.effect == effect);
            statements.any(|statement| statement.resource.holds(method))
        };
        says("Allow") && !says("Deny")
    }
}

impl OneOrMany {
    fn holds(&self, arn: &str) -> bool {
        match self {
            Self::One(pattern) => matches(pattern, arn),
            Self::Many(patterns) => patterns.iter().any(|pattern| matches(pattern, arn)),
        }
    }
}

/// Whether a pattern, in which `*` stands for anything, is that of a name.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == name };
    let Some(rest) = name.strip_prefix(before) else { return false };
    (0..=rest.len()).filter_map(|at| rest.get(at..)).any(|rest| matches(after, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        let method = "arn:aws:execute-api:eu-west-1:1:a/live/GET/v1/projects";
        for (pattern, held) in [
            ("*", true),
            (method, true),
            ("arn:aws:execute-api:eu-west-1:1:a/live/*/*", true),
            ("arn:aws:execute-api:*/GET/*", true),
            ("arn:aws:execute-api:eu-west-1:1:a/live/POST/*", false),
            ("arn:aws:execute-api:eu-west-1:1:a/live/GET", false),
        ] {
            assert_eq!(matches(pattern, method), held, "{pattern}");
        }
    }

    #[test]
    fn a_denial_wins() {
        let policy: Policy = serde_json::from_value(json!({ "Statement": [
            { "Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*" },
            { "Action": "execute-api:Invoke", "Effect": "Deny", "Resource": ["*/DELETE/*", "*/PUT/*"] },
        ] }))
        .unwrap();
        assert!(policy.allows("a/live/GET/v1"));
        assert!(!policy.allows("a/live/PUT/v1"));
        assert!(!Policy { statement: Vec::new() }.allows("a"));
    }
}
