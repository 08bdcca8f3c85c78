//! `Query` and `Scan`.

use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::operation::scan::ScanInput;
use aws_sdk_dynamodb::types::Select;

use super::super::CallError;
use super::super::expression::Placeholders;
use super::arguments::{Arguments, incomplete};
use super::parameters::Parameters;
use super::{Page, Projection};

/// Table, condition on the key, parameters.
pub(super) fn query(arguments: &mut Arguments<'_, '_>) -> Result<Page<QueryInput>, CallError> {
    let table = arguments.table()?;
    let key_condition = arguments.bytes()?;
    let parameters = arguments.parameters()?;
    let schema = arguments.schema(&table)?;
    let projection = parameters.projection()?;
    let mut placeholders = Placeholders::default();
    let key_condition = placeholders.condition(Some(&key_condition))?;
    let filter = placeholders.condition(parameters.filter.as_deref())?;
    let (names, values) = placeholders.into_maps();
    let input = QueryInput::builder()
        .table_name(table)
        .set_key_condition_expression(key_condition)
        .set_filter_expression(filter)
        .set_expression_attribute_names(names)
        .set_expression_attribute_values(values)
        .set_exclusive_start_key(parameters.start_key(&schema)?)
        .set_select(select(&parameters, projection.as_ref()))
        .set_consistent_read(parameters.consistent_read)
        .set_return_consumed_capacity(parameters.capacity)
        .set_index_name(parameters.index)
        .set_limit(parameters.limit)
        .set_scan_index_forward(parameters.forward)
        .build()
        .map_err(incomplete)?;
    Ok(Page { input, schema, projection })
}

/// Table, parameters.
pub(super) fn scan(arguments: &mut Arguments<'_, '_>) -> Result<Page<ScanInput>, CallError> {
    let table = arguments.table()?;
    let parameters = arguments.parameters()?;
    let schema = arguments.schema(&table)?;
    let projection = parameters.projection()?;
    let mut placeholders = Placeholders::default();
    let filter = placeholders.condition(parameters.filter.as_deref())?;
    let (names, values) = placeholders.into_maps();
    let input = ScanInput::builder()
        .table_name(table)
        .set_filter_expression(filter)
        .set_expression_attribute_names(names)
        .set_expression_attribute_values(values)
        .set_exclusive_start_key(parameters.start_key(&schema)?)
        .set_select(select(&parameters, projection.as_ref()))
        .set_consistent_read(parameters.consistent_read)
        .set_return_consumed_capacity(parameters.capacity)
        .set_index_name(parameters.index)
        .set_limit(parameters.limit)
        .set_segment(parameters.segment)
        .set_total_segments(parameters.total_segments)
        .build()
        .map_err(incomplete)?;
    Ok(Page { input, schema, projection })
}

/// What to select. "What the projection says" is nothing to ask of DynamoDB, which is not told the projection.
fn select(parameters: &Parameters<'_>, projection: Option<&Projection>) -> Option<Select> {
    let by_projection = |select: &Select| projection.is_some() && *select == Select::SpecificAttributes;
    parameters.select.clone().filter(|select| !by_projection(select))
}
