//! A timeline of a step as Chrome trace JSON, which Perfetto and chrome://tracing open.

use serde::Serialize;
use web_time::Instant;

/// Records phases, or does nothing at all.
#[derive(Debug, Default)]
pub struct Trace {
    recording: Option<Recording>,
}

#[derive(Debug)]
struct Recording {
    began: Instant,
    events: Vec<Event>,
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
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File {
    trace_events: Vec<Event>,
    display_time_unit: &'static str,
}

impl Trace {
    pub fn recording() -> Self {
        Self { recording: Some(Recording { began: Instant::now(), events: Vec::new() }) }
    }

    pub fn off() -> Self {
        Self { recording: None }
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
        recording.events.push(Event {
            name: name.into(),
            cat: "step",
            ph: "X",
            ts: began.duration_since(recording.began).as_secs_f64() * 1e6,
            dur: began.elapsed().as_secs_f64() * 1e6,
            pid: 1,
            tid: 1,
        });
    }

    /// The timeline so far; `None` where nothing was recorded.
    pub fn json(self) -> Option<String> {
        let Recording { events, .. } = self.recording?;
        let file = File { trace_events: events, display_time_unit: "ms" };
        Some(serde_json::to_string(&file).expect("names and numbers are JSON"))
    }
}
