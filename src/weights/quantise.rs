//! The 256 values that replace all weights in 8 bits, and which of them replaces which: Lloyd's algorithm (1982) in one
//! dimension.
//!
//! ```text
//! values ─> Census ─> CodeBook ─> one byte a value
//! ```
//!
//! The values are read twice, once to be counted and once to be coded, so that they need not be in memory together.

/// Values that a byte can tell apart.
pub const CODES: usize = 256;
/// Codes that start evenly spaced, which catches the few large values; the others start where most values are.
const EVEN: usize = CODES / 4;
const ROUNDS: usize = 40;
/// Values are counted by their sign, their exponent and the first 11 bits after it: bins a hundred times finer than the
/// cells of 256 codes.
const BIN_BITS: u32 = 20;
/// How much more the error of a quarter's sum counts than those of its taps.
const SUM: f32 = 30.0;

/// How many values there are, and where.
pub struct Census {
    bins: Vec<Bin>,
    /// All different values, ascending, up to one more than a code book holds.
    different: Vec<f32>,
}

#[derive(Clone, Copy, Default)]
struct Bin {
    count: u32,
    sum: f64,
}

impl Census {
    pub fn new() -> Self {
        Self { bins: vec![Bin::default(); 1 << BIN_BITS], different: Vec::new() }
    }

    /// Counts a finite value.
    pub fn add(&mut self, value: f32) {
        let value = value + 0.0; // -0 is 0
        let bin = &mut self.bins[bin(value)];
        bin.count += 1;
        bin.sum += f64::from(value);
        if self.different.len() <= CODES
            && let Err(at) = self.different.binary_search_by(|other| other.total_cmp(&value))
        {
            self.different.insert(at, value);
        }
    }

    /// The book with the least squared error. Where at most 256 values differ it holds exactly these, so that what was
    /// coded once is coded without loss ever after. Zeros stay zeros.
    pub fn code_book(self) -> CodeBook {
        if self.different.len() <= CODES {
            return CodeBook::new(self.different);
        }
        let zeros = self.bins[bin(0.0)].count > 0;
        let mut book = Bins::new(self.bins).lloyd();
        if zeros {
            let nearest = book.iter_mut().min_by(|a, b| a.abs().total_cmp(&b.abs()));
            *nearest.expect("a book has codes") = 0.0;
        }
        CodeBook::new(book)
    }
}

/// The bin of a value; bins are in the order of the values.
fn bin(value: f32) -> usize {
    let bits = value.to_bits();
    // The bits of negative numbers run the other way, and their first one is set.
    let ordered = if value.is_sign_negative() { !bits } else { bits | 1 << 31 };
    (ordered >> (32 - BIN_BITS)) as usize
}

/// The bins that have values, ascending.
struct Bins {
    means: Vec<f64>,
    /// Count and sum of the values in the bins before each, and in all of them.
    counts: Vec<u64>,
    sums: Vec<f64>,
}

impl Bins {
    fn new(bins: Vec<Bin>) -> Self {
        let (mut means, mut counts, mut sums) = (Vec::new(), vec![0], vec![0.0]);
        let (mut before, mut sum_before) = (0, 0.0);
        for Bin { count, sum } in bins.into_iter().filter(|bin| bin.count > 0) {
            means.push(sum / f64::from(count));
            before += u64::from(count);
            sum_before += sum;
            counts.push(before);
            sums.push(sum_before);
        }
        Self { means, counts, sums }
    }

    /// Moves each code to the mean of the values that are closest to it, [`ROUNDS`] times.
    fn lloyd(&self) -> Vec<f32> {
        let mut book = self.start();
        for _ in 0..ROUNDS {
            let mut from = 0;
            for i in 0..CODES {
                // Up to the middle between this code and the next, which has not moved yet.
                let to = match book.get(i + 1) {
                    Some(next) => self.means.partition_point(|mean| *mean < (book[i] + next) / 2.0),
                    None => self.means.len(),
                };
                let count = self.counts[to] - self.counts[from];
                if count > 0 {
                    book[i] = (self.sums[to] - self.sums[from]) / count as f64;
                }
                from = to;
            }
            book.sort_by(f64::total_cmp);
        }
        book.into_iter().map(|code| code as f32).collect()
    }

    fn start(&self) -> Vec<f64> {
        let (least, most) = (self.means[0], self.means[self.means.len() - 1]);
        let even = (0..EVEN).map(|i| least + (most - least) * i as f64 / (EVEN - 1) as f64);
        let total = self.counts[self.means.len()];
        let quantiles = (0..CODES - EVEN).map(|i| {
            let rank = (i as f64 + 0.5) / (CODES - EVEN) as f64 * total as f64;
            self.means[self.counts.partition_point(|before| *before as f64 <= rank) - 1]
        });
        let mut book: Vec<f64> = even.chain(quantiles).collect();
        book.sort_by(f64::total_cmp);
        book
    }
}

/// The value of each code.
pub struct CodeBook {
    /// Ascending, each once, 256 at most.
    values: Vec<f32>,
    /// The middles between neighbours.
    borders: Vec<f64>,
}

impl CodeBook {
    fn new(mut values: Vec<f32>) -> Self {
        values.sort_by(f32::total_cmp);
        values.dedup();
        let middle = |pair: &[f32]| (f64::from(pair[0]) + f64::from(pair[1])) / 2.0;
        let borders = values.windows(2).map(middle).collect();
        Self { values, borders }
    }

    /// With other values in place of these.
    pub fn map(self, change: impl Fn(f32) -> f32) -> Self {
        Self::new(self.values.into_iter().map(change).collect())
    }

    /// The code of the nearest value.
    pub fn code(&self, value: f32) -> u8 {
        self.borders.partition_point(|border| *border < f64::from(value)) as u8
    }

    /// The codes of a transposed kernel of 4 x 4 and stride 2. Each output pixel sees one of its four quarters, by row and column
    /// modulo 2. Rounded apart, the quarters' sums would be off by different amounts, and flat areas would have a grid. So of the
    /// codes beside the nearest ones those are taken with which the sum of a quarter is right. Zeros stay zeros. `taps` are the
    /// axes of the rows and the columns.
    ///
    /// # Panics
    /// If the shape has another count of values, or the axes are not of 4.
    pub fn balanced(&self, values: &[f32], shape: &[usize], taps: [usize; 2]) -> Vec<u8> {
        assert_eq!(values.len(), shape.iter().product::<usize>(), "the values of this shape");
        assert_eq!(taps.map(|axis| shape[axis]), [4; 2], "4 x 4 taps");
        let stride = |axis: usize| shape[axis + 1..].iter().product::<usize>();
        let [row, column] = taps.map(stride);
        let is_first = |i: usize| (i / row).is_multiple_of(4) && (i / column).is_multiple_of(4);
        let mut codes = vec![0; values.len()];
        for first in (0..values.len()).filter(|i| is_first(*i)) {
            for [y, x] in [[0, 0], [0, 1], [1, 0], [1, 1]] {
                let quarter = [[y, x], [y, x + 2], [y + 2, x], [y + 2, x + 2]];
                let quarter = quarter.map(|[y, x]| first + y * row + x * column);
                let chosen = self.quarter(quarter.map(|i| values[i]));
                quarter.into_iter().zip(chosen).for_each(|(i, code)| codes[i] = code);
            }
        }
        codes
    }

    /// Codes for four values, each beside its nearest one, with the least error of their sum and of each.
    fn quarter(&self, values: [f32; 4]) -> [u8; 4] {
        let last = self.values.len() - 1;
        let nearest = values.map(|value| usize::from(self.code(value)));
        let choices: [_; 4] = std::array::from_fn(|i| match values[i] {
            0.0 => nearest[i]..=nearest[i],
            _ => nearest[i].saturating_sub(1)..=(nearest[i] + 1).min(last),
        });
        let error = |i: usize, code: usize| self.values[code] - values[i];
        let (mut best, mut least) = (nearest, f32::INFINITY);
        for a in choices[0].clone() {
            for b in choices[1].clone() {
                for c in choices[2].clone() {
                    for d in choices[3].clone() {
                        let errors = [error(0, a), error(1, b), error(2, c), error(3, d)];
                        let sum = errors.iter().sum::<f32>().powi(2);
                        let found = SUM * sum + errors.iter().map(|e| e * e).sum::<f32>();
                        if found < least {
                            (best, least) = ([a, b, c, d], found);
                        }
                    }
                }
            }
        }
        best.map(|code| code as u8)
    }

    /// Removes unused codes, and returns the new code for each old one: the same values get the same codes again.
    pub fn keep(&mut self, used: &[bool; CODES]) -> [u8; CODES] {
        let mut new = [0; CODES];
        let mut kept = Vec::with_capacity(CODES);
        for (code, value) in self.values.iter().enumerate().filter(|(code, _)| used[*code]) {
            new[code] = kept.len() as u8;
            kept.push(*value);
        }
        *self = Self::new(kept);
        new
    }

    /// The book as files hold it: 256 values, the last of which is repeated.
    pub fn table(&self) -> Vec<f32> {
        let mut table = self.values.clone();
        table.resize(CODES, self.values.last().copied().unwrap_or_default());
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(values: &[f32]) -> CodeBook {
        let mut census = Census::new();
        values.iter().for_each(|value| census.add(*value));
        census.code_book()
    }

    /// Values as weights have them: most near zero, few far away.
    fn weights(count: usize) -> Vec<f32> {
        let spread = |i: usize| (i as f64 / count as f64 * 2.0 - 1.0).powi(9) as f32;
        (0..count).map(spread).collect()
    }

    #[test]
    fn bins_are_in_the_order_of_the_values() {
        let values = [f32::MIN, -1.0, -1e-30, 0.0, 1e-40, 1e-30, 0.999, 1.0, f32::MAX];
        assert!(values.map(bin).is_sorted());
        assert!(values.map(bin).iter().all(|bin| *bin < 1 << BIN_BITS));
    }

    #[test]
    fn up_to_256_different_values_are_kept() {
        for count in [0, 1, 2, 255, 256] {
            let values: Vec<f32> = (0..count).map(|i| i as f32 * 0.37 - 20.0).collect();
            let book = book(&[&values[..], &values].concat());
            assert_eq!(book.values, values);
            assert!(
                values.iter().all(|value| book.values[usize::from(book.code(*value))] == *value)
            );
            assert_eq!(book.table().len(), CODES);
        }
    }

    #[test]
    fn a_code_is_that_of_the_nearest_value() {
        let values = weights(10_000);
        let book = book(&values);
        assert!(book.values.len() <= CODES && book.values.is_sorted());
        for value in values {
            let distance = |other: &f32| f64::from(*other - value).abs();
            let nearest = book.values.iter().map(distance).fold(f64::INFINITY, f64::min);
            assert_eq!(distance(&book.values[usize::from(book.code(value))]), nearest);
        }
    }

    /// Uniform steps over the same range have 1.6 times the squared error, as the same computation in NumPy found.
    #[test]
    fn the_book_follows_the_values() {
        let values = weights(10_000);
        let error = |book: &CodeBook| -> f64 {
            let coded = |value: &f32| book.values[usize::from(book.code(*value))];
            values.iter().map(|value| f64::from(coded(value) - value).powi(2)).sum()
        };
        let uniform = CodeBook::new((0..CODES).map(|i| i as f32 / 127.5 - 1.0).collect());
        assert!(error(&book(&values)) < error(&uniform) / 1.5);
    }

    #[test]
    fn zeros_stay_zeros() {
        let mut values = weights(10_000);
        values.extend([0.0, -0.0]);
        let book = book(&values);
        assert_eq!(book.values[usize::from(book.code(0.0))], 0.0);
    }

    /// Kernels as our files have them, and as TensorFlow's do.
    #[test]
    fn the_quarters_of_a_transposed_kernel_keep_their_sums() {
        let mut random = crate::random::Random::new(3);
        let mut normal = |count: usize| -> Vec<f32> {
            (0..count / 2).flat_map(|_| random.normal_pair()).map(|x| 0.02 * x as f32).collect()
        };
        let (values, book) = (normal(5 * 3 * 16), book(&normal(5000)));
        for (shape, taps) in [([5, 3, 4, 4], [2, 3]), ([4, 4, 3, 5], [0, 1])] {
            let stride = |axis: usize| shape[axis + 1..].iter().product::<usize>();
            // For each kernel and quarter, how far its sum is off.
            let worst = |codes: &[u8]| {
                let mut sums = std::collections::BTreeMap::new();
                for (i, value) in values.iter().enumerate() {
                    let at: Vec<usize> =
                        (0..4).map(|axis| i / stride(axis) % shape[axis]).collect();
                    let quarter = taps.map(|axis| at[axis] % 2);
                    let kernel: Vec<usize> =
                        (0..4).filter(|axis| !taps.contains(axis)).map(|axis| at[axis]).collect();
                    let off = f64::from(book.values[usize::from(codes[i])] - value);
                    *sums.entry((kernel, quarter)).or_insert(0.0) += off;
                }
                assert_eq!(sums.len(), 5 * 3 * 4);
                sums.values().map(|sum| sum * sum).sum::<f64>()
            };
            let nearest: Vec<u8> = values.iter().map(|value| book.code(*value)).collect();
            let balanced = book.balanced(&values, &shape, taps);
            let [nearest, balanced] = [worst(&nearest), worst(&balanced)];
            println!("squared errors of the sums: {nearest:e}, {balanced:e}");
            assert!(balanced < 0.1 * nearest);
        }
    }

    #[test]
    fn what_was_coded_once_is_coded_without_loss() {
        let book = book(&weights(5000));
        let values: Vec<f32> = weights(2 * 16)
            .iter()
            .map(|value| book.values[usize::from(book.code(*value))])
            .collect();
        let codes = book.balanced(&values, &[2, 1, 4, 4], [2, 3]);
        assert!(
            codes
                .iter()
                .zip(&values)
                .all(|(code, value)| book.values[usize::from(*code)] == *value)
        );
    }

    #[test]
    fn unused_codes_are_removed() {
        let mut book = CodeBook::new(vec![-1.0, 0.0, 0.5, 2.0]);
        let mut used = [false; CODES];
        (used[1], used[3]) = (true, true);
        let new = book.keep(&used);
        assert_eq!((book.values.as_slice(), new[1], new[3]), (&[0.0, 2.0][..], 0, 1));
        assert_eq!((book.code(-7.0), book.code(1.1)), (0, 1));
        assert_eq!(book.table()[CODES - 1], 2.0);
    }
}
