//! The device that the networks run on, a GPU or the CPU: which, and why. In the page the GPU is WebGPU's; a native build has
//! the devices of its features.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(all(target_arch = "wasm32", feature = "webgpu"))]
mod web;

use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The device that the caller asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Choice {
    /// WebGPU, or the CPU where there is no adapter but a software one, which is slower.
    #[default]
    Auto,
    /// WebGPU, be it a software adapter, or an error. Natively Vulkan, Metal or Direct3D, whichever the system has: a
    /// build with the feature `wgpu`.
    #[cfg_attr(feature = "cli", value(name = "wgpu", alias = "webgpu"))]
    WebGpu,
    /// The CPU: in a page one thread, natively all of them.
    Cpu,
    /// Vulkan with its own shaders: a build with the feature `vulkan`.
    #[cfg(not(target_arch = "wasm32"))]
    Vulkan,
    /// The first NVIDIA GPU: a build with the feature `cuda`.
    #[cfg(not(target_arch = "wasm32"))]
    Cuda,
}

/// The kind of an open device; see [`Choice`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    WebGpu,
    Cpu,
    #[cfg(not(target_arch = "wasm32"))]
    Vulkan,
    #[cfg(not(target_arch = "wasm32"))]
    Cuda,
}

/// An open device.
#[derive(Debug, Clone)]
pub struct Opened {
    pub device: Device,
    pub kind: Kind,
    /// The adapter's name, empty where the browser gives none; for the CPU, the backend's.
    pub adapter: String,
    /// Why it is this device: a phrase for a person.
    pub reason: String,
    /// The most bytes of one tensor; `None` where memory alone sets a limit.
    pub largest_tensor: Option<u64>,
    /// Whether the device can tell when each of its programs ran.
    pub timestamps: bool,
}

/// Opens the device of the caller's choice. In a page each call opens WebGPU again, by which a lost device is replaced;
/// natively a device is opened once and shared.
///
/// # Errors
/// `device/unavailable`: this device was asked for, and the machine or the build has none.
///
/// # Examples
/// ```
/// use pix2pix_web::device::{self, Choice, Kind};
///
/// # pollster::block_on(async {
/// let opened = device::open(Choice::Cpu).await?;
/// assert_eq!(opened.kind, Kind::Cpu);
/// assert_eq!(opened.reason, "the CPU was asked for");
/// # Ok::<_, pix2pix_web::Error>(())
/// # }).unwrap();
/// ```
pub async fn open(choice: Choice) -> Result<Opened> {
    let missing = |device, reason| Error::Device { device, reason };
    match choice {
        Choice::Cpu => Ok(cpu("the CPU was asked for")),
        Choice::WebGpu => gpu::open(true).await.map_err(|reason| missing("WebGPU", reason)),
        #[cfg(not(target_arch = "wasm32"))]
        Choice::Vulkan => native::vulkan().map_err(|reason| missing("Vulkan", reason)),
        #[cfg(not(target_arch = "wasm32"))]
        Choice::Cuda => native::cuda().map_err(|reason| missing("CUDA", reason)),
        Choice::Auto => match gpu::open(false).await {
            Ok(opened) => Ok(opened),
            Err(reason) => Ok(cpu(&reason)),
        },
    }
}

/// The values of a tensor, flat.
///
/// # Errors
/// `device/lost`: the device no longer returns them.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
///
/// # pollster::block_on(async {
/// let tensor = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, 4.0]], &Device::flex());
/// assert_eq!(pix2pix_web::device::values(tensor).await?, [1.0, 2.0, 3.0, 4.0]);
/// # Ok::<_, pix2pix_web::Error>(())
/// # }).unwrap();
/// ```
pub async fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    let lost = |reason: String| Error::DeviceLost { reason };
    let data = tensor.into_data_async().await.map_err(|e| lost(e.to_string()))?;
    data.try_into_vec::<f32>().map_err(|e| lost(format!("{e:?}")))
}

fn cpu(reason: &str) -> Opened {
    Opened {
        device: Device::flex(),
        kind: Kind::Cpu,
        adapter: "Burn Flex".into(),
        reason: reason.into(),
        largest_tensor: None,
        timestamps: false,
    }
}

#[cfg(all(target_arch = "wasm32", feature = "webgpu"))]
use web as gpu;

#[cfg(not(target_arch = "wasm32"))]
mod gpu {
    use super::{Opened, native};

    pub async fn open(software: bool) -> Result<Opened, String> {
        native::webgpu(software)
    }
}

#[cfg(all(target_arch = "wasm32", not(feature = "webgpu")))]
mod gpu {
    use super::Opened;

    pub async fn open(_software: bool) -> Result<Opened, String> {
        Err("this engine is that of the CPU".into())
    }
}
