//! Sealing the stored answers of idempotent requests: the answer to create-key holds a secret that nobody keeps.

use pennon_domain::IdempotencyKey;
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Salt},
    rand::{SecureRandom, SystemRandom},
};

/// Names what the derived key is for.
const PURPOSE: &[u8] = b"pennon stored answer 1";
const SALT_BYTES: usize = 16;

/// Encrypts what only the client that sent `key` is to read: AES-256-GCM under HKDF-SHA256 of what it sent. As strong as that is
/// hard to guess: a UUID is. `None` when the system gives no randomness.
pub(crate) fn seal(key: &IdempotencyKey, plain: &[u8]) -> Option<Vec<u8>> {
    let mut sealed = vec![0; SALT_BYTES];
    SystemRandom::new().fill(&mut sealed).ok()?;
    let cipher = cipher(key, &sealed)?;
    let mut text = plain.to_vec();
    cipher.seal_in_place_append_tag(nonce(), aad(key), &mut text).ok()?;
    sealed.append(&mut text);
    Some(sealed)
}

/// Decrypts what was sealed for the same key and the same request.
pub(crate) fn open(key: &IdempotencyKey, sealed: &[u8]) -> Option<Vec<u8>> {
    let (salt, text) = sealed.split_at_checked(SALT_BYTES)?;
    let mut text = text.to_vec();
    let length = cipher(key, salt)?.open_in_place(nonce(), aad(key), &mut text).ok()?.len();
    text.truncate(length);
    Some(text)
}

fn cipher(key: &IdempotencyKey, salt: &[u8]) -> Option<LessSafeKey> {
    let secret = Salt::new(HKDF_SHA256, salt).extract(key.secret.as_bytes());
    let derived = secret.expand(&[PURPOSE], &AES_256_GCM).ok()?;
    Some(LessSafeKey::new(UnboundKey::from(derived)))
}

/// Always the same: each derived key, made with a salt of its own, seals one answer.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

/// Binds the answer to its request.
fn aad(key: &IdempotencyKey) -> Aad<Vec<u8>> {
    Aad::from([key.id.as_bytes(), key.content.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(path: &str, body: &[u8], secret: &str) -> IdempotencyKey {
        IdempotencyKey::new("ada", "POST", path, "", body, secret)
    }

    #[test]
    fn only_the_same_request_opens_what_was_sealed() {
        let sealed = seal(&key("/a", b"{}", "one"), b"secret").unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert_eq!(open(&key("/a", b"{}", "one"), &sealed).unwrap(), b"secret");
        for other in [key("/a", b"{}", "two"), key("/b", b"{}", "one"), key("/a", b"{ }", "one")] {
            assert_eq!(open(&other, &sealed), None);
        }
        // Another secret under the same names: what somebody who reads the table has.
        let guess = IdempotencyKey { secret: "two".to_owned(), ..key("/a", b"{}", "one") };
        assert_eq!(open(&guess, &sealed), None);
    }

    #[test]
    fn no_two_seals_are_alike_and_damage_is_noticed() {
        let key = key("/a", b"{}", "one");
        let mut sealed = seal(&key, b"secret").unwrap();
        assert_ne!(sealed, seal(&key, b"secret").unwrap());
        sealed[20] ^= 1;
        assert_eq!(open(&key, &sealed), None);
        assert_eq!(open(&key, b"short"), None);
    }
}
