//! What the publisher reads from its environment. The only file of this crate that does.

use std::{ops::RangeInclusive, time::Duration};

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

/// A variable that says nothing usable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} must be {expected}, not {found:?}")]
pub struct ConfigError {
    /// Which variable.
    pub variable: &'static str,
    /// What it should say.
    pub expected: String,
    /// What it says.
    pub found: String,
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
    #[expect(clippy::disallowed_methods, reason = "the one place where this crate reads its environment")]
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_variables(&|name| Some(std::env::var_os(name)?.to_string_lossy().into_owned()))
    }

    fn from_variables(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let source = Variables(variable);
        let default = Self::default();
        Ok(Self {
            bus: source.bus("EVENT_BUS_NAME", default.bus)?,
            connect_timeout: source.timeout("EVENTBRIDGE_CONNECT_TIMEOUT_MS", default.connect_timeout)?,
            attempt_timeout: source.timeout("EVENTBRIDGE_ATTEMPT_TIMEOUT_MS", default.attempt_timeout)?,
            operation_timeout: source
                .timeout("EVENTBRIDGE_OPERATION_TIMEOUT_MS", default.operation_timeout)?,
            deadline: source.millis("PUBLISH_DEADLINE_MS", 1..=600_000, default.deadline)?,
        })
    }
}

struct Variables<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Variables<'_> {
    /// EventBridge's own rule.
    fn bus(&self, name: &'static str, default: String) -> Result<String, ConfigError> {
        let Some(found) = (self.0)(name) else { return Ok(default) };
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/.-_:".contains(&byte);
        if (1..=MAX_BUS_LENGTH).contains(&found.len()) && found.bytes().all(allowed) {
            return Ok(found);
        }
        Err(ConfigError { variable: name, expected: "the name or the ARN of an event bus".to_owned(), found })
    }

    fn timeout(&self, name: &'static str, default: Duration) -> Result<Duration, ConfigError> {
        self.millis(name, 1..=60_000, default)
    }

    fn millis(
        &self,
        name: &'static str,
        range: RangeInclusive<u64>,
        default: Duration,
    ) -> Result<Duration, ConfigError> {
        let Some(found) = (self.0)(name) else { return Ok(default) };
        match found.parse() {
            Ok(number) if range.contains(&number) => Ok(Duration::from_millis(number)),
            _ => {
                let expected = format!("a whole number from {} to {}", range.start(), range.end());
                Err(ConfigError { variable: name, expected, found })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_variables(&|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
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
            ("EVENT_BUS_NAME", ""),
            ("EVENT_BUS_NAME", "a bus"),
            ("EVENTBRIDGE_ATTEMPT_TIMEOUT_MS", "0"),
            ("PUBLISH_DEADLINE_MS", "soon"),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            assert_eq!((error.variable, error.found.as_str()), (name, value));
        }
    }
}
