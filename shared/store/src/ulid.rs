//! Identifiers that sort by time: ULIDs (github.com/ulid/spec).

use pennon_domain::Timestamp;

/// Crockford's base 32.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a ULID: 48 bits of time and 80 of chance.
const LENGTH: u32 = 26;
const CHANCE_BITS: u32 = 80;

/// A new identifier of that moment. Within one millisecond their order is chance.
pub(crate) fn ulid(at: Timestamp) -> String {
    encode(at, fastrand::u128(..(1 << CHANCE_BITS)))
}

/// The least identifier of that moment: all earlier ones are less.
pub(crate) fn first_ulid(at: Timestamp) -> String {
    encode(at, 0)
}

/// The moment of an identifier; `None` if the text is none.
pub(crate) fn moment(ulid: &str) -> Option<Timestamp> {
    if ulid.len() != LENGTH as usize {
        return None;
    }
    let digit = |byte: u8| ALPHABET.iter().position(|known| *known == byte);
    let mut digits = ulid.bytes().map(|byte| digit(byte).and_then(|digit| u128::try_from(digit).ok()));
    let value = digits.try_fold(0_u128, |value, digit| value.checked_mul(32)?.checked_add(digit?))?;
    u64::try_from(value >> CHANCE_BITS).ok().map(Timestamp::from_millis)
}

fn encode(at: Timestamp, chance: u128) -> String {
    let value = u128::from(at.as_millis()) << CHANCE_BITS | chance;
    let digit = |place: u32| ALPHABET.get((value >> (5 * place)) as usize % 32).copied().unwrap_or(b'0');
    (0..LENGTH).rev().map(|place| char::from(digit(place))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification() {
        assert_eq!(moment("01ARZ3NDEKTSV4RRFFQ69G5FAV"), Some(Timestamp::from_millis(1_469_922_850_259)));
        assert!(ulid(Timestamp::from_millis(1_469_922_850_259)).starts_with("01ARZ3NDEK"));
    }

    #[test]
    fn they_sort_by_time_and_differ() {
        let (now, later) =
            (Timestamp::from_millis(1_795_000_000_000), Timestamp::from_millis(1_795_000_000_001));
        for _ in 0..100 {
            let id = ulid(now);
            assert_eq!((id.len(), moment(&id)), (26, Some(now)));
            assert!(first_ulid(now) <= id && id < first_ulid(later));
            assert_ne!(id, ulid(now));
        }
    }

    #[test]
    fn what_is_no_identifier_has_no_moment() {
        for text in
            ["", "01ARZ3NDEKTSV4RRFFQ69G5FA", "01ARZ3NDEKTSV4RRFFQ69G5FAU", "81ARZ3NDEKTSV4RRFFQ69G5FAV0"]
        {
            assert_eq!(moment(text), None, "{text}");
        }
        assert_eq!(moment(&"Z".repeat(26)), None);
    }
}
