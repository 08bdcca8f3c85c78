//! The rules engine: datalogic-rs with flagd's operations.
//!
//! Not datalogic's own `flagd` feature: it buckets by one generation only and takes neither computed nor non-string variants.

use std::sync::LazyLock;

use datalogic_rs::{Engine, EvaluationConfig, Logic};

use super::{affix::Affix, fractional::Fractional, sem_ver::SemVer};
use crate::{Bucketing, json::Json};

static V2: LazyLock<Engine> = LazyLock::new(|| build(Bucketing::V2));
static V3: LazyLock<Engine> = LazyLock::new(|| build(Bucketing::V3));

/// The engine of a bucketing generation. Both take the same compiled rules.
pub(super) fn engine(bucketing: Bucketing) -> &'static Engine {
    match bucketing {
        Bucketing::V2 => &V2,
        Bucketing::V3 => &V3,
    }
}

/// Compiles an expanded rule, for either engine.
pub(super) fn compile(rule: Json) -> datalogic_rs::Result<Logic> {
    engine(Bucketing::V3).compile(rule)
}

fn build(bucketing: Bucketing) -> Engine {
    Engine::builder()
        // A comparison of an object with a number is false in flagd, and no error.
        .with_config(EvaluationConfig::default().with_loose_equality_errors(false))
        .add_operator("fractional", Fractional::new(bucketing))
        .add_operator("sem_ver", SemVer)
        .add_operator("starts_with", Affix::Start)
        .add_operator("ends_with", Affix::End)
        .build()
}
