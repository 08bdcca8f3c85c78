//! What the publisher reads from its environment. The only file of this crate that does.

use std::time::Duration;

use pennon_config::{ConfigError, Variables};

/// Characters of the name or the ARN of a bus (`PutEvents`, EventBridge API reference).
const MAX_BUS_LENGTH: usize = 1600;

/// Where events go, and how long that may take. Each field names its variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `EVENT_BUS_NAME`: the name of the bus, or its ARN. Default `pennon`.
    pub bus: String,
    /// `EVENTBRIDGE_CONNECT_TIMEOUT_MS`: for connecting, in milliseconds, 1 to 60000. Default 500.
    pub connect_timeout: Duration,
    /// `EVENTBRIDGE_ATTEMPT_TIMEOUT_MS`: one attempt of a call, in milliseconds, 1 to 60000. Default 1000.
    pub attempt_timeout: Duration,
    /// `EVENTBRIDGE_OPERATION_TIMEOUT_MS`: all attempts of a call with the pauses between them, in milliseconds, 1 to 60000.
    /// Default 3000.
    pub operation_timeout: Duration,
    /// `PUBLISH_DEADLINE_MS`: for how long an invocation begins calls, in milliseconds, 1 to 600000. The last one may take
    /// `operation_timeout` more; what is left by then is for the next invocation. Default 20000.
    pub deadline: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            bus: "pennon".to_owned(),
            connect_timeout: Duration::from_millis(500),
            attempt_timeout: Duration::from_secs(1),
            operation_timeout: Duration::from_secs(3),
            deadline: Duration::from_secs(20),
        }
    }
}

impl Config {
    /// Reads the environment variables that the fields name; an absent one gives the default.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_variables(Variables::of_process())
    }

    fn from_variables(variables: Variables<'_>) -> Result<Self, ConfigError> {
        let default = Self::default();
        Ok(Self {
            bus: bus(variables)?.unwrap_or(default.bus),
            connect_timeout: variables.timeout("EVENTBRIDGE_CONNECT_TIMEOUT_MS", default.connect_timeout)?,
            attempt_timeout: variables.timeout("EVENTBRIDGE_ATTEMPT_TIMEOUT_MS", default.attempt_timeout)?,
            operation_timeout: variables
                .timeout("EVENTBRIDGE_OPERATION_TIMEOUT_MS", default.operation_timeout)?,
            deadline: variables.millis("PUBLISH_DEADLINE_MS", 1..=600_000, default.deadline)?,
        })
    }
}

/// EventBridge's own rule.
fn bus(variables: Variables<'_>) -> Result<Option<String>, ConfigError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/.-_:".contains(&byte);
    variables.checked("EVENT_BUS_NAME", "the name or the ARN of an event bus", |found| {
        found.len() <= MAX_BUS_LENGTH && found.bytes().all(allowed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_variables(Variables::given(variables))
    }

    #[test]
    fn an_empty_environment_gives_the_defaults() {
        assert_eq!(read(&[]), Ok(Config::default()));
    }

    #[test]
    fn every_variable_sets_its_field() {
        let arn = "arn:aws:events:eu-west-1:123456789012:event-bus/pennon";
        let config = read(&[
            ("EVENT_BUS_NAME", arn),
            ("EVENTBRIDGE_CONNECT_TIMEOUT_MS", "11"),
            ("EVENTBRIDGE_ATTEMPT_TIMEOUT_MS", "12"),
            ("EVENTBRIDGE_OPERATION_TIMEOUT_MS", "13"),
            ("PUBLISH_DEADLINE_MS", "600000"),
        ]);
        let expected = Config {
            bus: arn.to_owned(),
            connect_timeout: Duration::from_millis(11),
            attempt_timeout: Duration::from_millis(12),
            operation_timeout: Duration::from_millis(13),
            deadline: Duration::from_mins(10),
        };
        assert_eq!(config, Ok(expected));
    }

    #[test]
    fn what_is_not_usable_names_its_variable() {
        for (name, value) in [
            ("EVENT_BUS_NAME", "a bus"),
            ("EVENTBRIDGE_ATTEMPT_TIMEOUT_MS", "0"),
            ("PUBLISH_DEADLINE_MS", "soon"),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            assert_eq!((error.variable, error.found.as_str()), (name, value));
        }
    }
}
