//! What `template.yaml` deploys: functions and their routes, throttles, and what the gateway answers by itself.
//!
//! Whatever stands in for AWS on a developer's machine reads it here, so that limits, timeouts and texts are those of the template
//! and stand nowhere else. Of `CloudFormation` it knows tags, parameters and their defaults; it evaluates no conditions.

#![expect(clippy::indexing_slicing, reason = "a member that JSON does not have is null, not a panic")]

mod function;
mod gateway_response;
mod throttles;
mod yaml;

use std::collections::BTreeMap;

use serde_json::Value;

pub use crate::{
    function::{Function, Route},
    gateway_response::GatewayResponse,
    throttles::{Limit, Throttles},
};

/// Why a template cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TemplateError {
    /// It is not YAML, or not of the kind that templates are written in.
    #[error("the template is not valid YAML: {0}")]
    Yaml(String),
    /// It has no such parameter.
    #[error("the template has no parameter {0}")]
    NoSuchParameter(String),
    /// A parameter is not given as `Name=value`.
    #[error("{0} is not of the form Name=value")]
    NotAParameter(String),
    /// Something is missing, or is not what it has to be; says what and where.
    #[error("in the template, {0}")]
    Unexpected(String),
}

/// A template, with a value for each parameter.
#[derive(Clone, Debug)]
pub struct Template {
    document: Value,
    parameters: BTreeMap<String, Value>,
}

impl Template {
    /// The template of this workspace, as it was when the program was built.
    ///
    /// # Errors
    /// When it is not valid, which a test sees to.
    pub fn ours() -> Result<Self, TemplateError> {
        Self::parse(include_str!("../../../template.yaml"))
    }

    /// Reads a template. Parameters have their defaults.
    ///
    /// # Errors
    /// [`TemplateError::Yaml`].
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let document = yaml::to_json(text)?;
        let declared = document["Parameters"].as_object().into_iter().flatten();
        let parameters =
            declared.map(|(name, parameter)| (name.clone(), parameter["Default"].clone())).collect();
        Ok(Self { document, parameters })
    }

    /// With other values of parameters, each `Name=value`, as `sam deploy --parameter-overrides` takes them.
    ///
    /// # Errors
    /// When one is malformed, or the template does not declare it.
    pub fn with_parameters<'a>(
        mut self,
        overrides: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, TemplateError> {
        for text in overrides {
            let Some((name, value)) = text.split_once('=') else {
                return Err(TemplateError::NotAParameter(text.to_owned()));
            };
            let Some(parameter) = self.parameters.get_mut(name) else {
                return Err(TemplateError::NoSuchParameter(name.to_owned()));
            };
            *parameter = Value::from(value);
        }
        Ok(self)
    }

    /// The whole of it as JSON. Tags are members: `!Ref X` is `{"!Ref": "X"}`.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// The resources of a type, for example `AWS::Serverless::Function`: their names and properties.
    pub fn resources(&self, kind: &str) -> impl Iterator<Item = (&str, &Value)> {
        let resources = self.document["Resources"].as_object().into_iter().flatten();
        let of_kind = resources.filter(move |(_, resource)| resource["Type"] == kind);
        of_kind.map(|(name, resource)| (name.as_str(), &resource["Properties"]))
    }

    /// The functions, in the order of their names.
    ///
    /// # Errors
    /// When one does not say what it has to: where its code is, how much memory and time it has.
    pub fn functions(&self) -> Result<Vec<Function>, TemplateError> {
        let functions = self.resources("AWS::Serverless::Function");
        functions.map(|(name, properties)| Function::read(self, name, properties)).collect()
    }

    /// How often methods may be called.
    ///
    /// # Errors
    /// When a limit is no number.
    pub fn throttles(&self) -> Result<Throttles, TemplateError> {
        Throttles::read(self)
    }

    /// What each client of the usage plan may ask.
    ///
    /// # Errors
    /// When there is no usage plan, or a limit is no number.
    pub fn client_limit(&self) -> Result<Limit, TemplateError> {
        let missing = || TemplateError::Unexpected("there is no usage plan".to_owned());
        let (name, plan) = self.resources("AWS::ApiGateway::UsagePlan").next().ok_or_else(missing)?;
        let throttle = &plan["Throttle"];
        Limit::read(self, name, &throttle["RateLimit"], &throttle["BurstLimit"])
    }

    /// What the gateway answers by itself in a case, for example `THROTTLED`.
    ///
    /// # Errors
    /// When the template does not say it.
    pub fn gateway_response(&self, name: &str) -> Result<GatewayResponse, TemplateError> {
        GatewayResponse::read(name, &self.api()["GatewayResponses"][name])
    }

    /// The properties of the API; null if there is none.
    fn api(&self) -> &Value {
        self.resources("AWS::Serverless::Api").next().map_or(&Value::Null, |(_, properties)| properties)
    }

    /// What stands there: a literal, or the value of the parameter that it refers to. Nothing for what only a deployment knows.
    fn literal<'t>(&'t self, value: &'t Value) -> Option<&'t Value> {
        let value = match value.get("!Ref") {
            Some(name) => self.parameters.get(name.as_str()?)?,
            None => value,
        };
        (value.is_string() || value.is_number() || value.is_boolean()).then_some(value)
    }

    /// The text of it, numbers included.
    fn text(&self, value: &Value) -> Option<String> {
        match self.literal(value)? {
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    /// A number, which a parameter may give as text.
    fn number<T: std::str::FromStr>(
        &self,
        value: &Value,
        what: impl Fn() -> String,
    ) -> Result<T, TemplateError> {
        let number = self.text(value).and_then(|text| text.parse().ok());
        number.ok_or_else(|| TemplateError::Unexpected(format!("{} is no such number: {value}", what())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_have_defaults_and_take_other_values() {
        let text = "Parameters:\n  Rate:\n    Type: Number\n    Default: 7\n";
        let template = Template::parse(text).unwrap();
        let rate = serde_json::json!({ "!Ref": "Rate" });
        assert_eq!(template.text(&rate).as_deref(), Some("7"));
        let template = template.with_parameters(["Rate=12=3"]).unwrap();
        assert_eq!(template.text(&rate).as_deref(), Some("12=3"));
        let refused = template.clone().with_parameters(["Rat=1"]).unwrap_err();
        assert_eq!(refused, TemplateError::NoSuchParameter("Rat".into()));
        let refused = template.with_parameters(["Rate"]).unwrap_err();
        assert_eq!(refused, TemplateError::NotAParameter("Rate".into()));
    }

    #[test]
    fn our_template_is_read_whole() {
        let template = Template::ours().unwrap();
        let functions = template.functions().unwrap();
        let evaluate = functions.iter().find(|function| function.name == "evaluate-flag").unwrap();
        assert_eq!(evaluate.logical_id, "EvaluateFlag");
        assert_eq!((evaluate.memory_mb, evaluate.timeout.as_secs()), (256, 5));
        let route = Route {
            method: "POST".into(),
            path: "/ofrep/v1/evaluate/flags/{key+}".into(),
            authorizer: false,
            streaming: false,
        };
        assert_eq!(evaluate.route, Some(route));
        let throttles = template.throttles().unwrap();
        let evaluation = throttles.limit("POST", "/ofrep/v1/evaluate/flags/{key+}");
        assert_eq!(evaluation, Some(Limit { rate: 1000.0, burst: 500 }));
        assert_eq!(throttles.limit("GET", "/v1/projects"), Some(Limit { rate: 100.0, burst: 50 }));
        assert_eq!(template.client_limit().unwrap(), Limit { rate: 50.0, burst: 100 });
        for (name, status) in [("UNAUTHORIZED", 401), ("ACCESS_DENIED", 403), ("THROTTLED", 429)] {
            assert_eq!(template.gateway_response(name).unwrap().status, Some(status));
        }
    }
}
