//! What an operation is told besides its tensors, on any device: the sizes of a convolution, the rates of an update.

/// The side of a convolution's kernel, and the number of its weights for one pair of channels.
pub const SIDE: usize = 4;
pub const TAPS: usize = SIDE * SIDE;

/// The sizes of one convolution of 4 x 4 with a padding of 1, or of its transpose.
///
/// `large` is the picture with more pixels and `small` the one with fewer, whichever of them is the output:
/// `H = 2h` at stride 2, `H = h + 1` at stride 1, and the widths likewise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geometry {
    pub batch: usize,
    /// Channels, height and width: `[L, H, W]`.
    pub large: [usize; 3],
    /// `[S, h, w]`
    pub small: [usize; 3],
    pub stride: usize,
}

impl Geometry {
    /// [`Geometry::of_large`] on the way down, [`Geometry::of_small`] on the way up.
    ///
    /// # Panics
    /// As they do.
    pub fn of_input(
        input: [usize; 4],
        weight: [usize; 4],
        stride: usize,
        direction: Direction,
    ) -> Self {
        match direction {
            Direction::Down => Self::of_large(input, weight, stride),
            Direction::Up => Self::of_small(input, weight, stride),
        }
    }

    /// Of a convolution with the input `[B, L, H, W]` and the weights `[S, L, 4, 4]`.
    ///
    /// # Panics
    /// If the weights are of other channels, the stride is neither 1 nor 2, or the input has no whole output: at
    /// stride 2 its sides must be even (or the transpose would not lead back), at stride 1 at least 2.
    pub fn of_large(large: [usize; 4], weight: [usize; 4], stride: usize) -> Self {
        let [batch, channels, height, width] = large;
        let [small_channels, large_channels] = channels_of(weight);
        assert_eq!(
            channels, large_channels,
            "a convolution's input and weights differ in channels"
        );
        let small = |side: usize| match stride {
            1 if side >= 2 => side - 1,
            2 if side >= 2 && side.is_multiple_of(2) => side / 2,
            _ => panic!("no convolution of {height} x {width} pixels at stride {stride}"),
        };
        Self {
            batch,
            large: [channels, height, width],
            small: [small_channels, small(height), small(width)],
            stride,
        }
    }

    /// Of a transposed convolution with the input `[B, S, h, w]` and the weights `[S, L, 4, 4]`.
    ///
    /// # Panics
    /// If the weights are of other channels, the stride is neither 1 nor 2, or the input is empty.
    pub fn of_small(small: [usize; 4], weight: [usize; 4], stride: usize) -> Self {
        let [batch, channels, height, width] = small;
        let [small_channels, large_channels] = channels_of(weight);
        assert_eq!(
            channels, small_channels,
            "a convolution's input and weights differ in channels"
        );
        let large = |side: usize| match stride {
            1 if side >= 1 => side + 1,
            2 if side >= 1 => side * 2,
            _ => {
                panic!("no transposed convolution of {height} x {width} pixels at stride {stride}")
            }
        };
        Self {
            batch,
            large: [large_channels, large(height), large(width)],
            small: [channels, height, width],
            stride,
        }
    }

    /// `[B, L, H, W]`
    pub fn large_shape(&self) -> [usize; 4] {
        let [channels, height, width] = self.large;
        [self.batch, channels, height, width]
    }

    /// `[B, S, h, w]`
    pub fn small_shape(&self) -> [usize; 4] {
        let [channels, height, width] = self.small;
        [self.batch, channels, height, width]
    }

    pub fn large_pixels(&self) -> usize {
        self.large[1] * self.large[2]
    }

    pub fn small_pixels(&self) -> usize {
        self.small[1] * self.small[2]
    }

    /// Elements of one picture of `large`.
    pub fn large_len(&self) -> usize {
        self.large[0] * self.large_pixels()
    }

    /// Elements of one picture of `small`.
    pub fn small_len(&self) -> usize {
        self.small[0] * self.small_pixels()
    }

    /// Weights of one channel of `small`.
    pub fn taps(&self) -> usize {
        self.large[0] * TAPS
    }
}

fn channels_of([small, large, height, width]: [usize; 4]) -> [usize; 2] {
    assert_eq!([height, width], [SIDE; 2], "a convolution's kernel is 4 x 4");
    [small, large]
}

/// Which of the two a convolution is: [`down`](crate::convolve::down) or its transpose, [`up`](crate::convolve::up).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Down,
    Up,
}

/// The sizes of one separable convolution: a kernel of 4 x 4 for each channel, and 1 x 1 across the channels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Separable {
    pub batch: usize,
    /// Of the input and of the output.
    pub channels: [usize; 2],
    /// Height and width of the input.
    pub input: [usize; 2],
    pub direction: Direction,
}

impl Separable {
    /// With the input `[B, C, H, W]`, the kernels `[1, C, 4, 4]` and the weights across channels `[D, C, 1, 1]`.
    ///
    /// # Panics
    /// If the weights are of other channels or sizes, or the input has no whole output: going down its sides must be even.
    pub fn of(
        x: [usize; 4],
        depthwise: [usize; 4],
        pointwise: [usize; 4],
        direction: Direction,
    ) -> Self {
        let [batch, c_in, height, width] = x;
        let [c_out, across, ..] = pointwise;
        assert_eq!(depthwise, [1, c_in, SIDE, SIDE], "one kernel of 4 x 4 for each channel");
        assert_eq!([across, pointwise[2], pointwise[3]], [c_in, 1, 1], "a weight for each channel");
        let is_whole =
            |side: &usize| *side > 0 && (direction == Direction::Up || side.is_multiple_of(2));
        assert!(
            [height, width].iter().all(is_whole),
            "no separable convolution of {height} x {width} pixels"
        );
        Self { batch, channels: [c_in, c_out], input: [height, width], direction }
    }

    /// Height and width of the output.
    pub fn output(&self) -> [usize; 2] {
        self.input.map(|side| match self.direction {
            Direction::Down => side / 2,
            Direction::Up => side * 2,
        })
    }

    pub fn stride(&self) -> usize {
        match self.direction {
            Direction::Down => 2,
            Direction::Up => 1,
        }
    }

    /// How many times each pixel stands side by side, and in how many rows, before the kernels see it.
    pub fn enlarged(&self) -> usize {
        match self.direction {
            Direction::Down => 1,
            Direction::Up => 2,
        }
    }

    /// Height and width of what the kernels see: the enlarged picture with its border of zeros, one before it and, as
    /// TensorFlow's `same` divides three, two behind it at stride 1, one at stride 2.
    pub fn padded(&self) -> [usize; 2] {
        let behind = match self.direction {
            Direction::Down => 1,
            Direction::Up => 2,
        };
        self.input.map(|side| 1 + self.enlarged() * side + behind)
    }

    pub fn input_pixels(&self) -> usize {
        self.input.iter().product()
    }

    pub fn output_pixels(&self) -> usize {
        self.output().iter().product()
    }

    /// `[B, C, H, W]`
    pub fn input_shape(&self) -> [usize; 4] {
        let [height, width] = self.input;
        [self.batch, self.channels[0], height, width]
    }

    /// `[B, D, H', W']`
    pub fn output_shape(&self) -> [usize; 4] {
        let [height, width] = self.output();
        [self.batch, self.channels[1], height, width]
    }
}

/// The constants of one update of [`update`](crate::adam::update).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment, which is not corrected for its start at zero: TensorFlow's epsilon.
    pub epsilon: f64,
    /// The learning rate, corrected for the start of both moments at zero.
    pub step_size: f64,
    /// Factor of the gradient: 1, unless it is clipped.
    pub clip: f64,
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn a_convolution_and_its_transpose_have_the_same_geometry() {
        for (stride, [height, width], [h, w]) in [
            (2, [256, 256], [128, 128]),
            (2, [2, 2], [1, 1]),
            (2, [6, 10], [3, 5]),
            (1, [32, 32], [31, 31]),
            (1, [2, 2], [1, 1]),
            (1, [7, 4], [6, 3]),
        ] {
            let down = Geometry::of_large([3, 5, height, width], [7, 5, 4, 4], stride);
            assert_eq!(down.small_shape(), [3, 7, h, w]);
            assert_eq!(down, Geometry::of_small([3, 7, h, w], [7, 5, 4, 4], stride));
            assert_eq!(down.large_shape(), [3, 5, height, width]);
            assert_eq!([down.large_len(), down.small_len()], [5 * height * width, 7 * h * w]);
        }
    }

    #[test]
    fn a_separable_convolution_halves_or_doubles() {
        for (direction, input, padded, output) in [
            (Direction::Down, [8, 6], [10, 8], [4, 3]),
            (Direction::Down, [2, 2], [4, 4], [1, 1]),
            (Direction::Up, [1, 1], [5, 5], [2, 2]),
            (Direction::Up, [3, 5], [9, 13], [6, 10]),
        ] {
            let [height, width] = input;
            let sizes = Separable::of([2, 3, height, width], [1, 3, 4, 4], [7, 3, 1, 1], direction);
            assert_eq!((sizes.padded(), sizes.output()), (padded, output), "{direction:?}");
            let whole = |side: usize| (side - SIDE) / sizes.stride() + 1;
            assert_eq!(padded.map(whole), output, "no pixel is left over");
        }
    }

    #[test]
    fn separable_weights_of_other_channels_are_refused() {
        let (kernels, across) = ([1, 3, 4, 4], [7, 3, 1, 1]);
        for (x, kernels, across, direction) in [
            ([1, 3, 7, 8], kernels, across, Direction::Down),
            ([1, 3, 8, 7], kernels, across, Direction::Down),
            ([1, 3, 0, 8], kernels, across, Direction::Up),
            ([1, 4, 8, 8], kernels, across, Direction::Up),
            ([1, 3, 8, 8], [3, 1, 4, 4], across, Direction::Down),
            ([1, 3, 8, 8], [1, 3, 3, 3], across, Direction::Down),
            ([1, 3, 8, 8], kernels, [7, 4, 1, 1], Direction::Down),
            ([1, 3, 8, 8], kernels, [7, 3, 4, 4], Direction::Down),
        ] {
            let sizes = catch_unwind(|| Separable::of(x, kernels, across, direction));
            assert!(sizes.is_err(), "{x:?} by {kernels:?} and {across:?}");
        }
    }

    /// Burn would round an odd side down, and the transpose would lead back to a picture that is one pixel short.
    #[test]
    fn sizes_without_a_way_back_are_refused() {
        let weight = [7, 5, 4, 4];
        for (large, weight, stride) in [
            ([1, 5, 7, 8], weight, 2),
            ([1, 5, 8, 7], weight, 2),
            ([1, 5, 0, 8], weight, 2),
            ([1, 5, 1, 8], weight, 1),
            ([1, 5, 8, 8], weight, 3),
            ([1, 5, 8, 8], weight, 0),
            ([1, 7, 8, 8], weight, 2),
            ([1, 5, 8, 8], [7, 5, 3, 3], 1),
        ] {
            let geometry = catch_unwind(|| Geometry::of_large(large, weight, stride));
            assert!(geometry.is_err(), "{large:?} by {weight:?} at stride {stride}");
        }
        for (small, stride) in
            [([1, 7, 0, 4], 2), ([1, 7, 4, 0], 1), ([1, 7, 4, 4], 3), ([1, 5, 4, 4], 2)]
        {
            let geometry = catch_unwind(|| Geometry::of_small(small, weight, stride));
            assert!(geometry.is_err(), "{small:?} at stride {stride}");
        }
    }
}
