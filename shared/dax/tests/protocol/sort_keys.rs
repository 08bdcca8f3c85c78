//! Numbers as sort keys.

use std::cmp::Ordering;

use dax_client::protocol::lexdecimal;
use dax_client::protocol::number::Number;
use proptest::prelude::*;

use crate::vectors::{bytes, rows};

const TABLE: &str = include_str!("../../vectors/lexdecimal.json");

fn encoded(number: &Number) -> Vec<u8> {
    let mut buffer = Vec::new();
    lexdecimal::encode(number, &mut buffer);
    buffer
}

#[test]
fn numeric_sort_keys_are_written_and_read_as_by_the_official_clients() {
    let rows = rows(TABLE);
    assert_eq!(rows.len(), 60);
    for row in rows {
        let (text, expected) = (row["number"].as_str().unwrap(), bytes(&row, "hex"));
        let number = Number::parse(text).unwrap();
        assert_eq!(encoded(&number), expected, "{text}");
        let read = lexdecimal::decode(&expected).unwrap();
        assert_eq!(encoded(&read), expected, "{text} read and written again");
        assert_eq!(read.canonical(), number.canonical(), "{text}");
    }
}

/// `mantissa` × 10^`exponent`, and the same in units of 10^-10.
fn decimal() -> impl Strategy<Value = (Number, i128)> {
    (-1_000_000_000_000i64..=1_000_000_000_000, -10..=10i32).prop_map(|(mantissa, exponent)| {
        let number = Number::parse(&format!("{mantissa}e{exponent}")).unwrap().canonical();
        (number, i128::from(mantissa) * 10i128.pow(u32::try_from(exponent + 10).unwrap()))
    })
}

/// A number of any magnitude, with its power of ten.
fn power() -> impl Strategy<Value = (Number, i32)> {
    (-130..=125i32).prop_map(|power| (Number::parse(&format!("1e{power}")).unwrap(), power))
}

proptest! {
    #[test]
    fn the_order_of_the_bytes_is_the_order_of_the_numbers(a in decimal(), b in decimal()) {
        prop_assert_eq!(encoded(&a.0).cmp(&encoded(&b.0)), a.1.cmp(&b.1));
    }

    #[test]
    fn the_order_holds_for_every_magnitude_and_turns_round_below_zero(a in power(), b in power()) {
        let negative = |number: &Number| encoded(&Number::parse(&format!("-{number}")).unwrap().canonical());
        let (first, second) = (a.0.clone().canonical(), b.0.clone().canonical());
        prop_assert_eq!(encoded(&first).cmp(&encoded(&second)), a.1.cmp(&b.1));
        prop_assert_eq!(negative(&first).cmp(&negative(&second)), b.1.cmp(&a.1));
        prop_assert_eq!(negative(&first).cmp(&encoded(&second)), Ordering::Less);
    }

    #[test]
    fn what_is_read_is_what_was_written((number, _) in decimal()) {
        prop_assert_eq!(lexdecimal::decode(&encoded(&number)).unwrap().canonical(), number);
    }
}
