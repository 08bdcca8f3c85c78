//! Which versions of an environment are kept, and what is left to delete of others.

use pennon_domain::limits;

/// How many versions are kept, the current one included.
const WINDOW: usize = 20;
/// How many are remembered where deleting fails again and again; whatever is older is forgotten, and stays in the table.
const MAX_REMEMBERED: usize = 64;

/// How many chunks each of the latest versions has, the current one last: none for a version that deleted the environment.
///
/// A version leaves the window when a later one is committed. Its chunks are deleted by the change after that one, and remembered
/// until then, so that a writer that dies in between leaves nothing behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept(Vec<u8>);

/// A version whose chunks are to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OldVersion {
    pub(crate) version: u64,
    pub(crate) chunks: u32,
}

impl Kept {
    /// Before the first version.
    pub(crate) fn nothing() -> Self {
        Self(Vec::new())
    }

    /// One digit per version.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let counts: Vec<u8> = text.bytes().map(|byte| byte.wrapping_sub(b'0')).collect();
        let valid = counts.iter().all(|count| usize::from(*count) <= limits::MAX_CHUNKS);
        (valid && !counts.is_empty()).then_some(Self(counts))
    }

    pub(crate) fn to_text(&self) -> String {
        self.0.iter().map(|count| char::from(b'0' + count)).collect()
    }

    /// Whether the content of `version` can be had, when `current` is the current one.
    pub(crate) fn holds(&self, version: u64, current: u64) -> bool {
        let age = current.checked_sub(version).and_then(|age| usize::try_from(age).ok());
        let index = age.and_then(|age| self.0.len().checked_sub(age)?.checked_sub(1));
        index.is_some_and(|index| index >= self.outdated())
    }

    /// The versions that nobody can ask for any more, when `current` is the current one.
    pub(crate) fn old_versions(&self, current: u64) -> Vec<OldVersion> {
        let newest_first = self.0.iter().rev().zip((0..=current).rev());
        let old = newest_first.skip(self.0.len() - self.outdated());
        old.filter(|(count, _)| **count > 0)
            .map(|(count, version)| OldVersion { version, chunks: u32::from(*count) })
            .collect()
    }

    /// What is kept with one more version. `tidy`: the old ones were deleted.
    pub(crate) fn with(&self, chunks: u32, tidy: bool) -> Self {
        let outdated = if tidy { self.outdated() } else { 0 };
        let skipped = outdated.max((self.0.len() + 1).saturating_sub(MAX_REMEMBERED));
        let counts = self.0.iter().copied().skip(skipped);
        Self(counts.chain([u8::try_from(chunks).unwrap_or(u8::MAX)]).collect())
    }

    /// How many, from the oldest, are out of the window, or older than a deletion.
    fn outdated(&self) -> usize {
        let deleted = self.0.iter().rposition(|count| *count == 0).map_or(0, |index| index + 1);
        deleted.max(self.0.len().saturating_sub(WINDOW))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(versions: u64) -> Kept {
        (0..versions).fold(Kept::nothing(), |kept, _| kept.with(1, true))
    }

    #[test]
    fn twenty_versions_are_held_and_one_waits_to_be_deleted() {
        for versions in [1, 19, 20] {
            let kept = after(versions);
            assert_eq!(kept.old_versions(versions), []);
            assert!((1..=versions).all(|version| kept.holds(version, versions)));
        }
        let kept = after(30);
        assert_eq!(kept.old_versions(30), [OldVersion { version: 10, chunks: 1 }]);
        assert!((11..=30).all(|version| kept.holds(version, 30)));
        assert!([0, 1, 9, 10, 31].into_iter().all(|version| !kept.holds(version, 30)));
    }

    #[test]
    fn what_could_not_be_deleted_is_tried_again() {
        let kept = after(21).with(2, false).with(3, false);
        let versions: Vec<_> = kept.old_versions(23).iter().map(|old| old.version).collect();
        assert_eq!(versions, [3, 2, 1]);
        assert!(!kept.holds(3, 23) && kept.holds(4, 23));
        assert_eq!(kept.with(1, true).old_versions(24), [OldVersion { version: 4, chunks: 1 }]);
    }

    #[test]
    fn it_is_not_remembered_for_ever() {
        let kept = (0..200).fold(Kept::nothing(), |kept, _| kept.with(1, false));
        assert_eq!(kept.to_text().len(), MAX_REMEMBERED);
        assert_eq!(kept.old_versions(200).len(), MAX_REMEMBERED - WINDOW);
    }

    #[test]
    fn a_deletion_ends_every_version_before_it() {
        let deleted = after(3).with(0, true);
        assert_eq!(deleted.old_versions(4).len(), 3);
        assert!((1..=4).all(|version| !deleted.holds(version, 4)));
        let again = deleted.with(1, false);
        assert_eq!((again.old_versions(5).len(), again.holds(3, 5), again.holds(5, 5)), (3, false, true));
        assert_eq!(deleted.with(1, true).to_text(), "1");
    }

    #[test]
    fn it_is_read_back() {
        let kept = after(2).with(8, true);
        assert_eq!(kept.to_text(), "118");
        assert_eq!(Kept::from_text("118"), Some(kept));
        for damaged in ["", "9", "1a", "-1"] {
            assert_eq!(Kept::from_text(damaged), None, "{damaged:?}");
        }
    }
}
