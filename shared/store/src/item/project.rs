//! Projects.

use pennon_domain::{Project, ProjectKey, StoreError, Timestamp};

use super::{Item, Key, PK, REV, SK, damaged, is_true, moment, moment_of, number, number_of, text, text_of};

/// The partition of all projects.
pub(crate) const PROJECTS: &str = "PROJECTS";
/// How many environments it has.
pub(crate) const ENVIRONMENTS: &str = "environments";
/// Marks what is left of a project that was deleted: its audit stays readable.
pub(crate) const DELETED: &str = "deleted";

const NAME: &str = "name";
const DESCRIPTION: &str = "description";
const CREATED: &str = "created";
const SINCE: &str = "since";

/// A project as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProjectRow {
    pub(crate) project: Project,
    /// Counts the changes of the row, but for those of the number of environments.
    pub(crate) rev: u64,
    pub(crate) environments: u64,
    /// When a project of this key was first made: its audit begins there.
    pub(crate) since: Timestamp,
    pub(crate) deleted: bool,
}

impl ProjectRow {
    /// The key of a project's item.
    pub(crate) fn key(project: &ProjectKey) -> Key {
        Key { pk: PROJECTS.to_owned(), sk: Self::sort_key(project.as_str()) }
    }

    /// The sort key of a project, or of where a list goes on.
    pub(crate) fn sort_key(project: &str) -> String {
        format!("P#{project}")
    }

    /// A project that did not exist, before its first environment.
    pub(crate) fn new(project: Project) -> Self {
        Self { rev: 1, environments: 0, since: project.created, deleted: false, project }
    }

    /// The row with other contents, one revision later.
    pub(crate) fn with(&self, project: Project, deleted: bool) -> Self {
        Self { project, rev: self.rev.saturating_add(1), deleted, ..self.clone() }
    }

    pub(crate) fn encode(&self) -> Item {
        let Project { key, name, description, created } = &self.project;
        let mut item = Self::key(key).item([
            (NAME, text(name)),
            (DESCRIPTION, text(description)),
            (CREATED, moment(*created)),
            (SINCE, moment(self.since)),
            (REV, number(self.rev)),
            (ENVIRONMENTS, number(self.environments)),
        ]);
        if self.deleted {
            item.insert(DELETED.to_owned(), super::AttributeValue::Bool(true));
        }
        item
    }

    pub(crate) fn decode(item: &Item) -> Result<Self, StoreError> {
        let read = || {
            let key = text_of(item, SK)?.strip_prefix("P#")?.parse().ok()?;
            let (name, description) =
                (text_of(item, NAME)?.to_owned(), text_of(item, DESCRIPTION)?.to_owned());
            Some(Self {
                project: Project { key, name, description, created: moment_of(item, CREATED)? },
                rev: number_of(item, REV)?,
                environments: number_of(item, ENVIRONMENTS)?,
                since: moment_of(item, SINCE)?,
                deleted: is_true(item, DELETED),
            })
        };
        read().filter(|_| text_of(item, PK) == Some(PROJECTS)).ok_or_else(damaged("reading a project"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_read_back() {
        let project = Project {
            key: "shop".parse().unwrap(),
            name: "Shop".to_owned(),
            description: String::new(),
            created: Timestamp::from_millis(1_795_000_000_000),
        };
        let row = ProjectRow { environments: 3, ..ProjectRow::new(project.clone()) };
        for row in [row.clone(), row.with(project, true)] {
            assert_eq!(ProjectRow::decode(&row.encode()).unwrap(), row);
            for name in [PK, SK, NAME, DESCRIPTION, CREATED, SINCE, REV, ENVIRONMENTS] {
                let mut item = row.encode();
                item.remove(name);
                assert!(ProjectRow::decode(&item).is_err(), "without {name}");
            }
        }
    }
}
