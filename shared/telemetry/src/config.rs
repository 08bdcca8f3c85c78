//! The configuration of logs and metrics, and where it is read from.

use std::time::Duration;

use pennon_config::{ConfigError, Variables};

/// How a process says what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// How it logs.
    pub log: LogConfig,
    /// How it counts. `METRICS`: `on`, or `off` for not at all, which is `None`. Default `on`.
    pub metrics: Option<MetricsConfig>,
}

/// How a process logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogConfig {
    /// `AWS_LAMBDA_LOG_FORMAT`: whether a line is a JSON object (`JSON`) or text for people (anything else). Default text. Lambda sets
    /// it from the function's `LogFormat`.
    pub json: bool,
    /// `AWS_LAMBDA_LOG_LEVEL`: the least important level that is written. Default `INFO`. Lambda sets it from the function's
    /// `ApplicationLogLevel`.
    pub level: Option<String>,
    /// `RUST_LOG`: a level, or levels of modules such as `warn,pennon_store=debug`, which go before `level`.
    pub directives: Option<String>,
    /// `AWS_LAMBDA_FUNCTION_NAME`: the function, as AWS calls it. Default empty. Set by Lambda.
    pub function: String,
}

/// How a process counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricsConfig {
    /// `METRICS_NAMESPACE`: the CloudWatch namespace, 1 to 255 of `A-Z`, `a-z`, `0-9` and `.-_/#:`. Default `Pennon`.
    pub namespace: String,
    /// `METRICS_INTERVAL_MS`: how far apart two reports of a process are at least, in milliseconds, 0 to 60000. 0 reports after each
    /// invocation. Default 1000.
    pub interval: Duration,
    /// `AWS_LAMBDA_FUNCTION_NAME`: the function, as AWS calls it. Default `local`. Set by Lambda.
    pub function: String,
}

impl Default for MetricsConfig {
    fn default() -> Self {
        Self {
            namespace: "Pennon".to_owned(),
            interval: Duration::from_secs(1),
            function: "local".to_owned(),
        }
    }
}

impl LogConfig {
    /// Reads the environment variables that the fields name. Nothing that they say is an error: a process that cannot start has to say why.
    pub fn from_env() -> Self {
        Self::from_variables(Variables::of_process())
    }

    fn from_variables(variables: Variables<'_>) -> Self {
        Self {
            json: variables
                .text("AWS_LAMBDA_LOG_FORMAT")
                .is_some_and(|format| format.eq_ignore_ascii_case("json")),
            level: variables.text("AWS_LAMBDA_LOG_LEVEL"),
            directives: variables.text("RUST_LOG"),
            function: variables.text("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default(),
        }
    }
}

impl MetricsConfig {
    /// Reads the environment variables that the fields name; `None` if `METRICS` is `off`.
    ///
    /// # Errors
    /// When one of them says nothing usable.
    pub fn from_env() -> Result<Option<Self>, ConfigError> {
        Self::from_variables(Variables::of_process())
    }

    fn from_variables(variables: Variables<'_>) -> Result<Option<Self>, ConfigError> {
        let switch = variables.checked("METRICS", "`on` or `off`", |text| ["on", "off"].contains(&text))?;
        if switch.as_deref() == Some("off") {
            return Ok(None);
        }
        let default = Self::default();
        Ok(Some(Self {
            namespace: namespace(variables)?.unwrap_or(default.namespace),
            interval: variables.millis("METRICS_INTERVAL_MS", 0..=60_000, default.interval)?,
            function: variables.text("AWS_LAMBDA_FUNCTION_NAME").unwrap_or(default.function),
        }))
    }
}

/// CloudWatch's own rule.
fn namespace(variables: Variables<'_>) -> Result<Option<String>, ConfigError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_/#:".contains(&byte);
    variables.checked("METRICS_NAMESPACE", "1 to 255 of A-Z, a-z, 0-9 and .-_/#:", |text| {
        text.len() <= 255 && text.bytes().all(allowed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics(pairs: &[(&str, &str)]) -> Result<Option<MetricsConfig>, ConfigError> {
        MetricsConfig::from_variables(Variables::given(pairs))
    }

    #[test]
    fn an_empty_environment_gives_the_defaults() {
        assert_eq!(LogConfig::from_variables(Variables::given(&[])), LogConfig::default());
        assert_eq!(metrics(&[]), Ok(Some(MetricsConfig::default())));
        assert_eq!(
            metrics(&[("METRICS", ""), ("METRICS_NAMESPACE", "")]),
            Ok(Some(MetricsConfig::default()))
        );
    }

    #[test]
    fn every_variable_sets_its_field() {
        let log = LogConfig::from_variables(Variables::given(&[
            ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
            ("AWS_LAMBDA_LOG_LEVEL", "WARN"),
            ("RUST_LOG", "pennon_store=debug"),
            ("AWS_LAMBDA_FUNCTION_NAME", "evaluate"),
        ]));
        let expected = LogConfig {
            json: true,
            level: Some("WARN".into()),
            directives: Some("pennon_store=debug".into()),
            function: "evaluate".into(),
        };
        assert_eq!(log, expected);
        let metrics = metrics(&[
            ("METRICS", "on"),
            ("METRICS_NAMESPACE", "Pennon/shop-live"),
            ("METRICS_INTERVAL_MS", "0"),
            ("AWS_LAMBDA_FUNCTION_NAME", "evaluate"),
        ]);
        let expected = MetricsConfig {
            namespace: "Pennon/shop-live".into(),
            interval: Duration::ZERO,
            function: "evaluate".into(),
        };
        assert_eq!(metrics, Ok(Some(expected)));
    }

    #[test]
    fn metrics_can_be_switched_off() {
        assert_eq!(metrics(&[("METRICS", "off"), ("METRICS_INTERVAL_MS", "soon")]), Ok(None));
    }

    #[test]
    fn a_value_that_says_nothing_usable_names_its_variable() {
        for (name, value) in [
            ("METRICS", "yes"),
            ("METRICS_INTERVAL_MS", "1s"),
            ("METRICS_INTERVAL_MS", "60001"),
            ("METRICS_NAMESPACE", "a b"),
        ] {
            let error = metrics(&[(name, value)]).unwrap_err();
            assert_eq!((error.variable, error.found.as_str()), (name, value));
        }
    }
}
