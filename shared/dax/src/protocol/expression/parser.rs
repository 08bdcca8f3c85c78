//! Recursive descent over the tokens, one token ahead.
//!
//! A `(` may open a condition or an operand, `(a = :v) OR ..` or `(a) = :v`, and only what follows tells which. So what
//! stands inside is read as a [`Node`], which becomes one or the other as late as possible. Every error names the first
//! token that cannot continue what was read, as the grammar-driven parsers of the other clients do.

use super::ast::{Action, Call, Comparator, Condition, Name, Operand, Path, SetValue, Step, Value};
use super::error::{ExpressionError, Kind};
use super::lexer::{Lexeme, Lexer, Token};
use super::{MAX_DEPTH, MAX_LENGTH};

type Result<T> = std::result::Result<T, ExpressionError>;

/// Parses a `ConditionExpression`, a `FilterExpression` or a `KeyConditionExpression`.
pub fn parse_condition(kind: Kind, text: &str) -> Result<Condition<'_>> {
    let mut parser = Parser::new(kind, text)?;
    let node = parser.disjunction()?;
    let condition = parser.condition(node)?;
    parser.expect(Token::End)?;
    Ok(condition)
}

/// Parses a `ProjectionExpression`. The paths keep the order of the text.
pub fn parse_projection(text: &str) -> Result<Vec<Path<'_>>> {
    let mut parser = Parser::new(Kind::Projection, text)?;
    let paths = parser.list(Parser::path)?;
    parser.expect(Token::End)?;
    Ok(paths)
}

/// Parses an `UpdateExpression`. The actions keep the order of the text.
pub fn parse_update(text: &str) -> Result<Vec<Action<'_>>> {
    let mut parser = Parser::new(Kind::Update, text)?;
    let mut actions = Vec::new();
    loop {
        let section = parser.next.token;
        let action = match section {
            Token::Set => Parser::set,
            Token::Remove => Parser::remove,
            Token::Add | Token::Delete => Parser::add_or_delete,
            Token::End if !actions.is_empty() => return Ok(actions),
            _ => return Err(parser.unexpected()),
        };
        parser.advance();
        actions.append(&mut parser.list(|parser| action(parser, section))?);
    }
}

struct Parser<'a> {
    kind: Kind,
    lexer: Lexer<'a>,
    next: Lexeme<'a>,
    depth: usize,
}

/// What may still turn out to be a condition or an operand.
struct Node<'a> {
    content: Content<'a>,
    in_parentheses: bool,
}

enum Content<'a> {
    Condition(Condition<'a>),
    Operand(Operand<'a>),
    Arithmetic(SetValue<'a>),
}

impl<'a> From<Content<'a>> for Node<'a> {
    fn from(content: Content<'a>) -> Self {
        Self { content, in_parentheses: false }
    }
}

impl<'a> Parser<'a> {
    fn new(kind: Kind, text: &'a str) -> Result<Self> {
        if text.is_empty() {
            return Err(ExpressionError::Empty(kind));
        }
        if text.len() > MAX_LENGTH {
            return Err(ExpressionError::TooLong(kind));
        }
        let mut lexer = Lexer::new(text);
        let next = lexer.next();
        Ok(Self { kind, lexer, next, depth: 0 })
    }

    // --- Conditions ---

    fn disjunction(&mut self) -> Result<Node<'a>> {
        self.chain(Token::Or, Self::conjunction, Condition::Or)
    }

    fn conjunction(&mut self) -> Result<Node<'a>> {
        self.chain(Token::And, Self::negation, Condition::And)
    }

    fn chain(
        &mut self,
        operator: Token,
        link: fn(&mut Self) -> Result<Node<'a>>,
        join: fn(Vec<Condition<'a>>) -> Condition<'a>,
    ) -> Result<Node<'a>> {
        let first = link(self)?;
        if self.next.token != operator {
            return Ok(first);
        }
        let mut conditions = vec![self.condition(first)?];
        while self.eat(operator) {
            let node = link(self)?;
            conditions.push(self.condition(node)?);
        }
        Ok(Content::Condition(join(conditions)).into())
    }

    fn negation(&mut self) -> Result<Node<'a>> {
        if !self.eat(Token::Not) {
            return self.primary();
        }
        self.nested(|parser| {
            let node = parser.negation()?;
            let condition = parser.condition(node)?;
            Ok(Content::Condition(Condition::Not(Box::new(condition))).into())
        })
    }

    /// A comparison, a function, or something in parentheses.
    fn primary(&mut self) -> Result<Node<'a>> {
        let node = if self.next.token == Token::OpenParenthesis {
            self.parenthesised(Self::disjunction)?
        } else {
            Content::Operand(self.operand()?).into()
        };
        let Content::Operand(operand) = node.content else { return Ok(node) };
        self.comparison(operand, node.in_parentheses)
    }

    /// What follows an operand in a condition; nothing, perhaps.
    fn comparison(&mut self, left: Operand<'a>, in_parentheses: bool) -> Result<Node<'a>> {
        let comparator = match self.next.token {
            Token::Equal => Comparator::Equal,
            Token::NotEqual => Comparator::NotEqual,
            Token::Less => Comparator::Less,
            Token::LessOrEqual => Comparator::LessOrEqual,
            Token::Greater => Comparator::Greater,
            Token::GreaterOrEqual => Comparator::GreaterOrEqual,
            Token::In => return self.membership(left),
            Token::Between => return self.interval(left),
            _ => return Ok(Node { content: Content::Operand(left), in_parentheses }),
        };
        self.advance();
        Ok(Content::Condition(Condition::Compare(comparator, left, self.operand()?)).into())
    }

    fn membership(&mut self, operand: Operand<'a>) -> Result<Node<'a>> {
        self.advance();
        self.expect(Token::OpenParenthesis)?;
        let choices = self.list(Self::operand)?;
        self.expect(Token::CloseParenthesis)?;
        Ok(Content::Condition(Condition::In(operand, choices)).into())
    }

    fn interval(&mut self, operand: Operand<'a>) -> Result<Node<'a>> {
        self.advance();
        let low = self.operand()?;
        self.expect(Token::And)?;
        Ok(Content::Condition(Condition::Between(operand, low, self.operand()?)).into())
    }

    /// The node as a condition. An operand is one only if it is a function; anything else lacks what should follow.
    fn condition(&self, node: Node<'a>) -> Result<Condition<'a>> {
        match node.content {
            Content::Condition(condition) => Ok(condition),
            Content::Operand(Operand::Call(call)) => Ok(Condition::Call(call)),
            Content::Operand(_) | Content::Arithmetic(_) => Err(self.unexpected()),
        }
    }

    // --- Updates ---

    fn set(&mut self, _section: Token) -> Result<Action<'a>> {
        let path = self.path()?;
        self.expect(Token::Equal)?;
        let value = match self.sum()?.content {
            Content::Operand(operand) => SetValue::Operand(operand),
            Content::Arithmetic(value) => value,
            Content::Condition(_) => return Err(self.unexpected()),
        };
        Ok(Action::Set(path, value))
    }

    fn remove(&mut self, _section: Token) -> Result<Action<'a>> {
        Ok(Action::Remove(self.path()?))
    }

    fn add_or_delete(&mut self, section: Token) -> Result<Action<'a>> {
        let path = self.path()?;
        let value = Value(self.expect(Token::ValueAlias)?);
        Ok(if section == Token::Add { Action::Add(path, value) } else { Action::Delete(path, value) })
    }

    /// An operand, or two with a sign between; all of it may stand in parentheses.
    fn sum(&mut self) -> Result<Node<'a>> {
        let node = if self.next.token == Token::OpenParenthesis {
            self.parenthesised(Self::sum)?
        } else {
            Content::Operand(self.operand()?).into()
        };
        let Content::Operand(left) = node.content else { return Ok(node) };
        let join = match self.next.token {
            Token::Plus => SetValue::Plus,
            Token::Minus => SetValue::Minus,
            _ => return Ok(Node { content: Content::Operand(left), ..node }),
        };
        self.advance();
        Ok(Content::Arithmetic(join(left, self.operand()?)).into())
    }

    // --- Operands ---

    fn operand(&mut self) -> Result<Operand<'a>> {
        Ok(self.operand_and_parentheses()?.0)
    }

    /// An operand, and whether it stood in parentheses.
    fn operand_and_parentheses(&mut self) -> Result<(Operand<'a>, bool)> {
        let lexeme = self.next;
        let operand = match lexeme.token {
            Token::OpenParenthesis => return self.nested(Self::operand_in_parentheses),
            Token::ValueAlias => {
                self.advance();
                Operand::Value(Value(lexeme.text))
            }
            Token::Identifier => {
                self.advance();
                if self.next.token == Token::OpenParenthesis {
                    Operand::Call(self.nested(|parser| parser.call(lexeme.text))?)
                } else {
                    Operand::Path(self.steps(Name::Literal(lexeme.text))?)
                }
            }
            _ => Operand::Path(self.path()?),
        };
        Ok((operand, false))
    }

    fn operand_in_parentheses(&mut self) -> Result<(Operand<'a>, bool)> {
        self.expect(Token::OpenParenthesis)?;
        let (operand, in_parentheses) = self.operand_and_parentheses()?;
        self.close(in_parentheses)?;
        Ok((operand, true))
    }

    fn call(&mut self, name: &'a str) -> Result<Call<'a>> {
        self.expect(Token::OpenParenthesis)?;
        let operands = self.list(Self::operand)?;
        self.expect(Token::CloseParenthesis)?;
        Ok(Call { name, operands })
    }

    fn path(&mut self) -> Result<Path<'a>> {
        let root = self.name()?;
        self.steps(root)
    }

    fn steps(&mut self, root: Name<'a>) -> Result<Path<'a>> {
        let mut steps = Vec::new();
        loop {
            if self.eat(Token::Dot) {
                steps.push(Step::Member(self.name()?));
            } else if self.eat(Token::OpenBracket) {
                steps.push(Step::Index(self.index()?));
                self.expect(Token::CloseBracket)?;
            } else {
                return Ok(Path { root, steps });
            }
        }
    }

    fn name(&mut self) -> Result<Name<'a>> {
        let lexeme = self.next;
        let name = match lexeme.token {
            Token::Identifier => Name::Literal(lexeme.text),
            Token::NameAlias => Name::Alias(lexeme.text),
            _ => return Err(self.unexpected()),
        };
        self.advance();
        Ok(name)
    }

    fn index(&mut self) -> Result<u64> {
        let digits = self.expect(Token::Index)?;
        digits
            .parse()
            .map_err(|_| ExpressionError::IndexOutOfRange { kind: self.kind, index: digits.to_owned() })
    }

    // --- Tools ---

    /// One or more of something, with commas between.
    fn list<T>(&mut self, element: impl Fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut list = vec![element(self)?];
        while self.eat(Token::Comma) {
            list.push(element(self)?);
        }
        Ok(list)
    }

    fn parenthesised(&mut self, inner: fn(&mut Self) -> Result<Node<'a>>) -> Result<Node<'a>> {
        self.nested(|parser| {
            parser.expect(Token::OpenParenthesis)?;
            let node = inner(parser)?;
            parser.close(node.in_parentheses)?;
            Ok(Node { in_parentheses: true, ..node })
        })
    }

    /// The end of a pair of parentheses, around what may have a pair already.
    fn close(&mut self, in_parentheses: bool) -> Result<()> {
        self.expect(Token::CloseParenthesis)?;
        if in_parentheses {
            return Err(ExpressionError::RedundantParentheses(self.kind));
        }
        Ok(())
    }

    /// Reads one level deeper, if that is not too deep: the parser recurses only through here.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return Err(ExpressionError::TooDeep(self.kind));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Takes the next token if it is this one.
    fn eat(&mut self, token: Token) -> bool {
        let found = self.next.token == token;
        if found {
            self.advance();
        }
        found
    }

    /// Takes the next token, which must be this one, and gives its text.
    fn expect(&mut self, token: Token) -> Result<&'a str> {
        let lexeme = self.next;
        if lexeme.token != token {
            return Err(self.unexpected());
        }
        self.advance();
        Ok(lexeme.text)
    }

    fn advance(&mut self) {
        self.next = self.lexer.next();
    }

    fn unexpected(&self) -> ExpressionError {
        let Lexeme { text, line, column, .. } = self.next;
        ExpressionError::Syntax { kind: self.kind, token: text.to_owned(), line, column }
    }
}
