//! Which flag is asked for: a few of them most of the time.

/// Zipf's distribution over `0..n`: the probability of rank `k` is proportional to `1 / (k + 1)^s`.
#[derive(Clone, Debug)]
pub struct Zipf {
    /// The probability of each rank and all before it.
    cumulative: Vec<f64>,
}

impl Zipf {
    /// Over that many ranks. An exponent of 0 makes all equally likely; traffic on the web is near 1.
    pub fn new(ranks: usize, exponent: f64) -> Self {
        let weights = (1..=ranks).map(|rank| {
            #[expect(clippy::cast_precision_loss, reason = "there are far fewer ranks than 2^52")]
            let rank = rank as f64;
            rank.powf(-exponent)
        });
        let mut sum = 0.0;
        let mut cumulative: Vec<f64> = weights
            .map(|weight| {
                sum += weight;
                sum
            })
            .collect();
        for until in &mut cumulative {
            *until /= sum;
        }
        Self { cumulative }
    }

    /// The rank at that point of the distribution, which is in `0.0..1.0`.
    pub fn rank(&self, point: f64) -> usize {
        let rank = self.cumulative.partition_point(|until| *until <= point);
        rank.min(self.cumulative.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_drawn_as_often_as_the_law_says() {
        let (zipf, mut random) = (Zipf::new(100, 1.0), fastrand::Rng::with_seed(7));
        let mut drawn = [0_u32; 100];
        for _ in 0..100_000 {
            drawn[zipf.rank(random.f64())] += 1;
        }
        // The sum of 1/k for k up to 100 is 5.187.
        for (rank, expected) in [(0, 19_278), (1, 9_639), (9, 1_928), (99, 193)] {
            let off = f64::from(drawn[rank]) / f64::from(expected);
            assert!((0.75..1.25).contains(&off), "rank {rank}: {} of {expected}", drawn[rank]);
        }
        assert!((f64::from(drawn[0]) / 19_278.0 - 1.0).abs() < 0.03);
    }

    #[test]
    fn without_an_exponent_all_ranks_are_alike() {
        let zipf = Zipf::new(4, 0.0);
        assert_eq!([0.0, 0.24, 0.26, 0.51, 0.76, 0.999].map(|point| zipf.rank(point)), [0, 0, 1, 2, 3, 3]);
    }

    #[test]
    fn the_last_rank_takes_what_rounding_leaves() {
        assert_eq!(Zipf::new(3, 1.0).rank(1.0), 2);
    }
}
