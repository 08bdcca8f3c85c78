//! Metrics of item collections: how large all items of one partition key are together.

use aws_sdk_dynamodb::types::ItemCollectionMetrics;
use dax_client::protocol::cbor::Encoder;
use dax_client::protocol::value;

use super::super::CallError;
use super::UNFIT;

/// A byte string with the value of the partition key, and the least and the most that they may be, in gigabytes. These are
/// floats: clients take no integers here.
pub(super) fn encode(metrics: &ItemCollectionMetrics, out: &mut Encoder<'_>) -> Result<(), CallError> {
    let key = metrics.item_collection_key().and_then(|key| key.values().next()).ok_or(UNFIT)?;
    let &[least, most] = metrics.size_estimate_range_gb() else { return Err(UNFIT) };
    out.nested(|out| {
        value::encode(out, key)?;
        out.float(least).float(most);
        Ok::<_, CallError>(())
    })?;
    Ok(())
}

/// An array of them.
pub(super) fn encode_all(all: &[ItemCollectionMetrics], out: &mut Encoder<'_>) -> Result<(), CallError> {
    out.array(all.len());
    all.iter().try_for_each(|metrics| encode(metrics, out))
}
