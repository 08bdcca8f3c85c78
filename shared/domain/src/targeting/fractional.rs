//! `fractional`: a pseudorandom but repeatable choice among weighted variants.
//!
//! The choice is `hash * total >> 32`, with `MurmurHash3` over the unit of assignment; the generations differ in what may be a
//! unit and in the bytes that are hashed. Whatever is malformed gives null, so that the rule falls to the default variant.

use datalogic_rs::{
    ArenaExt as _, CustomOperator, DataValue,
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
#[derive(Clone, Copy)]
pub(super) enum Unit<'a> {
    Value(&'a DataValue<'a>),
    /// The targeting key, differently for each flag.
    Targeting {
        flag_key: &'a str,
        targeting_key: &'a str,
    },
}

/// A choice that was made.
pub(super) struct Choice<'a> {
    pub(super) unit: Unit<'a>,
    /// Of the unit.
    pub(super) hash: u32,
    /// Where the hash falls, from 0 to below the total of the weights.
    pub(super) place: u64,
    pub(super) total: u64,
    /// Which argument is the first bucket.
    pub(super) first: usize,
    /// Which argument is the bucket that it falls into.
    pub(super) bucket: usize,
    pub(super) variant: &'a DataValue<'a>,
}

/// Why no choice was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoChoice {
    #[error("there are no buckets")]
    Empty,
    #[error("the context has no targetingKey")]
    NoTargetingKey,
    #[error("what is to be assigned to a bucket is null")]
    NullUnit,
    #[error("what is to be assigned to a bucket is no string")]
    UnitNoString,
    #[error("a bucket is not a variant and a whole number")]
    NoBucket,
    #[error("the weights add up to nothing")]
    NoWeight,
    #[error("the weights add up to more than {MAX_TOTAL_WEIGHT}")]
    TooMuchWeight,
}

impl Fractional {
    pub(super) fn new(bucketing: Bucketing) -> Self {
        Self { bucketing }
    }
}

/// Chooses among the arguments of a `fractional`; `targeting` is the unit of the short form, which names none.
pub(super) fn choose<'a>(
    bucketing: Bucketing,
    args: &[&'a DataValue<'a>],
    targeting: impl FnOnce() -> Option<Unit<'a>>,
    arena: &Bump,
) -> Result<Choice<'a>, NoChoice> {
    let first = *args.first().ok_or(NoChoice::Empty)?;
    let targeting = || targeting().ok_or(NoChoice::NoTargetingKey);
    let (unit, first_bucket) = match (first, bucketing) {
        (DataValue::Array(_), _) => (targeting()?, 0),
        (DataValue::Null, Bucketing::V2) => (targeting()?, 1),
        (DataValue::Null, Bucketing::V3) => return Err(NoChoice::NullUnit),
        (DataValue::String(_), _) | (_, Bucketing::V3) => (Unit::Value(first), 1),
        (_, Bucketing::V2) => return Err(NoChoice::UnitNoString),
    };
    let hash = hash(bucketing, unit, arena);
    pick(unit, hash, args, first_bucket)
}

/// The unit of the short form, from the data that a rule is evaluated on.
pub(super) fn targeting<'a>(root: &DataValue<'a>) -> Option<Unit<'a>> {
    let targeting_key = root.get("targetingKey")?.as_str().filter(|key| !key.is_empty())?;
    let flag_key = root.get(FLAGD)?.get("flagKey")?.as_str()?;
    Some(Unit::Targeting { flag_key, targeting_key })
}

impl CustomOperator for Fractional {
    fn evaluate<'a>(
        &self,
        args: &[&'a DataValue<'a>],
        ctx: &mut EvalContext<'_, 'a>,
        arena: &'a Bump,
    ) -> datalogic_rs::Result<&'a DataValue<'a>> {
        // In the body of an iteration there is no targeting key: there an operation sees the item and not the context.
        let targeting = || if ctx.depth() > 0 { None } else { targeting(ctx.root_input()) };
        let choice = choose(self.bucketing, args, targeting, arena);
        Ok(choice.map_or_else(|_| arena.null(), |choice| choice.variant))
    }
}

fn hash(bucketing: Bucketing, unit: Unit<'_>, arena: &Bump) -> u32 {
    let mut bytes = Bytes::with_capacity_in(64, arena);
    match (bucketing, unit) {
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

fn pick<'a>(
    unit: Unit<'a>,
    hash: u32,
    args: &[&'a DataValue<'a>],
    first: usize,
) -> Result<Choice<'a>, NoChoice> {
    let mut total = 0_u64;
    for bucket in args.iter().skip(first) {
        let (_, weight) = parts(bucket).ok_or(NoChoice::NoBucket)?;
        total = total.checked_add(weight).ok_or(NoChoice::TooMuchWeight)?;
    }
    match total {
        0 => return Err(NoChoice::NoWeight),
        1..=MAX_TOTAL_WEIGHT => {}
        _ => return Err(NoChoice::TooMuchWeight),
    }
    let place = (u64::from(hash) * total) >> 32;
    let mut end = 0;
    let mut buckets = args.iter().enumerate().skip(first);
    let chosen = buckets.find_map(|(bucket, arg)| {
        let (variant, weight) = parts(arg)?;
        end += weight;
        (place < end).then_some(Choice { unit, hash, place, total, first, bucket, variant })
    });
    chosen.ok_or(NoChoice::NoWeight)
}

/// The variant and the weight of a bucket. A computed weight may be negative, and counts as 0.
pub(super) fn parts<'a>(bucket: &'a DataValue<'a>) -> Option<(&'a DataValue<'a>, u64)> {
    let (variant, weight) = match bucket.as_array()? {
        [variant] => (variant, 1),
        [variant, weight] => (variant, u64::try_from(weight.as_i64()?.max(0)).ok()?),
        _ => return None,
    };
    let is_scalar = !matches!(variant, DataValue::Array(_) | DataValue::Object(_));
    is_scalar.then_some((variant, weight))
}
