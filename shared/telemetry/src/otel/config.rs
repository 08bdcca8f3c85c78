//! The configuration of spans, and where it is read from. The SDK reads variables of its own:
//! docs/TRACING.md has all of them.

use std::time::Duration;

use pennon_config::{ConfigError, Variables};

/// How long an export may take if nobody says otherwise, and at most: the process answers nobody meanwhile.
const DEADLINE: Duration = Duration::from_millis(200);
const MAX_DEADLINE: Duration = Duration::from_secs(1);

/// Where spans go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracesConfig {
    /// Whether that is asked for by TLS: `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, or `OTEL_EXPORTER_OTLP_ENDPOINT`, begins with `https`. The
    /// exporter reads the rest of it itself.
    pub tls: bool,
    /// `OTEL_EXPORTER_OTLP_TRACES_TIMEOUT`, or `OTEL_EXPORTER_OTLP_TIMEOUT`: how long an export may take, in milliseconds, from 1. More
    /// than 1000 counts as 1000. Default 200.
    pub deadline: Duration,
    /// `AWS_LAMBDA_FUNCTION_NAME`: the function, as AWS calls it. Default `local`. Set by Lambda.
    pub function: String,
}

impl TracesConfig {
    /// Reads the environment variables that the fields name. `None` if no endpoint is named, `OTEL_SDK_DISABLED` is `true`, or
    /// `OTEL_TRACES_EXPORTER` is `none`.
    ///
    /// # Errors
    /// When one of them says nothing usable.
    pub fn from_env() -> Result<Option<Self>, ConfigError> {
        Self::from_variables(Variables::of_process())
    }

    fn from_variables(variables: Variables<'_>) -> Result<Option<Self>, ConfigError> {
        let text = |name| variables.text(name);
        let either =
            |first, second| text(first).map(|text| (first, text)).or_else(|| Some((second, text(second)?)));
        let disabled = text("OTEL_SDK_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true"))
            || text("OTEL_TRACES_EXPORTER").as_deref() == Some("none");
        let endpoint = either("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT");
        let Some((_, endpoint)) = endpoint.filter(|_| !disabled) else { return Ok(None) };
        let timeout = either("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT");
        Ok(Some(Self {
            tls: endpoint.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:")),
            deadline: timeout.map_or(Ok(DEADLINE), |(name, text)| deadline(name, &text))?,
            function: text("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|| "local".to_owned()),
        }))
    }
}

fn deadline(variable: &'static str, text: &str) -> Result<Duration, ConfigError> {
    let millis = text.parse().ok().filter(|millis| *millis > 0);
    let deadline = millis.map(|millis| Duration::from_millis(millis).min(MAX_DEADLINE));
    deadline.ok_or_else(|| ConfigError::new(variable, "a whole number of milliseconds, from 1", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318");

    fn config(pairs: &[(&str, &str)]) -> Result<Option<TracesConfig>, ConfigError> {
        TracesConfig::from_variables(Variables::given(pairs))
    }

    #[test]
    fn nothing_is_exported_unless_somebody_says_where_to() {
        assert_eq!(config(&[]), Ok(None));
        assert_eq!(
            config(&[("OTEL_EXPORTER_OTLP_ENDPOINT", ""), ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")]),
            Ok(None)
        );
        for off in [("OTEL_SDK_DISABLED", "TRUE"), ("OTEL_TRACES_EXPORTER", "none")] {
            assert_eq!(config(&[ENDPOINT, off]), Ok(None));
        }
        let default = TracesConfig { tls: false, deadline: DEADLINE, function: "local".into() };
        assert_eq!(config(&[ENDPOINT]), Ok(Some(default)));
    }

    #[test]
    fn what_is_said_of_traces_goes_before_what_is_said_of_everything() {
        let config = config(&[
            ENDPOINT,
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "HTTPS://collector.example/v1/traces"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "10"),
            ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "20"),
            ("AWS_LAMBDA_FUNCTION_NAME", "evaluate"),
        ]);
        let expected =
            TracesConfig { tls: true, deadline: Duration::from_millis(20), function: "evaluate".into() };
        assert_eq!(config, Ok(Some(expected)));
    }

    #[test]
    fn nobody_waits_longer_than_a_second() {
        let deadline = |text| {
            config(&[ENDPOINT, ("OTEL_EXPORTER_OTLP_TIMEOUT", text)]).map(|config| config.unwrap().deadline)
        };
        assert_eq!(deadline("10000"), Ok(MAX_DEADLINE));
        for text in ["0", "-1", "1s"] {
            assert_eq!(deadline(text).unwrap_err().variable, "OTEL_EXPORTER_OTLP_TIMEOUT");
        }
    }
}
