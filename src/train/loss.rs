//! Losses of pictures besides L1 itself, and what L1's gradient lacks.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;

/// The mean of all values: `[B, C, H, W]` -> `[1]`. First along rows and columns: a whole picture's values, added up one by
/// one in single precision, are off in the sixth digit.
fn mean(values: Tensor<4>) -> Tensor<1> {
    values.mean_dim(3).mean_dim(2).mean()
}

/// ITU-R BT.601's, which JPEG and television have, of red, green and blue.
const LUMA: [f64; 3] = [0.299, 0.587, 0.114];

/// [`crate::ops::l1`] in three parts: that of lightness; that of chroma, which is what the channels differ from lightness, for each picture
/// times its weight; and that of how colourful a pixel is, whichever its hue, times the rest. Two of `[B, 3, H, W]`, weights
/// `[B, 1, 1, 1]` -> `[1]`.
///
/// Of many hues that could be, L1 of chroma chooses the mean, which is grey or brown. Colourfulness has no such mean: with
/// little weight on the first and much on the second, the likeliest hue is painted as strong as things are.
pub fn l1_of_lightness_and_chroma(
    target: Tensor<4>,
    output: Tensor<4>,
    chroma_weights: Tensor<4>,
) -> Tensor<1> {
    let [target, output] = [target, output].map(lightness_and_chroma);
    let lightness = mean((target.0 - output.0).abs());
    let colorful = (colorfulness(target.1.clone()) - colorfulness(output.1.clone())).abs();
    let colorful = mean(colorful * (-chroma_weights.clone() + 1.0));
    let chroma = mean((target.1 - output.1).abs() * chroma_weights);
    lightness + chroma + colorful
}

/// `[B, 3, H, W]` -> `[B, 1, H, W]`, `[B, 3, H, W]`
fn lightness_and_chroma(picture: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
    let weighted = (0..LUMA.len()).map(|c| picture.clone().narrow(1, c, 1) * LUMA[c]);
    let lightness = weighted.reduce(|sum, channel| sum + channel).expect("three channels");
    let chroma = picture - lightness.clone();
    (lightness, chroma)
}

/// The root of the mean square of a pixel's chroma: `[B, 3, H, W]` -> `[B, 1, H, W]`. The slope of the root is held where a
/// pixel is all but grey.
fn colorfulness(chroma: Tensor<4>) -> Tensor<4> {
    (chroma.square().mean_dim(1) + 1e-4).sqrt()
}

/// An output that is off by less than this, of [-1, 1], needs no help.
const WRONG: f64 = 0.1;

/// What L1's gradient lacks where tanh's slope is less than `floor` and the output is wrong: of the values before tanh, for
/// a loss that is a mean. `[B, C, H, W]` each.
///
/// A background of pure white drives tanh to where its slope is next to nothing. To become another colour it would have to
/// wait until all else is learned.
pub fn gradient_below_floor(target: Tensor<4>, output: Tensor<4>, floor: f64) -> Tensor<4> {
    let count = output.dims().iter().product::<usize>() as f64;
    let difference = output.clone() - target;
    let wrong = difference.clone().abs().greater_elem(WRONG).float();
    let missing = relu(output.square() + (floor - 1.0)); // floor - (1 - output²)
    difference.sign() * wrong * missing / count
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    fn logits(values: [f32; 2]) -> Tensor<4> {
        Tensor::<1>::from_floats(values, &Device::flex()).reshape([1, 1, 1, 2])
    }

    fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
        tensor.into_data().iter::<f64>().collect()
    }

    /// Float32 values of about 1: a few times its epsilon, 1.2e-7.
    fn assert_near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-6 * expected.abs().max(1.0), "{found}, {expected}");
    }

    /// Values of a picture's size against the mean in double precision: a few units of round-off.
    #[test]
    fn the_mean_of_a_whole_picture_keeps_its_digits() {
        let values: Vec<f32> = (0u32..3 * 256 * 256)
            .map(|i| 0.2 + (i.wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 24) as f32)
            .collect();
        let expected = values.iter().copied().map(f64::from).sum::<f64>() / values.len() as f64;
        let picture = Tensor::<1>::from_floats(values.as_slice(), &Device::flex());
        let found = floats(mean(picture.reshape([1, 3, 256, 256])))[0];
        assert!((found / expected - 1.0).abs() < 5e-7, "{found}, {expected}");
    }

    /// Of one pixel each, against the formulas in double precision.
    #[test]
    fn lightness_chroma_and_colourfulness_are_told_apart() {
        let pixel = |rgb: [f64; 3]| {
            let rgb = rgb.map(|x| x as f32);
            Tensor::<1>::from_floats(rgb, &Device::flex()).reshape([1, 3, 1, 1])
        };
        let found = |target: [f64; 3], output: [f64; 3], weight: f32| {
            let weight = Tensor::<1>::from_floats([weight], &Device::flex()).reshape([1, 1, 1, 1]);
            floats(l1_of_lightness_and_chroma(pixel(target), pixel(output), weight))[0]
        };
        let (grey, red) = ([0.25; 3], [0.5 + 0.587, 0.5 - 0.299, 0.5]);
        for weight in [0.0, 0.25, 1.0] {
            assert_near(found(grey, [0.0; 3], weight), 0.25);
        }
        // `red` is as light as [0.5; 3], and its chroma is [0.587, -0.299, 0].
        let strong = ((0.587f64.powi(2) + 0.299f64.powi(2)) / 3.0 + 1e-4).sqrt() - 0.01;
        let apart = (0.587 + 0.299) / 3.0;
        for weight in [0.0f32, 0.25, 1.0] {
            let w = f64::from(weight);
            assert_near(found(red, [0.5; 3], weight), w * apart + (1.0 - w) * strong);
            // Another hue, as colourful.
            let other = [0.5 - 0.587, 0.5 + 0.299, 0.5];
            assert_near(found(red, other, weight), w * 2.0 * apart);
        }
    }

    /// Of two values: the gradient of their mean difference has at least the slope `floor` where they are wrong.
    #[test]
    fn the_slope_of_tanh_has_a_floor_where_the_output_is_wrong() {
        let of = |before: [f32; 2], target: [f32; 2]| {
            let before = logits(before);
            let output = burn::tensor::activation::tanh(before);
            floats(gradient_below_floor(logits(target), output, 0.2))
        };
        let near = |found: Vec<f64>, expected: [f64; 2]| {
            found.iter().zip(expected).for_each(|(a, b)| assert!((a - b).abs() < 1e-6, "{a}, {b}"));
        };
        let missing = |x: f64| 0.2 - (1.0 - x.tanh().powi(2));
        near(of([4.0, -3.0], [-1.0, 1.0]), [missing(4.0) / 2.0, -missing(-3.0) / 2.0]);
        near(of([4.0, 1.0], [0.95, -1.0]), [0.0, 0.0]); // it is right; its slope is 0.42
    }
}
