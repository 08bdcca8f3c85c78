//! Expressions: DAX has them parsed by the client, so here is the whole of their grammar.
//!
//! An expression goes through three steps: [`parse_condition`], [`parse_projection`] or [`parse_update`] make a tree of
//! its text; [`Substitutions`] holds what its placeholders stand for; the `encode_` functions check the tree and write it
//! as the list of operations that travels. All of it is bounded: by [`MAX_LENGTH`] and by [`MAX_DEPTH`].
//!
//! ```text
//! projection = path *( "," path )
//! path       = name *( "." name / "[" index "]" )
//! condition  = and *( OR and )            and = not *( AND not )            not = NOT not / primary
//! primary    = operand comparator operand / operand IN "(" operand *( "," operand ) ")"
//!            / operand BETWEEN operand AND operand / function / "(" condition ")"
//! operand    = path / value / function / "(" operand ")"
//! function   = name "(" operand *( "," operand ) ")"
//! update     = 1*( SET set *( "," set ) / REMOVE path *( "," path ) / ( ADD / DELETE ) path value *( "," path value ) )
//! set        = path "=" ( operand / operand ( "+" / "-" ) operand / "(" set value ")" )
//! ```

mod ast;
mod encode;
mod error;
mod function;
mod lexer;
pub mod operation;
mod parser;
mod print;
mod projection;
mod substitution;

pub use ast::{Action, Call, Comparator, Condition, Name, Operand, Path, SetValue, Step, Value};
pub use encode::{encode_condition, encode_projection, encode_update};
pub use error::{ExpressionError, Kind};
pub use function::name as function_name;
pub use parser::{parse_condition, parse_projection, parse_update};
pub use projection::{DocumentPath, PathStep, Projection};
pub use substitution::Substitutions;

/// The longest expression in bytes: DynamoDB's limit.
pub const MAX_LENGTH: usize = 4096;

/// How deep `NOT`, parentheses and functions may nest. DynamoDB names no such limit; this one keeps the stack small.
pub const MAX_DEPTH: usize = 64;

#[cfg(test)]
mod tests;
