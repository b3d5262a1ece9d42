//! Threads that share one piece of work at a time. In a page they stay awake for a moment between two pieces: to wake a
//! worker takes as long as many an operation, and the next one follows at once.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, Thread};

use super::parallel::SHARES;

/// How often a thread looks for work, or for the end of it, before it sleeps: for about a tenth of a millisecond.
const LOOKS: usize = 1 << 16;

pub struct Pool {
    /// All that work, with the one that calls [`Pool::each`].
    threads: AtomicUsize,
    /// How many pieces of work there were so far.
    turn: AtomicUsize,
    current: Mutex<Option<Arc<Work>>>,
    woken: Condvar,
    sleepers: AtomicUsize,
    busy: AtomicBool,
}

/// A piece of work: a function that is called with every index below `count`.
struct Work {
    function: *const (dyn Fn(usize) + Sync),
    count: usize,
    share: usize,
    /// The first index that nobody took.
    next: AtomicUsize,
    done: AtomicUsize,
    caller: Thread,
}

// SAFETY: the function may be called by any thread, and `Pool::each` holds it until all calls are done.
unsafe impl Send for Work {}
// SAFETY: as above.
unsafe impl Sync for Work {}

impl Pool {
    /// Of the calling thread alone.
    pub const fn new() -> Self {
        Self {
            threads: AtomicUsize::new(1),
            turn: AtomicUsize::new(0),
            current: Mutex::new(None),
            woken: Condvar::new(),
            sleepers: AtomicUsize::new(0),
            busy: AtomicBool::new(false),
        }
    }

    pub fn threads(&self) -> usize {
        self.threads.load(Ordering::Relaxed)
    }

    /// Says how many threads work: the caller of [`Pool::each`], and those that are in [`Pool::serve`].
    pub fn set_threads(&self, threads: usize) {
        self.threads.store(threads, Ordering::Relaxed);
    }

    /// Calls `work` once with each index below `count`, and comes back when all calls are done. What calls it from within
    /// work, or while another thread's is being done, does its own alone.
    pub fn each(&self, count: usize, work: &(dyn Fn(usize) + Sync)) {
        let threads = self.threads();
        if threads == 1 || count <= 1 || self.busy.swap(true, Ordering::Acquire) {
            return (0..count).for_each(work);
        }
        // SAFETY: a longer life for the compiler alone. It is called for indices below the count only, and this function
        // stays until all of those calls are done.
        let function: &'static (dyn Fn(usize) + Sync) = unsafe { std::mem::transmute(work) };
        let work = Arc::new(Work {
            function,
            count,
            share: count.div_ceil(threads * SHARES),
            next: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            caller: thread::current(),
        });
        {
            let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
            *current = Some(work.clone());
            self.turn.fetch_add(1, Ordering::Release);
        }
        if self.sleepers.load(Ordering::Relaxed) > 0 {
            self.woken.notify_all();
        }
        work.join_in();
        work.wait();
        self.busy.store(false, Ordering::Release);
    }

    /// Takes part in all work, from that on which is being done.
    pub fn serve(&self) -> ! {
        let mut seen = 0;
        loop {
            let is_old = || self.turn.load(Ordering::Acquire) == seen;
            (0..LOOKS).take_while(|_| is_old()).for_each(|_| spin_loop());
            let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
            self.sleepers.fetch_add(1, Ordering::Relaxed);
            while is_old() {
                current = self.woken.wait(current).unwrap_or_else(PoisonError::into_inner);
            }
            self.sleepers.fetch_sub(1, Ordering::Relaxed);
            seen = self.turn.load(Ordering::Acquire);
            let work = current.clone();
            drop(current);
            if let Some(work) = work {
                work.join_in();
            }
        }
    }
}

impl Work {
    /// Does shares until all are taken.
    fn join_in(&self) {
        loop {
            let first = self.next.fetch_add(self.share, Ordering::Relaxed);
            if first >= self.count {
                return;
            }
            let end = self.count.min(first + self.share);
            // SAFETY: not all is done yet, so that `Pool::each` holds it still.
            let function = unsafe { &*self.function };
            (first..end).for_each(function);
            // What was written is there for the caller, who reads this.
            let before = self.done.fetch_add(end - first, Ordering::AcqRel);
            if before + end - first == self.count {
                self.caller.unpark();
            }
        }
    }

    /// Waits until all calls are done.
    fn wait(&self) {
        let is_done = || self.done.load(Ordering::Acquire) == self.count;
        (0..LOOKS).take_while(|_| !is_done()).for_each(|_| spin_loop());
        while !is_done() {
            thread::park();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Its threads wait for work until the process ends.
    fn pool(threads: usize) -> &'static Pool {
        let pool: &'static Pool = Box::leak(Box::new(Pool::new()));
        pool.set_threads(threads);
        (1..threads).for_each(|_| drop(thread::spawn(|| pool.serve())));
        pool
    }

    /// Small and large pieces after each other, sometimes after all threads went to sleep.
    #[test]
    fn each_index_is_visited_once() {
        for threads in [1, 2, 5] {
            let pool = pool(threads);
            for round in 0..2000 {
                let count = [0, 1, 2, 7, 100, 1000][round % 6];
                let visits: Vec<_> = (0..count).map(|_| AtomicUsize::new(0)).collect();
                pool.each(count, &|i| {
                    visits[i].fetch_add(1, Ordering::Relaxed);
                });
                assert!(visits.iter().all(|visits| visits.load(Ordering::Relaxed) == 1));
                if round % 500 == 0 {
                    thread::sleep(Duration::from_millis(5));
                }
            }
        }
    }

    #[test]
    fn several_threads_take_part() {
        let pool = pool(2);
        let seen = Mutex::new(Vec::new());
        // Each waits for the other.
        let both = std::sync::Barrier::new(2);
        pool.each(2, &|_| {
            both.wait();
            seen.lock().unwrap().push(thread::current().id());
        });
        let seen = seen.into_inner().unwrap();
        assert_ne!(seen[0], seen[1]);
    }

    #[test]
    fn work_within_work_is_done_as_well() {
        let pool = pool(3);
        let visits = AtomicUsize::new(0);
        pool.each(10, &|_| {
            pool.each(10, &|_| {
                visits.fetch_add(1, Ordering::Relaxed);
            })
        });
        assert_eq!(visits.into_inner(), 100);
    }
}
