//! Throws dice by a seed, so that a week can be had again.
//!
//! Every part of the world has dice of its own, by its name: what one part throws more does not
//! change the others.

use std::time::Duration;

/// SplitMix64, as published by Steele, Lea and Flood.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn of(seed: u64, part: &str) -> Dice {
        // FNV-1a.
        let hash = part.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        let mut dice = Dice(hash ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        dice.next();
        dice
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// 0 to 1, 1 never.
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn between(&mut self, least: f64, most: f64) -> f64 {
        least + self.share() * (most - least)
    }

    /// From `least` on, below `most`.
    pub(crate) fn number(&mut self, least: u64, most: u64) -> u64 {
        least + self.next() % (most - least).max(1)
    }

    pub(crate) fn lasts(&mut self, least: Duration, most: Duration) -> Duration {
        Duration::from_secs_f64(self.between(least.as_secs_f64(), most.as_secs_f64()))
    }

    /// One case in so many.
    pub(crate) fn once_in(&mut self, cases: u64) -> bool {
        self.number(0, cases) == 0
    }

    /// One of them.
    pub(crate) fn one<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.number(0, all.len() as u64) as usize].clone()
    }

    /// So many of them, each once, in an order of chance.
    pub(crate) fn some<T: Clone>(&mut self, all: &[T], count: usize) -> Vec<T> {
        let mut all = all.to_vec();
        let count = count.min(all.len());
        for at in 0..count {
            let other = self.number(at as u64, all.len() as u64) as usize;
            all.swap(at, other);
        }
        all.truncate(count);
        all
    }
}
