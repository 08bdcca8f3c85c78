//! Upper bounds that depend on how large the data in sight is.

/// Bytes that each value counts for, beside its text: the engine's handle and the key under which it stands.
pub(super) const VALUE: u64 = 40;

/// `base + data * |what var reads| + accumulator * |the accumulator of a reduction|`, saturating: an upper bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) base: u64,
    pub(super) data: u64,
    pub(super) accumulator: u64,
}

/// What `var` reads, at its largest; unbounded is [`u64::MAX`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub(super) data: u64,
    pub(super) accumulator: u64,
}

impl Form {
    pub(super) const DATA: Self = Self { base: 0, data: 1, accumulator: 0 };
    pub(super) const ACCUMULATOR: Self = Self { base: 0, data: 0, accumulator: 1 };
    pub(super) const UNBOUNDED: Self = Self::constant(u64::MAX);

    pub(super) const fn constant(base: u64) -> Self {
        Self { base, data: 0, accumulator: 0 }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        self.with(other, u64::saturating_add)
    }

    pub(super) fn max(self, other: Self) -> Self {
        self.with(other, u64::max)
    }

    pub(super) fn times(self, factor: u64) -> Self {
        self.with(Self { base: factor, data: factor, accumulator: factor }, u64::saturating_mul)
    }

    /// The bound in numbers.
    pub(super) fn at(self, extent: Extent) -> u64 {
        let data = self.data.saturating_mul(extent.data);
        let accumulator = self.accumulator.saturating_mul(extent.accumulator);
        self.base.saturating_add(data).saturating_add(accumulator)
    }

    /// The sum of this bound over all items of something as large as `items`.
    ///
    /// The items are parts of it, so what grows with an item sums up to what grows with the whole: nested iterations take
    /// no more than linear time. Each item has at least [`VALUE`] bytes, which bounds their number.
    pub(super) fn over(self, items: Self) -> Self {
        items.times(self.data.saturating_add(self.base.div_ceil(VALUE)))
    }

    fn with(self, other: Self, combine: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            base: combine(self.base, other.base),
            data: combine(self.data, other.data),
            accumulator: combine(self.accumulator, other.accumulator),
        }
    }
}
