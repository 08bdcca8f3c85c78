//! The configuration, and the only file of this crate that reads the environment.

use std::{num::NonZeroUsize, ops::RangeInclusive, path::PathBuf, time::Duration};

/// How the store is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `CORE_TABLE`: the table of the environments and their snapshots. Default `pennon-core`.
    pub core_table: String,
    /// `AUDIT_TABLE`: the table of what was changed. Default `pennon-audit`.
    pub audit_table: String,
    /// `OPS_TABLE`: the table of what may be forgotten, such as the answers for retries. Default `pennon-ops`.
    pub ops_table: String,
    /// `HEAD_TTL_MS`: for how long an environment's HEAD is taken from memory, in milliseconds, 0 to 60000, give or take
    /// a random quarter. It bounds how long a change or a revoked key goes unnoticed. Default 2000.
    pub head_ttl: Duration,
    /// `MAX_STALE_SECONDS`: for how long after its last confirmation a snapshot is served while DynamoDB cannot be
    /// reached, in seconds, 0 to 604800. Default 3600.
    pub max_stale: Duration,
    /// `MAX_ENVIRONMENTS`: how many environments are kept in memory, 1 to 10000. Default 32.
    pub max_environments: NonZeroUsize,
    /// `DYNAMODB_CONNECT_TIMEOUT_MS`: for a TCP connection, in milliseconds, 1 to 60000. Default 200: one at or above the
    /// attempt's deadline would never be reached.
    pub connect_timeout: Duration,
    /// `DYNAMODB_ATTEMPT_TIMEOUT_MS` and `DYNAMODB_OPERATION_TIMEOUT_MS`: for reading HEAD. Default 250 and 800.
    pub point: Deadlines,
    /// `DYNAMODB_TRANSFER_ATTEMPT_TIMEOUT_MS` and `DYNAMODB_TRANSFER_OPERATION_TIMEOUT_MS`: for moving up to 2.8 MB:
    /// for each chunk and for loading a snapshot as a whole, and for a transaction. Default 1000 and 3000.
    pub transfer: Deadlines,
    /// `CHANGE_DEADLINE_MS`: for how long a change is tried again while others are faster, in milliseconds, 1 to 25000: the
    /// gateway waits 29 s for an answer. The last try may take `transfer.operation` more. Default 10000.
    pub change_deadline: Duration,
    /// The cache between memory and DynamoDB. Default `None`: there is none.
    pub dax: Option<DaxConfig>,
}

/// A DAX cluster that evaluations read snapshots through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaxConfig {
    /// `DAX_ENDPOINT`: its URL, `daxs://host` (port 9111, TLS) or `dax://host` (port 8111). Absent or empty, there is no such tier.
    pub endpoint: String,
    /// `DAX_DEADLINE_MS`: for how long DAX may keep the load of a snapshot waiting, in milliseconds, 1 to 1000, connecting included.
    /// Then DynamoDB is read. Default 50.
    pub deadline: Duration,
    /// `DAX_CA_FILE`: a file in PEM with the certificates of those who may vouch for the cluster, instead of whoever the system
    /// trusts: for clusters that are not AWS's. Default `None`.
    pub ca_file: Option<PathBuf>,
}

/// How long a call of DynamoDB may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// One attempt, in milliseconds, 1 to 60000.
    pub attempt: Duration,
    /// All attempts together, with the pauses between them, in milliseconds, 1 to 60000.
    pub operation: Duration,
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
            core_table: "pennon-core".to_owned(),
            audit_table: "pennon-audit".to_owned(),
            ops_table: "pennon-ops".to_owned(),
            head_ttl: Duration::from_secs(2),
            max_stale: Duration::from_hours(1),
            max_environments: NonZeroUsize::MIN.saturating_add(31),
            connect_timeout: Duration::from_millis(200),
            point: Deadlines { attempt: Duration::from_millis(250), operation: Duration::from_millis(800) },
            transfer: Deadlines { attempt: Duration::from_secs(1), operation: Duration::from_secs(3) },
            change_deadline: Duration::from_secs(10),
            dax: None,
        }
    }
}

impl DaxConfig {
    /// The cluster at that URL, with the default deadline, vouched for by whoever the system trusts.
    pub fn at(endpoint: impl Into<String>) -> Self {
        Self { endpoint: endpoint.into(), deadline: Duration::from_millis(50), ca_file: None }
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
            core_table: source.table_name("CORE_TABLE", default.core_table)?,
            audit_table: source.table_name("AUDIT_TABLE", default.audit_table)?,
            ops_table: source.table_name("OPS_TABLE", default.ops_table)?,
            head_ttl: source.millis("HEAD_TTL_MS", 0..=60_000, default.head_ttl)?,
            max_stale: source
                .number("MAX_STALE_SECONDS", 0..=604_800)?
                .map_or(default.max_stale, Duration::from_secs),
            max_environments: source
                .number("MAX_ENVIRONMENTS", 1..=10_000)?
                .and_then(|number| NonZeroUsize::new(usize::try_from(number).ok()?))
                .unwrap_or(default.max_environments),
            connect_timeout: source.timeout("DYNAMODB_CONNECT_TIMEOUT_MS", default.connect_timeout)?,
            point: Deadlines {
                attempt: source.timeout("DYNAMODB_ATTEMPT_TIMEOUT_MS", default.point.attempt)?,
                operation: source.timeout("DYNAMODB_OPERATION_TIMEOUT_MS", default.point.operation)?,
            },
            transfer: Deadlines {
                attempt: source.timeout("DYNAMODB_TRANSFER_ATTEMPT_TIMEOUT_MS", default.transfer.attempt)?,
                operation: source
                    .timeout("DYNAMODB_TRANSFER_OPERATION_TIMEOUT_MS", default.transfer.operation)?,
            },
            change_deadline: source.millis("CHANGE_DEADLINE_MS", 1..=25_000, default.change_deadline)?,
            dax: source.dax()?,
        })
    }
}

struct Variables<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Variables<'_> {
    fn dax(&self) -> Result<Option<DaxConfig>, ConfigError> {
        let Some(endpoint) = self.text("DAX_ENDPOINT") else { return Ok(None) };
        let default = DaxConfig::at(endpoint);
        Ok(Some(DaxConfig {
            deadline: self.millis("DAX_DEADLINE_MS", 1..=1000, default.deadline)?,
            ca_file: self.text("DAX_CA_FILE").map(PathBuf::from),
            ..default
        }))
    }

    /// A text that is not empty. A template cannot leave a variable out, only empty.
    fn text(&self, name: &'static str) -> Option<String> {
        (self.0)(name).filter(|text| !text.is_empty())
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
        Ok(self.number(name, range)?.map_or(default, Duration::from_millis))
    }

    fn number(&self, name: &'static str, range: RangeInclusive<u64>) -> Result<Option<u64>, ConfigError> {
        let Some(found) = (self.0)(name) else { return Ok(None) };
        match found.parse() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => {
                let expected = format!("a whole number from {} to {}", range.start(), range.end());
                Err(ConfigError { variable: name, expected, found })
            }
        }
    }

    /// DynamoDB's own rule for table names.
    fn table_name(&self, name: &'static str, default: String) -> Result<String, ConfigError> {
        let Some(found) = (self.0)(name) else { return Ok(default) };
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        if (3..=255).contains(&found.len()) && found.bytes().all(allowed) {
            return Ok(found);
        }
        let expected = "a table name: 3 to 255 of a-z, A-Z, 0-9, '_', '.' and '-'".to_owned();
        Err(ConfigError { variable: name, expected, found })
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
        let config = read(&[
            ("CORE_TABLE", "flags"),
            ("AUDIT_TABLE", "changes"),
            ("OPS_TABLE", "answers"),
            ("HEAD_TTL_MS", "0"),
            ("MAX_STALE_SECONDS", "60"),
            ("MAX_ENVIRONMENTS", "7"),
            ("DYNAMODB_CONNECT_TIMEOUT_MS", "11"),
            ("DYNAMODB_ATTEMPT_TIMEOUT_MS", "12"),
            ("DYNAMODB_OPERATION_TIMEOUT_MS", "13"),
            ("DYNAMODB_TRANSFER_ATTEMPT_TIMEOUT_MS", "14"),
            ("DYNAMODB_TRANSFER_OPERATION_TIMEOUT_MS", "15"),
            ("CHANGE_DEADLINE_MS", "16"),
            ("DAX_ENDPOINT", "daxs://cluster.example"),
            ("DAX_DEADLINE_MS", "17"),
            ("DAX_CA_FILE", "ca.pem"),
        ]);
        let deadlines = |attempt, operation| Deadlines {
            attempt: Duration::from_millis(attempt),
            operation: Duration::from_millis(operation),
        };
        let expected = Config {
            core_table: "flags".to_owned(),
            audit_table: "changes".to_owned(),
            ops_table: "answers".to_owned(),
            head_ttl: Duration::ZERO,
            max_stale: Duration::from_mins(1),
            max_environments: NonZeroUsize::new(7).unwrap(),
            connect_timeout: Duration::from_millis(11),
            point: deadlines(12, 13),
            transfer: deadlines(14, 15),
            change_deadline: Duration::from_millis(16),
            dax: Some(DaxConfig {
                endpoint: "daxs://cluster.example".to_owned(),
                deadline: Duration::from_millis(17),
                ca_file: Some("ca.pem".into()),
            }),
        };
        assert_eq!(config, Ok(expected));
    }

    #[test]
    fn without_an_endpoint_there_is_no_dax() {
        for variables in
            [&[("DAX_ENDPOINT", ""), ("DAX_DEADLINE_MS", "20")][..], &[("DAX_CA_FILE", "ca.pem")]]
        {
            assert_eq!(read(variables).map(|config| config.dax), Ok(None));
        }
        let config = read(&[("DAX_ENDPOINT", "dax://cluster.example"), ("DAX_CA_FILE", "")]);
        assert_eq!(config.map(|config| config.dax), Ok(Some(DaxConfig::at("dax://cluster.example"))));
    }

    #[test]
    fn a_value_that_is_no_number_or_out_of_range_names_its_variable() {
        for (name, value) in [
            ("HEAD_TTL_MS", "2s"),
            ("HEAD_TTL_MS", "60001"),
            ("MAX_ENVIRONMENTS", "0"),
            ("MAX_STALE_SECONDS", "-1"),
            ("DYNAMODB_ATTEMPT_TIMEOUT_MS", ""),
            ("DAX_DEADLINE_MS", "1001"),
            ("CORE_TABLE", "a"),
            ("CORE_TABLE", "a/b/c"),
        ] {
            let error = read(&[("DAX_ENDPOINT", "dax://cluster.example"), (name, value)]).unwrap_err();
            assert_eq!((error.variable, error.found.as_str()), (name, value));
        }
    }

    #[test]
    fn the_error_says_what_to_write() {
        let error = read(&[("HEAD_TTL_MS", "soon")]).unwrap_err();
        assert_eq!(error.to_string(), "HEAD_TTL_MS must be a whole number from 0 to 60000, not \"soon\"");
    }
}
