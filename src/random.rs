//! Random numbers that are the same on every device and machine: SplitMix64 (Steele, Lea, Flood 2014).

use std::f64::consts::TAU;

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// A stream of random numbers.
#[derive(Debug, Clone)]
pub struct Random(u64);

/// What a stream is for. The discriminants stay as they are, so that a training resumes with the streams that it began
/// with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The order of the pairs in one round.
    Order = 1,
    /// How one picture of a batch is cut, mirrored, warped and drawn.
    Augment = 2,
    /// The dropout masks of one step.
    Dropout = 3,
    /// The colour hints of one picture of a batch.
    Hints = 4,
    GeneratorInit = 5,
    DiscriminatorInit = 6,
    /// RReLU's slopes in one step.
    Slopes = 7,
}

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The stream of this seed and purpose with this index; streams that differ in any of the three are independent.
    pub fn stream(seed: u64, purpose: Purpose, index: u64) -> Self {
        let mut state = seed;
        for part in [purpose as u64, index] {
            state = mix(state.wrapping_add(GOLDEN)) ^ part;
        }
        Self(mix(state))
    }

    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// Uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in 0 … n - 1.
    pub fn below(&mut self, n: usize) -> usize {
        (self.uniform() * n as f64) as usize
    }

    /// Two numbers from N(0, 1): Box and Muller 1958.
    pub fn normal_pair(&mut self) -> [f64; 2] {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        let (sin, cos) = (TAU * self.uniform()).sin_cos();
        [radius * cos, radius * sin]
    }

    /// 0 … n - 1 in random order: Fisher and Yates.
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            order.swap(i, self.below(i + 1));
        }
        order
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const PURPOSES: [Purpose; 7] = [
        Purpose::Order,
        Purpose::Augment,
        Purpose::Dropout,
        Purpose::Hints,
        Purpose::GeneratorInit,
        Purpose::DiscriminatorInit,
        Purpose::Slopes,
    ];

    #[test]
    fn streams_of_other_seeds_purposes_or_indices_are_others() {
        let mut first = BTreeSet::new();
        for seed in 0..4 {
            for purpose in PURPOSES {
                first.extend((0..4).map(|index| Random::stream(seed, purpose, index).bits()));
            }
        }
        assert_eq!(first.len(), 4 * PURPOSES.len() * 4);
    }

    /// A training that was saved resumes with these streams.
    #[test]
    fn the_streams_of_a_training_stay_as_they_are() {
        let first = PURPOSES.map(|purpose| Random::stream(7, purpose, 1).bits());
        assert_eq!(
            first[..4],
            [0x4e1563a3b0bf7f92, 0xefeb63bfd008d642, 0x316443780511334b, 0x5acfb5aa08af0c9f],
            "{first:x?}"
        );
    }

    #[test]
    fn a_permutation_has_every_index_once() {
        let mut random = Random::new(3);
        let order = random.permutation(50);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..50).collect::<Vec<_>>());
        assert_ne!(order, sorted);
    }

    #[test]
    fn normal_numbers_have_mean_0_and_variance_1() {
        let mut random = Random::new(1);
        let values: Vec<f64> = (0..5000).flat_map(|_| random.normal_pair()).collect();
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
        // Of 10^4: four standard errors of the mean, 1e-2, and of the variance, 1.4e-2.
        assert!(mean.abs() < 0.04 && (variance - 1.0).abs() < 0.06, "{mean} {variance}");
    }
}
