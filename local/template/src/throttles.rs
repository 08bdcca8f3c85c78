//! How often methods may be called.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{Template, TemplateError};

/// The resource path and method of `MethodSettings` that stand for whatever is not named.
const EVERYTHING: (&str, &str) = ("*", "*");

/// A token bucket: how fast it fills, and how much it holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// Requests a second.
    pub rate: f64,
    /// Requests at once.
    pub burst: u32,
}

/// The throttles of a stage. Each method of a path has a bucket of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Throttles {
    methods: BTreeMap<(String, String), Limit>,
    others: Option<Limit>,
}

impl Limit {
    pub(crate) fn read(
        template: &Template,
        of: &str,
        rate: &Value,
        burst: &Value,
    ) -> Result<Self, TemplateError> {
        Ok(Self {
            rate: template.number(rate, || format!("the rate limit of {of}"))?,
            burst: template.number(burst, || format!("the burst limit of {of}"))?,
        })
    }
}

impl Throttles {
    /// The limit of a method on a path, written as in the template: `/ofrep/v1/evaluate/flags/{key+}`.
    pub fn limit(&self, method: &str, path: &str) -> Option<Limit> {
        self.methods.get(&(path.to_owned(), method.to_owned())).copied().or(self.others)
    }

    pub(crate) fn read(template: &Template) -> Result<Self, TemplateError> {
        let mut throttles = Self::default();
        for setting in template.api()["MethodSettings"].as_array().into_iter().flatten() {
            let (Some(path), Some(method)) =
                (setting["ResourcePath"].as_str(), setting["HttpMethod"].as_str())
            else {
                return Err(TemplateError::Unexpected(format!("{setting} names no method")));
            };
            let (rate, burst) = (&setting["ThrottlingRateLimit"], &setting["ThrottlingBurstLimit"]);
            if rate.is_null() && burst.is_null() {
                continue;
            }
            let limit = Limit::read(template, path, rate, burst)?;
            // "/" within the path is written "~1".
            let path = path.strip_prefix('/').unwrap_or(path).replace("~1", "/");
            if (path.as_str(), method) == EVERYTHING {
                throttles.others = Some(limit);
            } else {
                throttles.methods.insert((path, method.to_owned()), limit);
            }
        }
        Ok(throttles)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "
Parameters:
  Rate: { Default: 0.5 }
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      MethodSettings:
        - { ResourcePath: '/*', HttpMethod: '*', ThrottlingRateLimit: 10, ThrottlingBurstLimit: 5 }
        - { ResourcePath: '/~1a~1{key+}', HttpMethod: GET, ThrottlingRateLimit: !Ref Rate, ThrottlingBurstLimit: 2 }
        - { ResourcePath: '/~1b', HttpMethod: GET, LoggingLevel: ERROR }
";

    #[test]
    fn what_is_not_named_has_the_limit_of_the_stage() {
        let throttles = Template::parse(TEMPLATE).unwrap().throttles().unwrap();
        let stage = Some(Limit { rate: 10.0, burst: 5 });
        assert_eq!(throttles.limit("GET", "/a/{key+}"), Some(Limit { rate: 0.5, burst: 2 }));
        assert_eq!(throttles.limit("PUT", "/a/{key+}"), stage);
        assert_eq!(throttles.limit("GET", "/b"), stage);
        assert_eq!(Throttles::default().limit("GET", "/b"), None);
    }

    #[test]
    fn a_limit_has_to_be_a_number() {
        let template = Template::parse(TEMPLATE).unwrap().with_parameters(["Rate=fast"]).unwrap();
        let error = template.throttles().unwrap_err().to_string();
        assert!(error.contains("rate limit of /~1a"), "{error}");
    }
}
