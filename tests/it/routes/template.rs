//! What `template.yaml` deploys.

use std::fs;

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

use crate::support::repository;

/// A function as the template deploys it.
pub(super) struct Deployed {
    /// Of its folder, as `CodeUri` says it.
    pub(super) name: String,
    /// The method and the path that the gateway serves by it.
    pub(super) route: Option<(String, String)>,
    /// Whether the gateway asks the authorizer first.
    pub(super) takes_token: bool,
    /// The managed policies of the template that it has.
    pub(super) policies: Vec<String>,
    /// Whether the gateway passes its answers on as they come, and whether it sends them so.
    pub(super) streams: (bool, bool),
}

/// The template as JSON. Tags become members: `!Ref X` is `{"!Ref": "X"}`.
pub(super) fn template() -> Value {
    let text = fs::read_to_string(repository().join("template.yaml")).unwrap();
    to_json(&Yaml::load_from_str(&text).unwrap()[0])
}

/// The resources of a type, with their names.
pub(super) fn resources<'t>(template: &'t Value, kind: &str) -> Vec<(&'t str, &'t Value)> {
    let resources = template["Resources"].as_object().unwrap().iter();
    let of_kind = resources.filter(|(_, resource)| resource["Type"] == kind);
    of_kind.map(|(name, resource)| (name.as_str(), &resource["Properties"])).collect()
}

/// The functions.
pub(super) fn functions(template: &Value) -> Vec<Deployed> {
    let functions = resources(template, "AWS::Serverless::Function");
    functions.into_iter().map(|(_, properties)| deployed(properties)).collect()
}

/// One text or several.
pub(super) fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

fn deployed(properties: &Value) -> Deployed {
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned();
    let code = text(&properties["CodeUri"]);
    let events = properties["Events"].as_object().into_iter().flatten();
    let requests: Vec<_> = events.filter(|(_, event)| event["Type"] == "Api").collect();
    assert!(requests.len() <= 1, "{code} has more than one route");
    let request = requests.first().map(|(_, event)| &event["Properties"]);
    Deployed {
        name: code.strip_prefix("target/lambda/").unwrap().trim_end_matches('/').to_owned(),
        route: request.map(|request| (text(&request["Method"]), text(&request["Path"]))),
        takes_token: request.is_some_and(|request| request["Auth"]["Authorizer"] != "NONE"),
        policies: list(&properties["Policies"]).into_iter().map(|policy| text(&policy["!Ref"])).collect(),
        streams: (
            request.is_some_and(|request| request["ResponseTransferMode"] == "RESPONSE_STREAM"),
            properties["Environment"]["Variables"]["RESPONSE_MODE"] == "stream",
        ),
    }
}

fn to_json(node: &Yaml<'_>) -> Value {
    match node {
        Yaml::Tagged(tag, node) => json!({ format!("!{}", tag.suffix): to_json(node) }),
        Yaml::Mapping(members) => {
            let member = |(name, node): (&Yaml<'_>, _)| (name.as_str().unwrap().to_owned(), to_json(node));
            Value::Object(members.iter().map(member).collect::<Map<_, _>>())
        }
        Yaml::Sequence(items) => items.iter().map(to_json).collect(),
        Yaml::Value(Scalar::String(text)) => json!(text),
        Yaml::Value(Scalar::Integer(number)) => json!(number),
        Yaml::Value(Scalar::Boolean(truth)) => json!(truth),
        other => panic!("{other:?} is not expected in the template"),
    }
}
