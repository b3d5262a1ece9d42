//! Buffers that a thread keeps for its next convolution, so that the memory stays in the cache and is not allocated each
//! time.

use std::cell::RefCell;

/// The largest buffer that is kept, in elements (16 MiB): enough for every layer of 256 x 256 pixels at ngf 64. Larger
/// ones are freed after use.
const LARGEST: usize = 1 << 22;

/// The most buffers that a thread keeps: as many as are lent at a time.
const MOST: usize = 3;

thread_local! {
    static KEPT: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Lends a buffer of `count` elements to `work`; its contents are unspecified.
pub fn with<T>(count: usize, work: impl FnOnce(&mut [f32]) -> T) -> T {
    // Taken out while it is lent: work may ask for another, and rayon may run another convolution on a thread that waits.
    let mut buffer = KEPT.with_borrow_mut(Vec::pop).unwrap_or_default();
    if buffer.len() < count {
        buffer = vec![0.0; count];
    }
    let done = work(&mut buffer[..count]);
    KEPT.with_borrow_mut(|kept| {
        if buffer.len() <= LARGEST && kept.len() < MOST {
            kept.push(buffer);
        }
    });
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As large a layer as there may be costs no memory once it is done.
    #[test]
    fn a_thread_keeps_no_more_than_its_bounds() {
        let kept = || KEPT.with_borrow(|kept| kept.iter().map(Vec::len).collect::<Vec<_>>());
        with(100, |buffer| buffer.fill(1.0));
        assert_eq!(kept(), [100]);
        with(LARGEST + 1, |buffer| assert_eq!(buffer.len(), LARGEST + 1));
        assert_eq!(kept(), [0; 0]);
        with(LARGEST, |buffer| assert_eq!(buffer.len(), LARGEST));
        assert_eq!(kept(), [LARGEST]);
        with(5, |_| with(6, |_| with(7, |_| with(8, |_| assert_eq!(kept(), [0; 0])))));
        assert_eq!(kept(), [8, 7, 6]);
        with(6, |_| assert_eq!(kept(), [8, 7], "lent, not made anew"));
    }
}
