//! `fractional`: a pseudorandom but repeatable choice among weighted variants.
//!
//! The choice is `hash * total >> 32`, with `MurmurHash3` over the unit of assignment; the generations differ in what may be a
//! unit and in the bytes that are hashed. Whatever is malformed gives null, so that the rule falls to the default variant.

use datalogic_rs::{
    ArenaExt as _, CustomOperator, DataValue, Result,
    bumpalo::{Bump, collections::Vec as Bytes},
    operator::EvalContext,
};

use super::{cbor, murmur3};
use crate::{Bucketing, context::FLAGD};

/// The sum of the weights, at most: 2^31 - 1, in every flagd implementation.
pub(super) const MAX_TOTAL_WEIGHT: u64 = 2_147_483_647;

pub(super) struct Fractional {
    bucketing: Bucketing,
}

/// What is assigned to a bucket.
enum Unit<'d, 'a> {
    Value(&'d DataValue<'a>),
    /// The targeting key, differently for each flag.
    Targeting {
        flag_key: &'a str,
        targeting_key: &'a str,
    },
}

impl Fractional {
    pub(super) fn new(bucketing: Bucketing) -> Self {
        Self { bucketing }
    }

    fn choose<'a>(
        &self,
        args: &[&'a DataValue<'a>],
        ctx: &EvalContext<'_, 'a>,
        arena: &'a Bump,
    ) -> Option<&'a DataValue<'a>> {
        let (first, rest) = args.split_first()?;
        let (unit, buckets) = match (*first, self.bucketing) {
            (DataValue::Array(_), _) => (targeting(ctx)?, args),
            (DataValue::Null, Bucketing::V2) => (targeting(ctx)?, rest),
            (DataValue::Null, Bucketing::V3) => return None,
            (DataValue::String(_), _) | (_, Bucketing::V3) => (Unit::Value(first), rest),
            (_, Bucketing::V2) => return None,
        };
        pick(self.hash(&unit, arena), buckets)
    }

    fn hash(&self, unit: &Unit<'_, '_>, arena: &Bump) -> u32 {
        let mut bytes = Bytes::with_capacity_in(64, arena);
        match (self.bucketing, unit) {
            (Bucketing::V2, Unit::Value(value)) => {
                bytes.extend_from_slice_copy(value.as_str().unwrap_or_default().as_bytes());
            }
            (Bucketing::V2, Unit::Targeting { flag_key, targeting_key }) => {
                bytes.extend_from_slice_copy(flag_key.as_bytes());
                bytes.extend_from_slice_copy(targeting_key.as_bytes());
            }
            (Bucketing::V3, Unit::Value(value)) => cbor::write(value, &mut bytes),
            (Bucketing::V3, Unit::Targeting { flag_key, targeting_key }) => {
                cbor::write_pair(flag_key, targeting_key, &mut bytes);
            }
        }
        murmur3::hash(&bytes)
    }
}

impl CustomOperator for Fractional {
    fn evaluate<'a>(
        &self,
        args: &[&'a DataValue<'a>],
        ctx: &mut EvalContext<'_, 'a>,
        arena: &'a Bump,
    ) -> Result<&'a DataValue<'a>> {
        Ok(self.choose(args, ctx, arena).unwrap_or_else(|| arena.null()))
    }
}

/// The unit of the short form, which names none. In the body of an iteration there is none: there an operation sees the item
/// and not the context.
fn targeting<'d, 'a>(ctx: &EvalContext<'_, 'a>) -> Option<Unit<'d, 'a>> {
    if ctx.depth() > 0 {
        return None;
    }
    let root = ctx.root_input();
    let targeting_key = root.get("targetingKey")?.as_str().filter(|key| !key.is_empty())?;
    let flag_key = root.get(FLAGD)?.get("flagKey")?.as_str()?;
    Some(Unit::Targeting { flag_key, targeting_key })
}

fn pick<'a>(hash: u32, buckets: &[&'a DataValue<'a>]) -> Option<&'a DataValue<'a>> {
    let mut total = 0_u64;
    for bucket in buckets {
        total = total.checked_add(parts(bucket)?.1)?;
    }
    if total == 0 || total > MAX_TOTAL_WEIGHT {
        return None;
    }
    let place = (u64::from(hash) * total) >> 32;
    let mut end = 0;
    buckets.iter().find_map(|bucket| {
        let (variant, weight) = parts(bucket)?;
        end += weight;
        (place < end).then_some(variant)
    })
}

/// The variant and the weight of a bucket. A computed weight may be negative, and counts as 0.
fn parts<'a>(bucket: &'a DataValue<'a>) -> Option<(&'a DataValue<'a>, u64)> {
    let (variant, weight) = match bucket.as_array()? {
        [variant] => (variant, 1),
        [variant, weight] => (variant, u64::try_from(weight.as_i64()?.max(0)).ok()?),
        _ => return None,
    };
    let is_scalar = !matches!(variant, DataValue::Array(_) | DataValue::Object(_));
    is_scalar.then_some((variant, weight))
}
