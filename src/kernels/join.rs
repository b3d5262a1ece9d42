//! Channels side by side through LeakyReLU on the CPU.

use super::parallel;
use super::rectify::rectified;

/// Of two batches of pictures, of `pixels` each, the channels of the first and then those of the second.
///
/// # Panics
/// If the two are not of equally many pictures.
pub fn forward(inputs: [&[f32]; 2], channels: [usize; 2], pixels: usize, slope: f32) -> Vec<f32> {
    let [pictures, others] = [0, 1].map(|i| inputs[i].len() / channels[i] / pixels);
    assert_eq!(pictures, others, "the two differ in pictures");
    let both = channels[0] + channels[1];
    parallel::mapped(inputs[0].len() + inputs[1].len(), pixels, |i| {
        let (picture, channel) = (i / both, i % both);
        let (which, channel) =
            if channel < channels[0] { (0, channel) } else { (1, channel - channels[0]) };
        let plane = &inputs[which][(picture * channels[which] + channel) * pixels..];
        ([plane], move |[x]| rectified(x, x, slope))
    })
}

/// The gradients of both inputs, by the sign of the output.
///
/// # Panics
/// If the output and the gradient differ in length.
pub fn backward(
    output: &[f32],
    gradient: &[f32],
    channels: [usize; 2],
    pixels: usize,
    slope: f32,
) -> [Vec<f32>; 2] {
    assert_eq!(output.len(), gradient.len(), "the output and the gradient differ in length");
    let both = channels[0] + channels[1];
    let pictures = output.len() / both / pixels;
    [(0, channels[0]), (channels[0], channels[1])].map(|(first, channels)| {
        parallel::mapped(pictures * channels * pixels, pixels, |i| {
            let at = (i / channels * both + first + i % channels) * pixels;
            let planes = [output, gradient].map(|values| &values[at..]);
            (planes, move |[y, g]| rectified(y, g, slope))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of two pictures, of one channel and of two, two pixels each.
    #[test]
    fn each_channel_finds_its_place_and_its_way_back() {
        let (first, second) = ([1., -2., 3., -4.], [5., 6., -7., -8., 9., 10., 11., -12.]);
        let output = forward([&first, &second], [1, 2], 2, 0.5);
        assert_eq!(output, [1., -1., 5., 6., -3.5, -4., 3., -2., 9., 10., 11., -6.]);
        let gradient = [2.0; 12];
        let [first, second] = backward(&output, &gradient, [1, 2], 2, 0.5);
        assert_eq!(first, [2., 1., 2., 1.]);
        assert_eq!(second, [2., 2., 1., 1., 2., 2., 2., 1.]);
    }

    #[test]
    #[should_panic(expected = "differ in pictures")]
    fn batches_of_two_sizes_are_refused() {
        forward([&[0.0; 4], &[0.0; 2]], [1, 1], 2, 0.0);
    }
}
