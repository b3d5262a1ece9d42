//! When each kernel of a GPU ran, by the device's own clock: of WebGPU in a page. The CPU launches none, and natively none
//! is watched, so that a timeline of a native GPU shows how long queueing took.

use std::time::Duration;

/// One launch of a kernel.
pub struct Kernel {
    pub name: String,
    /// Since a start that all kernels of one recording share.
    pub start: Duration,
    pub length: Duration,
}

#[cfg(all(target_arch = "wasm32", feature = "webgpu"))]
mod watching {
    use std::sync::{Arc, Mutex};

    use cubecl::config::{TypeNameFormatLevel, type_name_format};
    use cubecl::logging::{LaunchObservation, LaunchObserver, ProfileDuration, TimingRequest};
    use web_time::Instant;

    use super::Kernel;

    /// Collects the measurements of every kernel that is launched while it lives.
    pub struct Timings {
        began: Instant,
        seen: Arc<Seen>,
        observation: LaunchObservation,
    }

    /// Measurements that are not read yet: reading one waits for the device.
    #[derive(Default)]
    struct Seen(Mutex<Vec<(&'static str, ProfileDuration)>>);

    impl LaunchObserver for Seen {
        fn launched(&self, _kernel: &'static str) {}

        fn timing(&self) -> TimingRequest {
            TimingRequest::Deferred
        }

        fn profiled(&self, kernel: &'static str, profile: ProfileDuration) {
            self.0.lock().expect("nobody panics while holding it").push((kernel, profile));
        }
    }

    impl Timings {
        pub fn watch() -> Self {
            let seen = Arc::new(Seen::default());
            let observation = LaunchObservation::new(seen.clone());
            Self { began: Instant::now(), seen, observation }
        }

        pub async fn kernels(self) -> Vec<Kernel> {
            let Self { began, seen, observation } = self;
            drop(observation); // what is launched from here on is not of this recording
            let seen = std::mem::take(&mut *seen.0.lock().expect("nobody panics while holding it"));
            let mut kernels = Vec::with_capacity(seen.len());
            for (name, profile) in seen {
                // A window in which nothing ran has no times.
                if let Some(ticks) = profile.resolve().await {
                    kernels.push(Kernel {
                        name: type_name_format(name, TypeNameFormatLevel::Short),
                        start: ticks.start_duration_since(began),
                        length: ticks.duration(),
                    });
                }
            }
            kernels
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", feature = "webgpu")))]
mod watching {
    use super::Kernel;

    pub struct Timings;

    impl Timings {
        pub fn watch() -> Self {
            Self
        }

        pub async fn kernels(self) -> Vec<Kernel> {
            Vec::new()
        }
    }
}

pub use watching::Timings;
