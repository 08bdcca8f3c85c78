//! The configuration, and the only file of this crate that reads the environment.

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use pennon_config::{ConfigError, Variables};

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
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_variables(Variables::of_process())
    }

    fn from_variables(variables: Variables<'_>) -> Result<Self, ConfigError> {
        let default = Self::default();
        Ok(Self {
            core_table: table_name(variables, "CORE_TABLE")?.unwrap_or(default.core_table),
            audit_table: table_name(variables, "AUDIT_TABLE")?.unwrap_or(default.audit_table),
            ops_table: table_name(variables, "OPS_TABLE")?.unwrap_or(default.ops_table),
            head_ttl: variables.millis("HEAD_TTL_MS", 0..=60_000, default.head_ttl)?,
            max_stale: variables
                .number("MAX_STALE_SECONDS", 0..=604_800)?
                .map_or(default.max_stale, Duration::from_secs),
            max_environments: variables
                .number("MAX_ENVIRONMENTS", 1..=10_000)?
                .and_then(|number| NonZeroUsize::new(usize::try_from(number).ok()?))
                .unwrap_or(default.max_environments),
            connect_timeout: variables.timeout("DYNAMODB_CONNECT_TIMEOUT_MS", default.connect_timeout)?,
            point: Deadlines {
                attempt: variables.timeout("DYNAMODB_ATTEMPT_TIMEOUT_MS", default.point.attempt)?,
                operation: variables.timeout("DYNAMODB_OPERATION_TIMEOUT_MS", default.point.operation)?,
            },
            transfer: Deadlines {
                attempt: variables
                    .timeout("DYNAMODB_TRANSFER_ATTEMPT_TIMEOUT_MS", default.transfer.attempt)?,
                operation: variables
                    .timeout("DYNAMODB_TRANSFER_OPERATION_TIMEOUT_MS", default.transfer.operation)?,
            },
            change_deadline: variables.millis("CHANGE_DEADLINE_MS", 1..=25_000, default.change_deadline)?,
            dax: dax(variables)?,
        })
    }
}

fn dax(variables: Variables<'_>) -> Result<Option<DaxConfig>, ConfigError> {
    let Some(endpoint) = variables.text("DAX_ENDPOINT") else { return Ok(None) };
    let default = DaxConfig::at(endpoint);
    Ok(Some(DaxConfig {
        deadline: variables.millis("DAX_DEADLINE_MS", 1..=1000, default.deadline)?,
        ca_file: variables.text("DAX_CA_FILE").map(PathBuf::from),
        ..default
    }))
}

/// DynamoDB's own rule for table names.
fn table_name(variables: Variables<'_>, name: &'static str) -> Result<Option<String>, ConfigError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    variables.checked(name, "a table name: 3 to 255 of a-z, A-Z, 0-9, '_', '.' and '-'", |found| {
        (3..=255).contains(&found.len()) && found.bytes().all(allowed)
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
            ("DYNAMODB_ATTEMPT_TIMEOUT_MS", "0"),
            ("DAX_DEADLINE_MS", "1001"),
            ("CORE_TABLE", "a"),
            ("CORE_TABLE", "a/b/c"),
        ] {
            let error = read(&[("DAX_ENDPOINT", "dax://cluster.example"), (name, value)]).unwrap_err();
            assert_eq!((error.variable, error.found.as_str()), (name, value));
        }
    }
}
