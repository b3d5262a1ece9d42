//! An allocator that makes runs repeatable to the bit.
//!
//! The CPU backend sums in vectors from the first address on that is aligned for them, and what comes before one by
//! one. Where a block of memory happens to lie then decides on the order of a sum and on its round-off, and a
//! training magnifies that. With every block aligned there is one order.

use std::alloc::{GlobalAlloc, Layout, System};

/// The widest vectors: SIMD128 in WebAssembly, AVX-512 elsewhere.
const ALIGNMENT: usize = if cfg!(target_arch = "wasm32") { 16 } else { 64 };
/// Smaller blocks hold less than one vector.
const SMALLEST: usize = 16;

/// The system's allocator, with blocks aligned for vectors. Set it as `#[global_allocator]`.
pub struct Aligned;

fn aligned(layout: Layout) -> Layout {
    if layout.size() < SMALLEST {
        return layout;
    }
    layout.align_to(ALIGNMENT).unwrap_or(layout)
}

// SAFETY: every block goes to and comes from the system's allocator with the same layout, which `aligned` derives
// from the caller's alone; where a change of size would change the alignment, the block is moved.
unsafe impl GlobalAlloc for Aligned {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc(aligned(layout)) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc_zeroed(aligned(layout)) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe { System.dealloc(block, aligned(layout)) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        unsafe {
            let new = Layout::from_size_align_unchecked(size, layout.align());
            if aligned(layout).align() == aligned(new).align() {
                return System.realloc(block, aligned(layout), size);
            }
            let moved = self.alloc(new);
            if !moved.is_null() {
                block.copy_to_nonoverlapping(moved, layout.size().min(size));
                self.dealloc(block, layout);
            }
            moved
        }
    }
}
