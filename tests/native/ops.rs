//! The operations on the devices of this build, and what they refuse.

use std::panic::catch_unwind;

use burn::tensor::{Device, Tensor};
use pix2pix_web::device::{self, Choice};
use pix2pix_web::ops::{self, Rates, Update};
use pollster::block_on;

use crate::reference::{operations, packed};

/// The CPU, and a GPU if this build and this machine have one.
fn devices() -> Vec<Device> {
    #[cfg(not(feature = "wgpu"))]
    return vec![Device::flex()];
    #[cfg(feature = "wgpu")]
    {
        match block_on(device::open(Choice::WebGpu)) {
            Ok(opened) => vec![Device::flex(), opened.device],
            Err(error) => {
                println!("skipped on a GPU: {error}");
                vec![Device::flex()]
            }
        }
    }
}

#[test]
fn convolutions_and_their_gradients_are_exact() {
    for device in devices() {
        block_on(operations::convolutions(&device));
    }
}

#[test]
fn a_gpu_convolves_like_the_cpu() {
    for device in devices().split_off(1) {
        block_on(operations::convolutions_like_the_cpu(&device));
    }
}

#[test]
fn a_gpu_convolves_by_packed_weights() {
    for device in devices().split_off(1) {
        block_on(operations::every_half_is_itself(&device));
        block_on(operations::packed_convolutions(&device));
    }
}

#[test]
fn kernels_in_fewer_bits_are_for_gpus() {
    let cpu = block_on(device::open(Choice::Cpu)).expect("there is a CPU");
    block_on(packed::left_as_they_are(cpu));
    match block_on(device::open(Choice::WebGpu)) {
        Ok(gpu) => block_on(packed::pictures(gpu, |line| println!("{line}"))),
        Err(error) => println!("skipped on a GPU: {error}"),
    }
}

#[test]
fn separable_convolutions_and_their_gradients_are_exact() {
    for device in devices() {
        block_on(operations::separable_convolutions(&device));
    }
}

#[test]
fn normalization_and_its_gradients_are_exact() {
    for device in devices() {
        block_on(operations::normalization(&device));
    }
}

#[test]
fn rectifiers_and_their_gradients_are_exact() {
    for device in devices() {
        block_on(operations::rectifiers(&device));
    }
}

#[test]
fn tangents_and_their_gradients_are_exact() {
    for device in devices() {
        block_on(operations::tangents(&device));
    }
}

#[test]
fn joined_channels_and_their_gradients_are_exact() {
    for device in devices() {
        block_on(operations::joined_channels(&device));
    }
}

#[test]
fn losses_and_their_gradients_are_exact() {
    for device in devices() {
        block_on(operations::sums_of_pairs(&device));
        block_on(operations::gan_losses(&device));
    }
}

#[test]
fn large_tensors_are_whole() {
    for device in devices() {
        block_on(operations::more_workgroups_than_a_dimension_has(&device));
    }
}

#[test]
fn extreme_values_stay_finite() {
    for device in devices() {
        block_on(operations::extremes(&device));
    }
}

#[test]
fn sums_of_squares_are_exact() {
    for device in devices() {
        block_on(operations::sums_of_squares(&device));
    }
}

#[test]
fn adam_is_exact() {
    for device in devices() {
        block_on(operations::adam(&device));
    }
}

const RATES: Rates = Rates { beta1: 0.5, beta2: 0.999, epsilon: 1e-8, step_size: 1e-3, clip: 1.0 };

/// A CPU would update what fits, a GPU would broadcast.
#[test]
fn adam_refuses_unequal_lengths_on_each_device() {
    for device in devices() {
        for lengths in [[1, 4, 8], [4, 1, 8], [4, 4, 1], [4, 4, 4], [4, 4, 7], [4, 5, 8]] {
            let refused = catch_unwind(|| {
                let [weight, gradient, moments] =
                    lengths.map(|length| Tensor::<1>::zeros([length], &device));
                ops::adam(vec![Update { weight, gradient, moments, rates: RATES }])
            });
            assert!(refused.is_err(), "{lengths:?}");
        }
    }
}

/// They stopped at an `unreachable!` deep within.
#[test]
fn what_has_no_gradient_refuses_tracked_tensors() {
    let x = Tensor::<1>::zeros([4], &Device::flex().autodiff());
    let squares = catch_unwind(|| ops::sum_of_squares(vec![x.clone()]));
    let update = catch_unwind(|| {
        let [weight, gradient, moments] = [(); 3].map(|_| x.clone());
        ops::adam(vec![Update { weight, gradient, moments, rates: RATES }])
    });
    for refused in [squares.map(|_| ()), update.map(|_| ())] {
        let panic = refused.unwrap_err();
        let message = panic.downcast_ref::<&str>().map(|message| message.to_string());
        let message = message.or(panic.downcast_ref::<String>().cloned()).unwrap();
        assert!(message.contains("not differentiable"), "{message}");
    }
}

/// Burn would take an odd side at stride 2, and its gradient would be one pixel short.
#[test]
fn sizes_without_a_gradient_are_refused_on_each_device() {
    for device in devices() {
        for (height, width, stride) in [(7, 8, 2), (8, 7, 2), (1, 8, 1), (8, 8, 3)] {
            let refused = catch_unwind(|| {
                let x = Tensor::<4>::zeros([1, 3, height, width], &device);
                ops::down(x, Tensor::zeros([5, 3, 4, 4], &device), stride)
            });
            assert!(refused.is_err(), "{height} x {width} at stride {stride}");
        }
    }
}
