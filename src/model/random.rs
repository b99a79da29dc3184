//! The only source of randomness, so that a world replays from its seed.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A stream of random numbers that is the same for the same seed, on every machine.
pub struct Random(ChaCha8Rng);

impl Random {
    pub fn seeded(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A stream that belongs to `name` alone, so that a new user of randomness does not shift the others.
    pub fn named(seed: u64, name: &str) -> Self {
        Self::seeded(seed ^ u64::from(super::hash::fnv1a32(name.as_bytes())) << 17)
    }

    /// Seeded by the operating system.
    pub fn system() -> Self {
        Self(rand::make_rng())
    }

    /// From 0 up to but not including 1.
    pub fn unit(&mut self) -> f64 {
        self.0.random::<f64>()
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// From `low` up to but not including `high`; `low` when the range is empty.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low).max(0.0) * self.unit()
    }

    /// From 0 up to but not including `end`; 0 when `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        if end == 0 {
            0
        } else {
            self.0.random_range(0..end)
        }
    }

    pub fn u64(&mut self) -> u64 {
        self.0.random()
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    /// Log-normal with the given median; `sigma` is the spread of the logarithm.
    pub fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        use rand_distr::Distribution;
        rand_distr::LogNormal::new(median.max(f64::MIN_POSITIVE).ln(), sigma)
            .map_or(median, |d| d.sample(&mut self.0))
    }

    /// A UUID of version 4, in upper case as Apple writes hardware UUIDs.
    pub fn uuid(&mut self) -> String {
        let (a, b) = (self.u64(), self.u64());
        format!(
            "{:08X}-{:04X}-4{:03X}-{:04X}-{:012X}",
            a >> 32,
            (a >> 16) & 0xFFFF,
            a & 0xFFF,
            (b >> 48) & 0x3FFF | 0x8000,
            b & 0xFFFF_FFFF_FFFF
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_world() {
        let (mut a, mut b) = (Random::named(1, "clicks"), Random::named(1, "clicks"));
        assert_eq!(a.uuid(), b.uuid());
        assert_ne!(a.u64(), Random::named(1, "sleep").u64());
    }
}
