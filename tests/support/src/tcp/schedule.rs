//! Faults that follow one another.

use std::time::Duration;

use super::TcpFault;

/// A fault for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spell {
    /// What is done to connections.
    pub fault: TcpFault,
    /// For how long.
    pub length: Duration,
}

/// Faults that follow one another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule(Vec<Spell>);

impl Schedule {
    /// Those spells, in that order.
    pub fn new(spells: impl IntoIterator<Item = Spell>) -> Self {
        Self(spells.into_iter().collect())
    }

    /// Random faults for that long in all, none for longer than a fifth of it, with pauses between them. The same seed gives the same.
    pub fn random(seed: u64, length: Duration) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let (mut spells, mut left) = (Vec::new(), length);
        while !left.is_zero() {
            let fault = if spells.len() % 2 == 0 { any(&mut random) } else { TcpFault::None };
            let spell = length.mul_f64(random.f64().mul_add(0.15, 0.05)).min(left);
            spells.push(Spell { fault, length: spell });
            left = left.saturating_sub(spell);
        }
        Self(spells)
    }

    /// The spells, in order.
    pub fn spells(&self) -> &[Spell] {
        &self.0
    }

    /// How long all of it takes.
    pub fn length(&self) -> Duration {
        self.0.iter().map(|spell| spell.length).sum()
    }
}

fn any(random: &mut fastrand::Rng) -> TcpFault {
    let millis = |random: &mut fastrand::Rng, range| Duration::from_millis(random.u64(range));
    match random.u32(..7) {
        0 => TcpFault::Delay(millis(random, 1..200)),
        1 => TcpFault::Bandwidth(random.u32(500..50_000)),
        2 => TcpFault::Refuse,
        3 => TcpFault::Reset,
        4 => TcpFault::BlackHole,
        5 => TcpFault::HalfOpen(random.u64(..2_000)),
        _ => TcpFault::CloseIdle(millis(random, 1..100)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_schedule_fills_its_time_and_follows_from_its_seed() {
        let length = Duration::from_secs(20);
        for seed in 0..50 {
            let schedule = Schedule::random(seed, length);
            assert_eq!(schedule.length(), length);
            assert_eq!(schedule, Schedule::random(seed, length));
            assert!(schedule.spells().iter().all(|spell| spell.length <= length / 5));
            assert!(schedule.spells().iter().skip(1).step_by(2).all(|spell| spell.fault == TcpFault::None));
        }
        assert_ne!(Schedule::random(1, length), Schedule::random(2, length));
    }
}
