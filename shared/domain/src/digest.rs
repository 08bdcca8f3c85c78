//! Digests that identify content.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// Identifies whatever it was made of: SHA-256, cut to 128 bits. The same parts give the same digest on every process
/// and every deploy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest([u8; 16]);

impl Digest {
    /// The digest of a list of parts. Each part is preceded by its length, so that parts cannot run together.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        let full: [u8; 32] = hasher.finalize().into();
        let mut cut = [0; 16];
        for (to, from) in cut.iter_mut().zip(full) {
            *to = from;
        }
        Self(cut)
    }

    /// The digest as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Digest {
    /// Lower-case hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_pinned() {
        assert_eq!(Digest::of(&[b"a", b"bc"]).to_string(), Digest::of(&[b"a", b"bc"]).to_string());
        assert_ne!(Digest::of(&[b"ab", b"c"]), Digest::of(&[b"a", b"bc"]));
        assert_eq!(Digest::of(&[]).to_string(), "e3b0c44298fc1c149afbf4c8996fb924");
    }
}
