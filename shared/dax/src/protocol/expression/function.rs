//! The functions of expressions, and where each may stand.

use super::error::{ExpressionError, Kind};

/// The operation of the function `name`, if an expression of this kind may call it where it stands: `nested` in another
/// function or in a comparison, or on its own.
pub(super) fn operation(kind: Kind, name: &str, nested: bool) -> Result<u64, ExpressionError> {
    let name = name.to_ascii_lowercase();
    let update = kind == Kind::Update;
    let Some((_, operation, of_updates)) = FUNCTIONS.iter().find(|(known, ..)| *known == name) else {
        return Err(if nested {
            may_not_nest(update)
        } else {
            ExpressionError::UnknownFunction { kind, name }
        });
    };
    if *of_updates != update {
        return Err(ExpressionError::FunctionNotAllowed(kind));
    }
    let may_nest = matches!(*operation, SIZE | IF_NOT_EXISTS);
    if nested && !may_nest {
        return Err(may_not_nest(update));
    }
    if !nested && *operation == SIZE {
        return Err(ExpressionError::FunctionMisused(kind));
    }
    Ok(*operation)
}

/// The name of the function with this number.
pub fn name(operation: u64) -> Option<&'static str> {
    FUNCTIONS.iter().find(|(_, known, _)| *known == operation).map(|(name, ..)| *name)
}

fn may_not_nest(update: bool) -> ExpressionError {
    if update { ExpressionError::OnlyIfNotExistsNests } else { ExpressionError::OnlySizeNests }
}

const SIZE: u64 = 16;
const IF_NOT_EXISTS: u64 = 23;

/// Name, operation, and whether it is a function of updates; all others are functions of conditions.
const FUNCTIONS: [(&str, u64, bool); 8] = [
    ("attribute_exists", 11, false),
    ("attribute_not_exists", 12, false),
    ("attribute_type", 13, false),
    ("begins_with", 14, false),
    ("contains", 15, false),
    ("size", SIZE, false),
    ("if_not_exists", IF_NOT_EXISTS, true),
    ("list_append", 24, true),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_depend_on_case() {
        assert_eq!(operation(Kind::Filter, "Begins_With", false), Ok(14));
    }

    #[test]
    fn size_stands_only_inside_and_the_others_only_outside() {
        assert_eq!(operation(Kind::Condition, "size", true), Ok(16));
        assert_eq!(
            operation(Kind::Condition, "size", false),
            Err(ExpressionError::FunctionMisused(Kind::Condition))
        );
        assert_eq!(operation(Kind::Condition, "contains", true), Err(ExpressionError::OnlySizeNests));
        assert_eq!(operation(Kind::Condition, "nothing", true), Err(ExpressionError::OnlySizeNests));
    }

    #[test]
    fn if_not_exists_stands_anywhere_in_an_update_and_list_append_only_outside() {
        assert_eq!(operation(Kind::Update, "if_not_exists", true), Ok(23));
        assert_eq!(operation(Kind::Update, "list_append", false), Ok(24));
        assert_eq!(operation(Kind::Update, "list_append", true), Err(ExpressionError::OnlyIfNotExistsNests));
    }
}
