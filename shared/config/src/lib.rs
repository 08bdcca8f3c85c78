//! Environment variables, read and checked. What they mean is said by the `Config` of whoever reads them.

use std::{borrow::Cow, ops::RangeInclusive, time::Duration};

/// A variable that says nothing usable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} must be {expected}, not {found:?}")]
pub struct ConfigError {
    /// Which variable.
    pub variable: &'static str,
    /// What it should say.
    pub expected: Cow<'static, str>,
    /// What it says; empty if it is not set.
    pub found: String,
}

impl ConfigError {
    /// The variable should say what is `expected`, and says what was `found`.
    pub fn new(
        variable: &'static str,
        expected: impl Into<Cow<'static, str>>,
        found: impl Into<String>,
    ) -> Self {
        Self { variable, expected: expected.into(), found: found.into() }
    }
}

/// Where variables are read from.
///
/// An empty one counts as absent: a template cannot leave a variable out, only empty.
#[derive(Clone, Copy, Debug)]
pub struct Variables<'a>(Source<'a>);

#[derive(Clone, Copy, Debug)]
enum Source<'a> {
    Process,
    Given(&'a [(&'a str, &'a str)]),
}

impl Variables<'static> {
    /// Those of this process.
    pub fn of_process() -> Self {
        Self(Source::Process)
    }
}

impl<'a> Variables<'a> {
    /// These, by name and value, and no others. For tests, which share the variables of their process.
    pub fn given(variables: &'a [(&'a str, &'a str)]) -> Self {
        Self(Source::Given(variables))
    }

    /// What the variable says, with replacement characters for what is not UTF-8.
    pub fn text(self, name: &str) -> Option<String> {
        let text = match self.0 {
            Source::Process => of_process(name),
            Source::Given(variables) => {
                variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            }
        };
        text.filter(|text| !text.is_empty())
    }

    /// What the variable says, which has to be something.
    ///
    /// # Errors
    /// When it is absent.
    pub fn required(self, name: &'static str, expected: &'static str) -> Result<String, ConfigError> {
        self.text(name).ok_or_else(|| ConfigError::new(name, expected, ""))
    }

    /// What the variable says, if that is usable.
    ///
    /// # Errors
    /// When it is not.
    pub fn checked(
        self,
        name: &'static str,
        expected: &'static str,
        is_usable: impl FnOnce(&str) -> bool,
    ) -> Result<Option<String>, ConfigError> {
        match self.text(name) {
            Some(found) if !is_usable(&found) => Err(ConfigError::new(name, expected, found)),
            text => Ok(text),
        }
    }

    /// A whole number.
    ///
    /// # Errors
    /// When it is no number of that range.
    pub fn number(self, name: &'static str, range: RangeInclusive<u64>) -> Result<Option<u64>, ConfigError> {
        let Some(found) = self.text(name) else { return Ok(None) };
        match found.parse() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => {
                let expected = format!("a whole number from {} to {}", range.start(), range.end());
                Err(ConfigError::new(name, expected, found))
            }
        }
    }

    /// A whole number of milliseconds.
    ///
    /// # Errors
    /// When it is no number of that range.
    pub fn millis(
        self,
        name: &'static str,
        range: RangeInclusive<u64>,
        default: Duration,
    ) -> Result<Duration, ConfigError> {
        Ok(self.number(name, range)?.map_or(default, Duration::from_millis))
    }

    /// For how long something is waited for, in milliseconds, 1 to 60000.
    ///
    /// # Errors
    /// When it is no number of that range.
    pub fn timeout(self, name: &'static str, default: Duration) -> Result<Duration, ConfigError> {
        self.millis(name, 1..=60_000, default)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the variables of the process")]
fn of_process(name: &str) -> Option<String> {
    Some(std::env::var_os(name)?.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_is_empty_is_absent() {
        for variables in [Variables::given(&[]), Variables::given(&[("NAME", "")])] {
            assert_eq!(variables.text("NAME"), None);
            assert_eq!(variables.number("NAME", 0..=9), Ok(None));
            assert_eq!(variables.timeout("NAME", SECOND), Ok(SECOND));
            assert_eq!(variables.checked("NAME", "nothing", |_| false), Ok(None));
            assert_eq!(variables.required("NAME", "a name"), Err(ConfigError::new("NAME", "a name", "")));
        }
    }

    #[test]
    fn the_ends_of_a_range_are_in_it() {
        for (text, number) in
            [("1", Some(1)), ("9", Some(9)), ("0", None), ("10", None), ("-1", None), ("1s", None)]
        {
            let variables = [("NAME", text)];
            assert_eq!(Variables::given(&variables).number("NAME", 1..=9).ok().flatten(), number, "{text}");
        }
        assert_eq!(Variables::given(&[("NAME", "60000")]).timeout("NAME", SECOND), Ok(60 * SECOND));
        assert_eq!(Variables::given(&[("NAME", "0")]).millis("NAME", 0..=9, SECOND), Ok(Duration::ZERO));
    }

    #[test]
    fn what_is_not_usable_says_what_would_be() {
        let variables = Variables::given(&[("NAME", "soon")]);
        let message = |error: ConfigError| error.to_string();
        assert_eq!(
            variables.timeout("NAME", SECOND).map_err(message),
            Err("NAME must be a whole number from 1 to 60000, not \"soon\"".to_owned())
        );
        let refused = variables.checked("NAME", "a day", |_| false).map_err(message);
        assert_eq!(refused, Err("NAME must be a day, not \"soon\"".to_owned()));
        assert_eq!(variables.checked("NAME", "a day", |text| text == "soon"), Ok(Some("soon".to_owned())));
    }

    #[test]
    fn the_process_has_variables() {
        assert!(Variables::of_process().text("PATH").is_some());
        assert_eq!(Variables::of_process().text("PENNON_NOBODY_SETS_THIS"), None);
    }
}
