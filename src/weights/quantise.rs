//! 256 numbers that stand for all the others, and which of them stands for which: Lloyd's algorithm (1982) in one
//! dimension.
//!
//! ```text
//! numbers ─> Census ─> CodeBook ─> one byte a number
//! ```
//!
//! The numbers pass by twice, once to be counted and once to be coded, so that they need not be in memory together.

/// Numbers that a byte can tell apart.
pub const CODES: usize = 256;
/// So many codes start evenly spaced, which catches the few large numbers; the others start where the numbers are.
const EVEN: usize = CODES / 4;
const ROUNDS: usize = 40;
/// Numbers are counted by their sign, their exponent and the first 11 bits behind it: bins a hundred times finer
/// than the cells that 256 codes have.
const BIN_BITS: u32 = 20;

/// How many numbers there are, and where.
pub struct Census {
    bins: Vec<Bin>,
    /// All different numbers in their order, as long as a code book could hold them.
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

    /// Counts a finite number.
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

    /// The book that the numbers are closest to. Where 256 or fewer differ, it is these: what was coded once is
    /// coded without loss ever after. Zeros stay zeros.
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

/// The bin of a number; their order is that of the numbers.
fn bin(value: f32) -> usize {
    let bits = value.to_bits();
    // The bits of negative numbers run the other way, and their first one is set.
    let ordered = if value.is_sign_negative() { !bits } else { bits | 1 << 31 };
    (ordered >> (32 - BIN_BITS)) as usize
}

/// The bins that have numbers, in their order.
struct Bins {
    means: Vec<f64>,
    /// Numbers in the bins before, and their sum; one more than there are bins.
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

    /// Each code moves to the mean of the numbers that are closest to it, again and again.
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

/// Codes and what they stand for.
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

    /// The code that is nearest to a number.
    pub fn code(&self, value: f32) -> u8 {
        self.borders.partition_point(|border| *border < f64::from(value)) as u8
    }

    /// Drops the codes that stand for nothing, and says what the others are now. So the same numbers give the same
    /// codes again.
    pub fn keep(&mut self, used: &[bool; CODES]) -> [u8; CODES] {
        let mut now = [0; CODES];
        let mut kept = Vec::with_capacity(CODES);
        for (code, value) in self.values.iter().enumerate().filter(|(code, _)| used[*code]) {
            now[code] = kept.len() as u8;
            kept.push(*value);
        }
        *self = Self::new(kept);
        now
    }

    /// The whole book, as files hold it; the last number fills the rest.
    pub fn table(&self) -> Vec<f32> {
        let mut table = self.values.clone();
        table.resize(CODES, *self.values.last().expect("a network has weights"));
        table
    }
}
