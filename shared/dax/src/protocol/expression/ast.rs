//! What an expression says, borrowed from its text.
//!
//! Parentheses are not kept: they only group, and the tree shows the groups. `Display` writes them back where the
//! grammar needs them, so that the printed text parses to the same tree.

/// One action of an update expression, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action<'a> {
    /// `SET path = value`
    Set(Path<'a>, SetValue<'a>),
    /// `REMOVE path`
    Remove(Path<'a>),
    /// `ADD path :value`
    Add(Path<'a>, Value<'a>),
    /// `DELETE path :value`
    Delete(Path<'a>, Value<'a>),
}

/// The right-hand side of `SET`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetValue<'a> {
    /// One operand.
    Operand(Operand<'a>),
    /// `left + right`
    Plus(Operand<'a>, Operand<'a>),
    /// `left - right`
    Minus(Operand<'a>, Operand<'a>),
}

/// A condition, a filter or a key condition.
///
/// A chain of `AND` or of `OR` is one node, so the depth of the tree is the depth of the parentheses in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition<'a> {
    /// `left operator right`
    Compare(Comparator, Operand<'a>, Operand<'a>),
    /// `operand BETWEEN low AND high`
    Between(Operand<'a>, Operand<'a>, Operand<'a>),
    /// `operand IN (choice, ..)`
    In(Operand<'a>, Vec<Operand<'a>>),
    /// `function(operand, ..)`
    Call(Call<'a>),
    /// `NOT condition`
    Not(Box<Condition<'a>>),
    /// `condition AND condition AND ..`, two or more
    And(Vec<Condition<'a>>),
    /// `condition OR condition OR ..`, two or more
    Or(Vec<Condition<'a>>),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparator {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// What is compared, assigned, or passed to a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand<'a> {
    /// A document path.
    Path(Path<'a>),
    /// A placeholder of a value.
    Value(Value<'a>),
    /// A function of other operands.
    Call(Call<'a>),
}

/// A function call as written. Whether the name is known and allowed where it stands is checked when it is encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call<'a> {
    /// The name, in the letters of the text; names do not depend on case.
    pub name: &'a str,
    /// At least one.
    pub operands: Vec<Operand<'a>>,
}

/// A document path: `name.name[2].#alias`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path<'a> {
    /// The top-level attribute.
    pub root: Name<'a>,
    /// Where to go from there.
    pub steps: Vec<Step<'a>>,
}

/// One step into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<'a> {
    /// `.name`: a member of a map.
    Member(Name<'a>),
    /// `[index]`: an element of a list.
    Index(u64),
}

/// The name of an attribute or of a member of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name<'a> {
    /// The name itself.
    Literal(&'a str),
    /// A key of `ExpressionAttributeNames`, with its `#`.
    Alias(&'a str),
}

/// A key of `ExpressionAttributeValues`, with its `:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value<'a>(pub &'a str);
