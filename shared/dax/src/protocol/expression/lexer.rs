//! The text of an expression as tokens, each with its place.
//!
//! Every character belongs to a token or is white space, so the lexer cannot fail: what no token begins with is
//! [`Token::Unknown`], and the parser refuses it where it stands.

/// What a piece of the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Comma,
    OpenParenthesis,
    CloseParenthesis,
    Dot,
    OpenBracket,
    CloseBracket,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    In,
    Between,
    Not,
    And,
    Or,
    Set,
    Add,
    Delete,
    Remove,
    /// `0`, or digits that do not begin with it: `01` is two tokens.
    Index,
    /// A name that is not a keyword.
    Identifier,
    /// `#name`
    NameAlias,
    /// `:name`
    ValueAlias,
    /// Text in quotes. No rule allows it; it is one token so that an error message shows all of it.
    Quoted,
    Unknown,
    End,
}

/// A token, its text, and where it begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lexeme<'a> {
    pub(super) token: Token,
    pub(super) text: &'a str,
    /// Counted from 1.
    pub(super) line: u32,
    /// In characters, counted from 0.
    pub(super) column: u32,
}

/// Reads tokens from a text. After the last it gives [`Token::End`] for ever.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    rest: &'a str,
    line: u32,
    column: u32,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, line: 1, column: 0 }
    }

    pub(super) fn next(&mut self) -> Lexeme<'a> {
        self.take(self.rest.find(|c| !is_white_space(c)).unwrap_or(self.rest.len()));
        let (line, column) = (self.line, self.column);
        let (token, length) = token(self.rest);
        let text = if token == Token::End { "<EOF>" } else { self.take(length) };
        Lexeme { token, text, line, column }
    }

    /// The next `length` bytes.
    fn take(&mut self, length: usize) -> &'a str {
        let (text, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        for character in text.chars() {
            if character == '\n' {
                self.line += 1;
                self.column = 0;
            } else {
                self.column += 1;
            }
        }
        self.rest = rest;
        text
    }
}

/// The token that `text` begins with, and its length in bytes.
fn token(text: &str) -> (Token, usize) {
    let Some(first) = text.chars().next() else { return (Token::End, 0) };
    match first {
        ',' => (Token::Comma, 1),
        '(' => (Token::OpenParenthesis, 1),
        ')' => (Token::CloseParenthesis, 1),
        '.' => (Token::Dot, 1),
        '[' => (Token::OpenBracket, 1),
        ']' => (Token::CloseBracket, 1),
        '=' => (Token::Equal, 1),
        '<' if text.starts_with("<>") => (Token::NotEqual, 2),
        '<' if text.starts_with("<=") => (Token::LessOrEqual, 2),
        '<' => (Token::Less, 1),
        '>' if text.starts_with(">=") => (Token::GreaterOrEqual, 2),
        '>' => (Token::Greater, 1),
        '+' => (Token::Plus, 1),
        '-' => (Token::Minus, 1),
        '0' => (Token::Index, 1),
        '1'..='9' => (Token::Index, run(text, |c| c.is_ascii_digit())),
        'a'..='z' | 'A'..='Z' => word(text),
        '#' => alias(text, Token::NameAlias),
        ':' => alias(text, Token::ValueAlias),
        '"' | '\'' => quoted(text, first),
        other => (Token::Unknown, other.len_utf8()),
    }
}

fn word(text: &str) -> (Token, usize) {
    const KEYWORDS: [(&str, Token); 9] = [
        ("AND", Token::And),
        ("OR", Token::Or),
        ("NOT", Token::Not),
        ("IN", Token::In),
        ("BETWEEN", Token::Between),
        ("SET", Token::Set),
        ("REMOVE", Token::Remove),
        ("ADD", Token::Add),
        ("DELETE", Token::Delete),
    ];
    let length = run(text, is_name_character);
    let word = text.get(..length).unwrap_or_default();
    let keyword = KEYWORDS.iter().find(|(keyword, _)| keyword.eq_ignore_ascii_case(word));
    (keyword.map_or(Token::Identifier, |(_, token)| *token), length)
}

/// `#name` or `:name`; the sign alone is nothing.
fn alias(text: &str, token: Token) -> (Token, usize) {
    let name = text.get(1..).map_or(0, |name| run(name, is_name_character));
    if name == 0 { (Token::Unknown, 1) } else { (token, 1 + name) }
}

/// A text in quotes, in which a backslash keeps the next character from ending it; without an end, the quote alone.
fn quoted(text: &str, quote: char) -> (Token, usize) {
    let mut escaped = false;
    for (position, character) in text.char_indices().skip(1) {
        if character == quote && !escaped {
            return (Token::Quoted, position + character.len_utf8());
        }
        escaped = character == '\\' && !escaped;
    }
    (Token::Unknown, quote.len_utf8())
}

/// How many bytes of ASCII at the beginning of `text` are of one sort.
fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn is_white_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

/// Whether a character may follow the first of a name, or the sign of an alias.
pub(super) fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<(Token, &str)> {
        let mut lexer = Lexer::new(text);
        std::iter::from_fn(|| Some(lexer.next()))
            .take_while(|lexeme| lexeme.token != Token::End)
            .map(|lexeme| (lexeme.token, lexeme.text))
            .collect()
    }

    #[test]
    fn keywords_do_not_depend_on_case_and_names_do_not_begin_as_keywords() {
        assert_eq!(
            tokens("bEtween sets in_"),
            [(Token::Between, "bEtween"), (Token::Identifier, "sets"), (Token::Identifier, "in_")]
        );
    }

    #[test]
    fn the_longest_comparison_wins() {
        assert_eq!(
            tokens("<=<><>=>"),
            [
                (Token::LessOrEqual, "<="),
                (Token::NotEqual, "<>"),
                (Token::NotEqual, "<>"),
                (Token::Equal, "="),
                (Token::Greater, ">")
            ]
        );
    }

    #[test]
    fn an_index_has_no_leading_zero() {
        assert_eq!(tokens("012"), [(Token::Index, "0"), (Token::Index, "12")]);
    }

    #[test]
    fn a_sign_without_a_name_is_unknown() {
        assert_eq!(tokens("#:a"), [(Token::Unknown, "#"), (Token::ValueAlias, ":a")]);
    }

    #[test]
    fn quotes_are_one_token_when_they_end() {
        assert_eq!(tokens(r#""a\"b" 'c"#).first(), Some(&(Token::Quoted, r#""a\"b""#)));
        assert_eq!(tokens("'c").first(), Some(&(Token::Unknown, "'")));
    }

    #[test]
    fn places_count_characters_from_the_last_line_break() {
        let mut lexer = Lexer::new("a\n\té b");
        lexer.next();
        let unknown = lexer.next();
        assert_eq!((unknown.token, unknown.line, unknown.column), (Token::Unknown, 2, 1));
        let b = lexer.next();
        assert_eq!((b.text, b.line, b.column), ("b", 2, 3));
        assert_eq!((lexer.next().token, lexer.next().column), (Token::End, 4));
    }
}
