//! Environments, as they are managed.

use pennon_domain::{EnvironmentId, EnvironmentInfo, ProjectKey, StoreError};

use super::{Item, Key, REV, SK, damaged, moment, moment_of, number, number_of, text, text_of};

const NAME: &str = "name";
const DESCRIPTION: &str = "description";
const BUCKETING: &str = "bucketing";
const CREATED: &str = "created";

/// An environment as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EnvironmentRow {
    pub(crate) info: EnvironmentInfo,
    /// Counts the changes of the row.
    pub(crate) rev: u64,
}

impl EnvironmentRow {
    /// The partition of a project's environments.
    pub(crate) fn partition(project: &ProjectKey) -> String {
        format!("P#{project}")
    }

    /// The sort key of an environment, or of where a list goes on.
    pub(crate) fn sort_key(environment: &str) -> String {
        format!("ENV#{environment}")
    }

    /// The key of an environment's item.
    pub(crate) fn key(id: &EnvironmentId) -> Key {
        Key { pk: Self::partition(&id.project()), sk: Self::sort_key(id.key().as_str()) }
    }

    pub(crate) fn encode(&self, project: &ProjectKey) -> Item {
        let EnvironmentInfo { key, name, description, bucketing, created } = &self.info;
        Key { pk: Self::partition(project), sk: Self::sort_key(key.as_str()) }.item([
            (NAME, text(name)),
            (DESCRIPTION, text(description)),
            (BUCKETING, text(bucketing.as_str())),
            (CREATED, moment(*created)),
            (REV, number(self.rev)),
        ])
    }

    pub(crate) fn decode(item: &Item) -> Result<Self, StoreError> {
        let read = || {
            let info = EnvironmentInfo {
                key: text_of(item, SK)?.strip_prefix("ENV#")?.parse().ok()?,
                name: text_of(item, NAME)?.to_owned(),
                description: text_of(item, DESCRIPTION)?.to_owned(),
                bucketing: text_of(item, BUCKETING)?.parse().ok()?,
                created: moment_of(item, CREATED)?,
            };
            Some(Self { info, rev: number_of(item, REV)? })
        };
        read().ok_or_else(damaged("reading an environment"))
    }
}

#[cfg(test)]
mod tests {
    use pennon_domain::{Bucketing, Timestamp};

    use super::*;

    #[test]
    fn an_environment_is_read_back() {
        let info = EnvironmentInfo {
            key: "production".parse().unwrap(),
            name: "Production".to_owned(),
            description: "The real one".to_owned(),
            bucketing: Bucketing::V2,
            created: Timestamp::from_millis(1_795_000_000_000),
        };
        let (row, project) = (EnvironmentRow { info, rev: 7 }, "shop".parse().unwrap());
        assert_eq!(EnvironmentRow::decode(&row.encode(&project)).unwrap(), row);
        for name in [SK, NAME, DESCRIPTION, BUCKETING, CREATED, REV] {
            let mut item = row.encode(&project);
            item.remove(name);
            assert!(EnvironmentRow::decode(&item).is_err(), "without {name}");
        }
    }
}
