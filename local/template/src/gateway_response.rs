//! What the gateway answers by itself.

use serde_json::Value;

use crate::TemplateError;

/// An answer of the gateway's own: a case that never reaches a function, or a function that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayResponse {
    /// The status; `None` where the template leaves it to the gateway.
    pub status: Option<u16>,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// With the gateway's variables in it.
    template: String,
}

impl GatewayResponse {
    /// The body for a request. `message` is what the gateway says went wrong, where the template leaves room for that.
    pub fn body(&self, request_id: &str, message: &str) -> String {
        let message = Value::from(message).to_string();
        let body = self.template.replace("$context.requestId", request_id);
        body.replace("$context.error.messageString", &message)
    }

    pub(crate) fn read(name: &str, response: &Value) -> Result<Self, TemplateError> {
        let unexpected =
            |what: &str| TemplateError::Unexpected(format!("the gateway response {name} {what}"));
        let headers = response["ResponseParameters"]["Headers"].as_object();
        let headers = headers.ok_or_else(|| unexpected("has no headers"))?;
        let header = |(header, value): (&String, &Value)| {
            // Static values stand in single quotes.
            let value = value.as_str()?.strip_prefix('\'')?.strip_suffix('\'')?;
            Some((header.clone(), value.to_owned()))
        };
        let headers: Option<_> = headers.iter().map(header).collect();
        let template = response["ResponseTemplates"]["application/json"].as_str();
        Ok(Self {
            status: response["StatusCode"].as_u64().and_then(|status| status.try_into().ok()),
            headers: headers.ok_or_else(|| unexpected("has a header that is no static text"))?,
            template: template.ok_or_else(|| unexpected("has no body"))?.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_variables_of_the_gateway_are_filled_in() {
        let response = json!({
            "StatusCode": 429,
            "ResponseParameters": { "Headers": { "Retry-After": "'1'" } },
            "ResponseTemplates": {
                "application/json": r#"{"instance":"urn:$context.requestId","detail":$context.error.messageString}"#,
            },
        });
        let response = GatewayResponse::read("THROTTLED", &response).unwrap();
        assert_eq!(
            (response.status, response.headers.as_slice()),
            (Some(429), &[("Retry-After".into(), "1".into())][..])
        );
        assert_eq!(response.body("r-1", "a \"b\""), r#"{"instance":"urn:r-1","detail":"a \"b\""}"#);
    }

    #[test]
    fn a_response_that_the_template_does_not_have_is_named() {
        let error = GatewayResponse::read("THROTTLED", &Value::Null).unwrap_err().to_string();
        assert!(error.contains("THROTTLED"), "{error}");
    }
}
