use super::*;

fn canonical(text: &str) -> String {
    Number::parse(text).unwrap().canonical().to_string()
}

fn encoded(text: &str) -> Vec<u8> {
    let mut buffer = Vec::new();
    Number::parse(text).unwrap().encode(&mut Encoder::new(&mut buffer));
    buffer
}

#[test]
fn equal_numbers_have_one_canonical_form() {
    for (text, form) in [
        ("1", "1"),
        ("+001.00", "1"),
        ("1e0", "1"),
        ("10E-1", "1"),
        ("1e3", "1000"),
        ("-0.0", "0"),
        ("0e99999999999999999999", "0"),
        ("-12.50", "-12.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e-3", "0.001"),
        ("120e-1", "12"),
    ] {
        assert_eq!(canonical(text), form, "{text}");
    }
    assert_eq!(Number::parse("1e2").unwrap().canonical(), Number::parse("100").unwrap());
}

#[test]
fn the_form_that_was_written_is_kept_without_the_exponent() {
    for (text, form) in [("1.50", "1.50"), ("1.5E10", "15000000000"), ("-0.001", "-0.001"), ("0.0", "0.0")] {
        assert_eq!(Number::parse(text).unwrap().to_string(), form);
    }
}

#[test]
fn what_is_no_number_is_refused() {
    for text in [
        "", "-", ".", "e1", "1e", "1e+", "1.2.3", "0x1", " 1", "1 ", "1_0", "--1", "+-1", "NaN", "inf",
        "\u{661}",
    ] {
        assert_eq!(Number::parse(text), Err(NumberError::Syntax(text.to_owned())), "{text:?}");
    }
}

#[test]
fn the_range_is_that_of_dynamodb() {
    let nines = "9".repeat(38);
    for text in [&format!("{nines}E88"), "-1E-130", "1E125", &format!("0.{}1", "0".repeat(129)), &nines] {
        assert!(Number::parse(text).is_ok(), "{text}");
    }
    assert_eq!(Number::parse("1E126"), Err(NumberError::Overflow));
    assert_eq!(Number::parse(&format!("{nines}E89")), Err(NumberError::Overflow));
    assert_eq!(Number::parse("1E-131"), Err(NumberError::Underflow));
    assert_eq!(Number::parse("1E99999999999999999999"), Err(NumberError::Overflow));
    assert_eq!(Number::parse(&format!("{nines}1")), Err(NumberError::TooManyDigits));
    assert_eq!(canonical(&format!("{nines}0")), format!("{nines}0"), "a zero at the end is not significant");
    assert_eq!(canonical(&format!("1.{}", "0".repeat(1000))), "1");
}

#[test]
fn integers_of_126_digits_are_bignums() {
    let longest = format!("1{}", "0".repeat(125));
    let bytes = encoded(&longest);
    assert_eq!(bytes[..3], [0xc2, 0x58, 52], "10^125 takes 416 bits");
    assert_eq!(Number::decode(&mut Decoder::new(&bytes)).unwrap().to_string(), longest);
    let negative = format!("-{longest}");
    let bytes = encoded(&negative);
    assert_eq!(bytes[0], 0xc3);
    assert_eq!(Number::decode(&mut Decoder::new(&bytes)).unwrap().to_string(), negative);
}

#[test]
fn numbers_that_dynamodb_cannot_hold_are_refused_from_the_wire() {
    let refused: [&[u8]; 6] = [
        &[0xf9, 0x7c, 0x00],
        &[0xf9, 0x7e, 0x00],
        &[0xfb, 0x7f, 0xe0, 0, 0, 0, 0, 0, 0],
        &[0xc4, 0x82, 0x1b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
        &[0xc4, 0x82, 0x3b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
        &[&[0xc2, 0x58, 0xff][..], &[0xff; 255]].concat(),
    ];
    for bytes in refused {
        let result = Number::decode(&mut Decoder::new(bytes));
        assert!(matches!(result, Err(DecodeError::OutOfRange { .. })), "{bytes:02x?}: {result:?}");
    }
    let not_a_number = Number::decode(&mut Decoder::new(&[0xd9, 0x0c, 0xf9, 0x80]));
    assert_eq!(not_a_number, Err(DecodeError::Malformed("the tag of a number")));
}

#[test]
fn floats_read_as_the_shortest_decimal() {
    let decode = |bytes: &[u8]| Number::decode(&mut Decoder::new(bytes)).unwrap().to_string();
    assert_eq!(decode(&[0xf9, 0x3e, 0x00]), "1.5");
    assert_eq!(decode(&[0xfa, 0x40, 0x48, 0xf5, 0xc3]), "3.14");
    assert_eq!(decode(&[0xfb, 0x40, 0x09, 0x1e, 0xb8, 0x51, 0xeb, 0x85, 0x1f]), "3.14");
    assert_eq!(decode(&[0xfb, 0x80, 0, 0, 0, 0, 0, 0, 0]), "0", "negative zero");
}
