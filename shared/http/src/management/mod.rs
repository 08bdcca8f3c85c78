//! What the functions of the management plane share: what they read from a request, and how they answer.

mod answer;
mod read;
mod representation;

pub use answer::{answer, detailed_receipt, listed, preview, receipt, represented};
pub use read::{
    Earlier, Labels, PageRequest, call, check_label, environment, flag_key, is_set, json_body, page,
    parameter, parsed, precondition, project, text_body,
};
pub use representation::{audit_text, definition_item, environment_text, key_item, key_text, project_text};

#[cfg(test)]
mod tests;
