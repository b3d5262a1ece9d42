//! The browser's WebGPU.

use std::sync::Once;

use burn::tensor::Device;
use burn_wgpu::{WgpuSetup, wgpu};
use js_sys::{Object, Reflect, Set};
use wasm_bindgen::{JsCast, JsValue};

use super::{Kind, Opened};

unsafe extern "C" {
    /// Runs the static constructors of the crates below us; the linker defines it.
    fn __wasm_call_ctors();
}

/// CubeCL's types register themselves in static constructors, and nobody calls these in a WebAssembly
/// library. (Without any call in the module, the linker would run them all around every single export.)
static CONSTRUCTED: Once = Once::new();

/// What an adapter must have, as a phrase, and the limit that says it. The least is WebGPU's default, which the kernels of
/// `ops::gpu` keep to: every adapter has it but those of the compatibility mode, and an old driver's.
const NEEDED: [(&str, fn(&wgpu::Limits) -> u64); 7] = [
    ("threads a workgroup", |limits| limits.max_compute_invocations_per_workgroup.into()),
    ("threads a workgroup in one dimension", |limits| limits.max_compute_workgroup_size_x.into()),
    ("bytes of memory a workgroup", |limits| limits.max_compute_workgroup_storage_size.into()),
    ("workgroups a dimension", |limits| limits.max_compute_workgroups_per_dimension.into()),
    ("buffers a program", |limits| limits.max_storage_buffers_per_shader_stage.into()),
    ("bytes a binding", |limits| limits.max_storage_buffer_binding_size),
    ("bytes a buffer", |limits| limits.max_buffer_size),
];

/// The browser's adapter, or the reason why none can be used. `software`: a software adapter will do.
pub async fn open(software: bool) -> Result<Opened, String> {
    // SAFETY: it is called once, before anything that needs a registry.
    CONSTRUCTED.call_once(|| unsafe { __wasm_call_ctors() });
    let descriptor = wgpu::InstanceDescriptor {
        backends: wgpu::Backends::BROWSER_WEBGPU,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    };
    let instance = wgpu::Instance::new(descriptor);
    let adapter = instance
        .request_adapter(&wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        })
        .await
        .map_err(|_| "this browser offers no WebGPU adapter".to_string())?;
    let info = adapter.get_info();
    let fallback = info.device_type == wgpu::DeviceType::Cpu;
    if fallback && !software {
        return Err(
            "WebGPU has only a software adapter here, and the CPU is faster than that".into()
        );
    }
    let limits = adapter.limits();
    if let Some(lack) = lack(&limits) {
        return Err(lack);
    }
    let (device, queue) = adapter
        .request_device(&wgpu::DeviceDescriptor {
            required_features: adapter.features(),
            required_limits: limits.clone(),
            memory_hints: wgpu::MemoryHints::MemoryUsage,
            ..Default::default()
        })
        .await
        .map_err(|e| format!("the WebGPU adapter has no device: {e}"))?;
    let features = adapter.features();
    let timestamps = features.contains(wgpu::Features::TIMESTAMP_QUERY);
    let backend = wgpu::Backend::BrowserWebGpu;
    let setup = WgpuSetup { instance, adapter, device, queue, backend };
    let set_up = || Device::wgpu_options().setup(setup).init();
    let device = if timestamps { set_up() } else { with_timestamps(features, set_up) }
        .map_err(|e| format!("WebGPU could not be set up: {e}"))?;
    let reason = if fallback {
        "WebGPU was asked for; its adapter is software"
    } else {
        "WebGPU is available"
    };
    let largest_tensor = Some(limits.max_storage_buffer_binding_size.min(limits.max_buffer_size));
    let (kind, adapter, reason) = (Kind::WebGpu, info.name, reason.into());
    Ok(Opened { device, kind, adapter, reason, largest_tensor, timestamps })
}

/// What of [`NEEDED`] an adapter lacks: why it can't be used.
fn lack(limits: &wgpu::Limits) -> Option<String> {
    let least = wgpu::Limits::default();
    let lack = NEEDED.into_iter().find(|(_, of)| of(limits) < of(&least));
    lack.map(|(what, of)| {
        let (found, needed) = (of(limits), of(&least));
        format!("the WebGPU adapter allows {found} {what}, and {needed} are needed")
    })
}

/// Runs `set_up` while every adapter claims timestamps, and arithmetic in 16 bits where this one has it. Without timestamps
/// CubeCL would time its programs by the CPU's clock, and panics at its first buffer, as a page can't wait for its device; it asks the
/// adapter when it is set up, and never asks the device. Nothing is timed on such an adapter: see [`Opened::timestamps`].
fn with_timestamps<T>(features: wgpu::Features, set_up: impl FnOnce() -> T) -> T {
    let key = JsValue::from("features");
    let adapters: Object = Reflect::get(&js_sys::global(), &"GPUAdapter".into())
        .and_then(|class| Reflect::get(&class, &"prototype".into()))
        .expect("there is one, and so is its class")
        .into();
    let own = Object::get_own_property_descriptor(&adapters, &key);
    let claimed = Set::new(&JsValue::UNDEFINED);
    claimed.add(&"timestamp-query".into());
    if features.contains(wgpu::Features::SHADER_F16) {
        claimed.add(&"shader-f16".into());
    }
    let descriptor = Object::new();
    for (name, value) in [("value", claimed.into()), ("configurable", JsValue::TRUE)] {
        Reflect::set(&descriptor, &name.into(), &value).expect("a new object takes a property");
    }
    Object::define_property(&adapters, &key, &descriptor);
    let done = set_up();
    Object::define_property(&adapters, &key, own.unchecked_ref());
    done
}
