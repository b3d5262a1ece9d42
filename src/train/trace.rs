//! A timeline of a step as Chrome trace JSON, which Perfetto and chrome://tracing open.

use serde::Serialize;
use serde_json::{Value, json};
use web_time::Instant;

use super::timings::Timings;

/// The rows of the timeline.
const CALLER: u32 = 1;
const DEVICE: u32 = 2;

/// Records phases, and each kernel where the device has a clock; or does nothing at all.
#[derive(Default)]
pub struct Trace {
    recording: Option<Recording>,
}

struct Recording {
    began: Instant,
    phases: Vec<Event>,
    timings: Option<Timings>,
}

/// A complete event of the Trace Event Format: times in microseconds.
#[derive(Debug, Serialize)]
struct Event {
    name: String,
    cat: &'static str,
    ph: &'static str,
    ts: f64,
    dur: f64,
    pid: u32,
    tid: u32,
    args: Value,
}

impl Trace {
    /// With `kernels`, watches every kernel that the process launches until [`Trace::json`]. The device must have timestamp
    /// queries for that: without them each measurement would wait for the device, which a page can't.
    pub fn recording(kernels: bool) -> Self {
        let (began, timings) = (Instant::now(), kernels.then(Timings::watch));
        Self { recording: Some(Recording { began, phases: Vec::new(), timings }) }
    }

    pub fn off() -> Self {
        Self::default()
    }

    /// Runs `work` as a phase of this name. On a GPU it is the time in which the work was queued.
    pub fn phase<T>(&mut self, name: &str, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let done = work();
        self.add(name, began);
        done
    }

    /// A phase that began then and ends now.
    pub fn add(&mut self, name: &str, began: Instant) {
        let Some(recording) = &mut self.recording else { return };
        recording.phases.push(Event {
            name: name.into(),
            cat: "phase",
            ph: "X",
            ts: began.duration_since(recording.began).as_secs_f64() * 1e6,
            dur: began.elapsed().as_secs_f64() * 1e6,
            pid: 1,
            tid: CALLER,
            args: json!({}),
        });
    }

    /// The timeline so far; `None` where nothing was recorded. Waits until the device has run what was queued.
    pub async fn json(self) -> Option<String> {
        let Recording { phases, timings, .. } = self.recording?;
        let rows = [(CALLER, "caller: phases"), (DEVICE, "device: kernels")].map(|(tid, name)| {
            let args = json!({ "name": name });
            json!({ "name": "thread_name", "ph": "M", "pid": 1, "tid": tid, "args": args })
        });
        let kernels = match timings {
            Some(timings) => timings.kernels().await,
            None => Vec::new(),
        };
        // The device's clock starts at a time of its own: its row starts with the first kernel.
        let first = kernels.iter().map(|kernel| kernel.start).min().unwrap_or_default();
        let kernels = kernels.into_iter().map(|kernel| Event {
            name: kernel.name,
            cat: "kernel",
            ph: "X",
            ts: (kernel.start - first).as_secs_f64() * 1e6,
            dur: kernel.length.as_secs_f64() * 1e6,
            pid: 1,
            tid: DEVICE,
            args: json!({}),
        });
        let events = phases.into_iter().chain(kernels);
        let events = events.map(|e| serde_json::to_value(e).expect("events are JSON"));
        let events: Vec<Value> = rows.into_iter().chain(events).collect();
        Some(json!({ "traceEvents": events, "displayTimeUnit": "ms" }).to_string())
    }
}
