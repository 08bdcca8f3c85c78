//! What a projection asks for, to put together what comes back.

use super::ast::{Name, Path, Step};
use super::error::{ExpressionError, Kind};
use super::substitution::Substitutions;

/// The paths of a `ProjectionExpression`, in the order of its text. A projected item refers to them by their position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection {
    paths: Vec<DocumentPath>,
}

/// A place in an item, by its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentPath {
    /// The top-level attribute.
    pub root: String,
    /// Where to go from there.
    pub steps: Vec<PathStep>,
}

/// One step into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathStep {
    /// Into the member of a map.
    Member(String),
    /// Into the element of a list.
    Index(u64),
}

impl Projection {
    pub(super) fn new(paths: Vec<DocumentPath>) -> Self {
        Self { paths }
    }

    /// The paths, in the order of the text.
    pub fn paths(&self) -> &[DocumentPath] {
        &self.paths
    }
}

impl DocumentPath {
    pub(super) fn resolve(
        path: &Path<'_>,
        substitutions: &mut Substitutions<'_>,
    ) -> Result<Self, ExpressionError> {
        let mut name = |name: Name<'_>| substitutions.name(Kind::Projection, name).map(str::to_owned);
        let root = name(path.root)?;
        let step = |step: &Step<'_>| match step {
            Step::Member(member) => name(*member).map(PathStep::Member),
            Step::Index(index) => Ok(PathStep::Index(*index)),
        };
        Ok(Self { root, steps: path.steps.iter().map(step).collect::<Result<_, _>>()? })
    }
}
