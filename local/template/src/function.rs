//! The functions.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;

use crate::{Template, TemplateError};

/// Where `make build` leaves what is deployed.
const ARTIFACTS: &str = "target/lambda/";

/// A function as the template deploys it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// What the template calls it, for example `EvaluateFlag`.
    pub logical_id: String,
    /// The name of its folder and its binary, for example `evaluate-flag`.
    pub name: String,
    /// Memory in MB.
    pub memory_mb: u32,
    /// How long an invocation may take.
    pub timeout: Duration,
    /// Where the gateway mounts it, if it does.
    pub route: Option<Route>,
    /// Its environment variables, but for those whose value only a deployment knows, such as the name of a table.
    pub variables: BTreeMap<String, String>,
    /// The names of the template's managed policies that it has.
    pub policies: Vec<String>,
}

/// Where the gateway mounts a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// For example `POST`.
    pub method: String,
    /// For example `/ofrep/v1/evaluate/flags/{key+}`.
    pub path: String,
    /// Whether the gateway asks the authorizer first.
    pub authorizer: bool,
    /// Whether the gateway passes answers on as they come.
    pub streaming: bool,
}

impl Function {
    pub(crate) fn read(template: &Template, name: &str, properties: &Value) -> Result<Self, TemplateError> {
        let globals = &template.document["Globals"]["Function"];
        let setting = |member: &str| match &properties[member] {
            Value::Null => &globals[member],
            own => own,
        };
        let what = |member: &str| format!("{member} of {name}");
        let code = properties["CodeUri"].as_str().and_then(|code| code.strip_prefix(ARTIFACTS));
        let code = code.ok_or_else(|| TemplateError::Unexpected(format!("{name} is not in {ARTIFACTS}")))?;
        Ok(Self {
            logical_id: name.to_owned(),
            name: code.trim_end_matches('/').to_owned(),
            memory_mb: template.number(setting("MemorySize"), || what("MemorySize"))?,
            timeout: Duration::from_secs(template.number(setting("Timeout"), || what("Timeout"))?),
            route: Route::read(name, &properties["Events"])?,
            variables: variables(template, [globals, properties]),
            policies: policies(&properties["Policies"]),
        })
    }
}

impl Route {
    fn read(function: &str, events: &Value) -> Result<Option<Self>, TemplateError> {
        let mut requests =
            events.as_object().into_iter().flatten().filter(|(_, event)| event["Type"] == "Api");
        let Some((_, event)) = requests.next() else { return Ok(None) };
        if requests.next().is_some() {
            return Err(TemplateError::Unexpected(format!("{function} has more than one route")));
        }
        let event = &event["Properties"];
        let text = |member: &str| event[member].as_str().map(str::to_owned);
        let (Some(method), Some(path)) = (text("Method"), text("Path")) else {
            return Err(TemplateError::Unexpected(format!(
                "the route of {function} lacks its method or path"
            )));
        };
        Ok(Some(Self {
            method,
            path,
            authorizer: event["Auth"]["Authorizer"] != "NONE",
            streaming: event["ResponseTransferMode"] == "RESPONSE_STREAM",
        }))
    }
}

/// Those of all functions, and the function's own, which win.
fn variables(template: &Template, places: [&Value; 2]) -> BTreeMap<String, String> {
    let all = places.into_iter().filter_map(|place| place["Environment"]["Variables"].as_object()).flatten();
    all.filter_map(|(name, value)| Some((name.clone(), template.text(value)?))).collect()
}

fn policies(value: &Value) -> Vec<String> {
    let policies = value.as_array().into_iter().flatten();
    policies.filter_map(|policy| policy["!Ref"].as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "
Parameters:
  Memory: { Default: 512 }
Globals:
  Function:
    MemorySize: !Ref Memory
    Timeout: 15
    Environment: { Variables: { TABLE: !Ref CoreTable, LEVEL: one } }
Resources:
  CoreTable: { Type: 'AWS::DynamoDB::Table' }
  Export:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/export/
      Timeout: 29
      Policies: [!Ref ReadCore]
      Environment: { Variables: { LEVEL: two, MODE: stream } }
      Events:
        Stream: { Type: DynamoDB }
        Request:
          Type: Api
          Properties: { Method: GET, Path: /export, ResponseTransferMode: RESPONSE_STREAM }
";

    #[test]
    fn a_function_has_its_own_settings_and_else_the_global_ones() {
        let functions = Template::parse(TEMPLATE).unwrap().functions().unwrap();
        let variables = [("LEVEL", "two"), ("MODE", "stream")];
        let expected = Function {
            logical_id: "Export".into(),
            name: "export".into(),
            memory_mb: 512,
            timeout: Duration::from_secs(29),
            route: Some(Route {
                method: "GET".into(),
                path: "/export".into(),
                authorizer: true,
                streaming: true,
            }),
            variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            policies: vec!["ReadCore".into()],
        };
        assert_eq!(functions, [expected]);
    }

    #[test]
    fn what_a_function_has_to_say_is_asked_for() {
        for (removed, named) in [
            ("      CodeUri: target/lambda/export/\n", "target/lambda"),
            ("    MemorySize: !Ref Memory\n", "MemorySize"),
            ("Method: GET, ", "method"),
        ] {
            let text = TEMPLATE.replace(removed, "");
            let error = Template::parse(&text).unwrap().functions().unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}
