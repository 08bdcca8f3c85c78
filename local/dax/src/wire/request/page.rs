//! `Query` and `Scan`.

use std::collections::BTreeSet;

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
    let attributes = of_index(&parameters, projection.as_ref(), &mut placeholders);
    let (names, values) = placeholders.into_maps();
    let input = QueryInput::builder()
        .table_name(table)
        .set_key_condition_expression(key_condition)
        .set_filter_expression(filter)
        .set_select(select(&parameters, attributes.as_ref(), projection.as_ref()))
        .set_projection_expression(attributes)
        .set_expression_attribute_names(names)
        .set_expression_attribute_values(values)
        .set_exclusive_start_key(parameters.start_key(&schema)?)
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
    let attributes = of_index(&parameters, projection.as_ref(), &mut placeholders);
    let (names, values) = placeholders.into_maps();
    let input = ScanInput::builder()
        .table_name(table)
        .set_filter_expression(filter)
        .set_select(select(&parameters, attributes.as_ref(), projection.as_ref()))
        .set_projection_expression(attributes)
        .set_expression_attribute_names(names)
        .set_expression_attribute_values(values)
        .set_exclusive_start_key(parameters.start_key(&schema)?)
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

/// The attributes that a page of an index is to have: a local index fetches those that it does not hold, and a global one
/// refuses to. Of a table they are not told to DynamoDB.
fn of_index(
    parameters: &Parameters<'_>,
    projection: Option<&Projection>,
    placeholders: &mut Placeholders,
) -> Option<String> {
    parameters.index.as_ref()?;
    let roots: BTreeSet<_> = projection?.iter().map(|path| path.root.as_str()).collect();
    let attributes: Vec<_> = roots.into_iter().map(|root| placeholders.name(root).to_owned()).collect();
    Some(attributes.join(", "))
}

/// What to select. "What the projection says" is nothing to ask of DynamoDB if it is not told the projection.
fn select(
    parameters: &Parameters<'_>,
    attributes: Option<&String>,
    projection: Option<&Projection>,
) -> Option<Select> {
    let is_untold = projection.is_some() && attributes.is_none();
    parameters.select.clone().filter(|select| !is_untold || *select != Select::SpecificAttributes)
}

#[cfg(test)]
mod tests {
    use dax_client::protocol::method::Method;

    use super::super::super::tests::fixture;
    use super::super::super::{Data, Request};

    /// A query of `n[0], n[1]`, with whatever parameters come before the projection.
    fn query(parameters: &[u8]) -> (Option<String>, bool) {
        let projection =
            b"\x00\x53\x82\x01\x82\x83\x12\x61n\xd9\x0c\xfc\x00\x83\x12\x61n\xd9\x0c\xfc\x01\x0f\x04\xff";
        let arguments =
            [b"\x44hist\x4d\x83\x01\x83\x00\x82\x12\x61a\x82\x11\x00\x81\x00\xbf", parameters, projection]
                .concat();
        let data = Data { method: Method::Query, arguments };
        let Ok(Request::Query(page)) = data.decode(&fixture().known) else { panic!("a query") };
        assert_eq!(page.projection.map(|paths| paths.len()), Some(2));
        (page.input.projection_expression, page.input.select.is_some())
    }

    #[test]
    fn an_index_is_told_the_attributes_of_a_projection_and_a_table_is_not() {
        assert_eq!(query(b"\x0b\x44gsi1"), (Some("#n1".to_owned()), true));
        assert_eq!(query(b""), (None, false));
    }
}
