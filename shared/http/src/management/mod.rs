//! What the functions of the management plane share: what they read from a request, and how they answer.

mod answer;
mod read;
mod representation;

pub use answer::{answer, detailed_receipt, listed, receipt, represented};
pub use read::{
    PageRequest, call, environment, flag_key, is_set, json_body, page, parameter, precondition, project,
    text_body,
};
pub use representation::{audit_entry, environment_info, key_info, project as project_text};

#[cfg(test)]
mod tests;
