//! Rayon's threads in a page: workers that share this module's memory. What starts a worker is JavaScript, in
//! `www/package/pool.ts`. As wasm-bindgen-rayon does it, whose script bundlers can't place in a package.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use rayon::{ThreadBuilder, ThreadPoolBuilder};
use wasm_bindgen::prelude::*;

/// Threads that wait for workers to run them.
type Waiting = Mutex<Receiver<ThreadBuilder>>;

/// The pool on which everything is computed, until the worker ends.
#[wasm_bindgen]
pub struct ThreadPool {
    threads: usize,
    sender: Sender<ThreadBuilder>,
    waiting: Box<Waiting>,
}

#[wasm_bindgen]
impl ThreadPool {
    #[wasm_bindgen(constructor)]
    pub fn new(threads: usize) -> Self {
        let (sender, receiver) = channel();
        Self { threads, sender, waiting: Box::new(Mutex::new(receiver)) }
    }

    /// What each worker calls [`run_thread`] with. It is valid as long as this pool is not freed.
    pub fn address(&self) -> usize {
        &raw const *self.waiting as usize
    }

    /// Hands each waiting worker its thread.
    pub fn build(&self) -> Result<(), JsError> {
        let sender = self.sender.clone();
        let start = move |thread| {
            sender.send(thread).map_err(|_| std::io::Error::other("no worker waits for threads"))
        };
        let pool = ThreadPoolBuilder::new().num_threads(self.threads).spawn_handler(start);
        Ok(pool.build_global()?)
    }
}

/// Runs a thread of the pool in this worker, and comes back only when the pool ends.
#[wasm_bindgen]
pub fn run_thread(address: usize) {
    // SAFETY: the address is that of a pool that JavaScript keeps, in the memory that this worker shares.
    let waiting = unsafe { &*(address as *const Waiting) };
    let thread = waiting.lock().expect("no worker panics while it waits").recv();
    if let Ok(thread) = thread {
        thread.run();
    }
}
