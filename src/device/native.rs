//! The devices of a native build, according to its features. Each is opened once and then shared.

use super::Opened;

/// A GPU through WebGPU's native library; `software`: an adapter that runs on the CPU will do.
pub fn webgpu(software: bool) -> Result<Opened, String> {
    #[cfg(feature = "wgpu")]
    return wgpu::open(wgpu::Api::Any, software);
    #[cfg(not(feature = "wgpu"))]
    {
        let _ = software;
        Err(not_built("WebGPU", "wgpu"))
    }
}

/// A GPU through Vulkan alone, with Vulkan's own shaders.
pub fn vulkan() -> Result<Opened, String> {
    #[cfg(feature = "vulkan")]
    return wgpu::open(wgpu::Api::Vulkan, true);
    #[cfg(not(feature = "vulkan"))]
    Err(not_built("Vulkan", "vulkan"))
}

/// NVIDIA's first GPU.
pub fn cuda() -> Result<Opened, String> {
    #[cfg(feature = "cuda")]
    return cuda::open();
    #[cfg(not(feature = "cuda"))]
    Err(not_built("CUDA", "cuda"))
}

#[cfg(not(all(feature = "wgpu", feature = "vulkan", feature = "cuda")))]
fn not_built(device: &str, feature: &str) -> String {
    format!(
        "this build has no {device}: add the feature `{feature}`, as in `cargo build --release --features cli,{feature}`"
    )
}

#[cfg(feature = "wgpu")]
mod wgpu {
    use std::sync::Mutex;

    use burn::tensor::Device;
    use burn::tensor::wgpu::{WgpuBackend, wgpu::DeviceType};

    use super::super::{Kind, Opened};

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Api {
        Any,
        #[cfg(feature = "vulkan")]
        Vulkan,
    }

    struct Open {
        api: Api,
        device: Device,
        adapter: String,
        largest_tensor: u64,
        software: bool,
    }

    /// Burn refuses to open a device twice.
    static OPEN: Mutex<Vec<Open>> = Mutex::new(Vec::new());

    pub fn open(api: Api, software: bool) -> Result<Opened, String> {
        let mut opened = OPEN.lock().expect("nobody panics while holding it");
        let at = match opened.iter().position(|open| open.api == api) {
            Some(at) => at,
            None => {
                opened.push(acquire(api)?);
                opened.len() - 1
            }
        };
        let Open { device, adapter, largest_tensor, software: is_software, .. } = &opened[at];
        if *is_software && !software {
            return Err(
                "the only GPU is a software adapter, and the CPU is faster than that".into()
            );
        }
        let (kind, name) = match api {
            Api::Any => (Kind::WebGpu, "a GPU"),
            #[cfg(feature = "vulkan")]
            Api::Vulkan => (Kind::Vulkan, "a GPU with Vulkan"),
        };
        let reason = if *is_software {
            "it was asked for; the adapter is software".into()
        } else {
            format!("{name} is available")
        };
        let (device, adapter) = (device.clone(), adapter.clone());
        let largest_tensor = Some(*largest_tensor);
        Ok(Opened { device, kind, adapter, reason, largest_tensor, timestamps: false })
    }

    fn acquire(api: Api) -> Result<Open, String> {
        let graphics = match api {
            Api::Any => WgpuBackend::Auto,
            #[cfg(feature = "vulkan")]
            Api::Vulkan => WgpuBackend::Vulkan,
        };
        let (device, setup) = Device::wgpu_options()
            .graphics_api(graphics)
            .init_with_setup()
            .map_err(|e| format!("no GPU can be opened ({e})"))?;
        let info = setup.adapter.get_info();
        let software = info.device_type == DeviceType::Cpu;
        let limits = setup.device.limits();
        let largest_tensor = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
        Ok(Open { api, device, adapter: info.name, largest_tensor, software })
    }
}

#[cfg(feature = "cuda")]
mod cuda {
    use std::panic;

    use burn::tensor::{Device, Tensor};

    use super::super::{Kind, Opened};

    pub fn open() -> Result<Opened, String> {
        // Burn opens it for the first tensor, and panics if there is none.
        let hook = panic::take_hook();
        panic::set_hook(Box::new(|_| ()));
        let tried = panic::catch_unwind(|| {
            let device = Device::cuda(0);
            Tensor::<1>::zeros([1], &device).into_data();
            device
        });
        panic::set_hook(hook);
        let device = tried.map_err(|panic| {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            let said =
                said.or(panic.downcast_ref::<&str>().copied()).unwrap_or("no reason was stated");
            format!("CUDA could not be opened ({said}). It needs an NVIDIA GPU and its driver")
        })?;
        let (adapter, reason) = ("CUDA device 0".into(), "CUDA was asked for".into());
        let kind = Kind::Cuda;
        Ok(Opened { device, kind, adapter, reason, largest_tensor: None, timestamps: false })
    }
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::super::{Choice, open};

    /// `wgpu` came with the command line once; who asks for a GPU now must learn how to build for it.
    #[test]
    fn a_device_that_was_not_built_names_its_feature() {
        for (choice, feature, built) in [
            (Choice::WebGpu, "wgpu", cfg!(feature = "wgpu")),
            (Choice::Vulkan, "vulkan", cfg!(feature = "vulkan")),
            (Choice::Cuda, "cuda", cfg!(feature = "cuda")),
        ] {
            if built {
                continue;
            }
            let error = block_on(open(choice)).unwrap_err();
            assert_eq!(error.code(), "device/unavailable");
            let (message, command) = (error.to_string(), format!("--features cli,{feature}`"));
            assert!(message.contains(&command), "{message}");
        }
    }

    #[test]
    #[cfg(not(feature = "wgpu"))]
    fn auto_is_the_cpu_in_a_build_without_gpus_and_says_why() {
        use super::super::Kind;

        let opened = block_on(open(Choice::Auto)).unwrap();
        assert_eq!(opened.kind, Kind::Cpu);
        assert!(opened.reason.contains("this build has no WebGPU"), "{}", opened.reason);
    }
}
