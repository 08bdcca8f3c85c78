//! The YAML of templates as JSON.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

use crate::TemplateError;

/// The first document of the text. Tags become members: `!Ref X` is `{"!Ref": "X"}`.
pub(crate) fn to_json(text: &str) -> Result<Value, TemplateError> {
    let documents = Yaml::load_from_str(text).map_err(|error| TemplateError::Yaml(error.to_string()))?;
    let document = documents.first().ok_or_else(|| TemplateError::Yaml("it is empty".to_owned()))?;
    convert(document)
}

fn convert(node: &Yaml<'_>) -> Result<Value, TemplateError> {
    Ok(match node {
        Yaml::Tagged(tag, node) => json!({ format!("!{}", tag.suffix): convert(node)? }),
        Yaml::Mapping(members) => {
            let member = |(name, node): (&Yaml<'_>, _)| Ok((self::name(name)?, convert(node)?));
            Value::Object(members.iter().map(member).collect::<Result<Map<_, _>, TemplateError>>()?)
        }
        Yaml::Sequence(items) => items.iter().map(convert).collect::<Result<_, _>>()?,
        Yaml::Value(Scalar::String(text)) => json!(text),
        Yaml::Value(Scalar::Integer(number)) => json!(number),
        Yaml::Value(Scalar::FloatingPoint(number)) => json!(number.into_inner()),
        Yaml::Value(Scalar::Boolean(truth)) => json!(truth),
        Yaml::Value(Scalar::Null) => Value::Null,
        other => return Err(TemplateError::Yaml(format!("{other:?} is not expected"))),
    })
}

fn name(node: &Yaml<'_>) -> Result<String, TemplateError> {
    let name = node.as_str().map(str::to_owned);
    name.ok_or_else(|| TemplateError::Yaml(format!("{node:?} names a member")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_become_members() {
        let json = to_json("A: !Ref B\nC: !If [D, 1, !GetAtt E.F]\n").unwrap();
        assert_eq!(json, json!({ "A": { "!Ref": "B" }, "C": { "!If": ["D", 1, { "!GetAtt": "E.F" }] } }));
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for text in ["", "a: [", "1: 2"] {
            assert!(matches!(to_json(text), Err(TemplateError::Yaml(_))), "{text}");
        }
    }
}
