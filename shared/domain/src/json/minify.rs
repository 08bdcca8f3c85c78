//! Minifying.

/// Removes the white space between the tokens of a valid JSON text. Tokens keep their spelling.
pub(crate) fn minify(json: &str) -> String {
    let mut minified = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(quote) = rest.find('"') {
        let (before, from_quote) = rest.split_at(quote);
        push_tokens(&mut minified, before);
        let (literal, after) = from_quote.split_at(string_length(from_quote));
        minified.push_str(literal);
        rest = after;
    }
    push_tokens(&mut minified, rest);
    minified
}

fn push_tokens(minified: &mut String, text: &str) {
    minified.extend(text.split([' ', '\t', '\n', '\r']));
}

/// Bytes of the string literal that the text starts with, quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_goes_and_spelling_stays() {
        assert_eq!(minify(" { \"a\" :\t[ 10.0 , 1E2,\r\n true ] } "), r#"{"a":[10.0,1E2,true]}"#);
    }

    #[test]
    fn strings_are_left_alone() {
        let json = r#"{"a b\" c":"\\","d":" \u0041 é "}"#;
        assert_eq!(minify(json), json);
    }
}
