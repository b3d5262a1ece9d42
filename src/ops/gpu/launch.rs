//! What every launch of a kernel needs: its tensors as buffers, and how many workgroups there are.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Cube, TensorMetadata};
use burn::tensor::{DType, Shape};
use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::CubeCountSelection;

pub type Float = FloatTensor<Cube>;

/// Threads of a workgroup: as many as WebGPU's default limits allow.
pub const THREADS: u32 = 256;

pub fn threads() -> CubeDim {
    CubeDim::new_1d(THREADS)
}

/// At least as many workgroups, in more than one dimension where a device takes no such number in one. A kernel checks
/// whether its workgroup is one of them.
pub fn workgroups(client: &Client, count: usize) -> CubeCount {
    CubeCountSelection::new(client, count as u32).cube_count()
}

/// As many workgroups as have a thread for each element.
pub fn one_thread_each(x: &Float) -> CubeCount {
    workgroups(&x.client, len(x).div_ceil(THREADS as usize))
}

pub fn len(x: &Float) -> usize {
    x.shape().num_elements()
}

/// The tensor with its elements one after the other.
pub fn contiguous(x: Float) -> Float {
    if x.is_contiguous() {
        return x;
    }
    let (client, device, dtype, shape) = (x.client.clone(), x.device.clone(), x.dtype, x.shape());
    let float = cubecl::ir::ElemType::Float(cubecl::ir::FloatKind::F32);
    let copy = cubecl::std::tensor::into_contiguous(&client, x.binding(), float);
    Float::new_contiguous(client, device, shape, copy.handle, dtype)
}

/// A tensor of this shape beside another, its elements yet to be written.
pub fn empty_beside(x: &Float, shape: impl Into<Shape>) -> Float {
    assert_eq!(x.dtype, DType::F32, "the networks run in single precision");
    let shape = shape.into();
    let handle = x.client.empty(shape.num_elements() * size_of::<f32>());
    Float::new_contiguous(x.client.clone(), x.device.clone(), shape, handle, x.dtype)
}

pub fn buffer(x: &Float) -> BufferArg {
    x.clone().into_buffer_arg()
}

/// Two tensors `[n]` beside another in one buffer, their elements yet to be written; the buffer, and where in it the second
/// one starts.
pub fn two_beside(x: &Float, n: usize) -> (BufferArg, u32, [Float; 2]) {
    let bytes = (n * size_of::<f32>()) as u64;
    let start = bytes.next_multiple_of(x.client.properties().memory.alignment);
    let whole = empty_beside(x, [(start + bytes) as usize / size_of::<f32>()]);
    let at = |start: u64, end: u64| {
        let handle = whole.handle.clone().offset_start(start).offset_end(end);
        let (client, device) = (whole.client.clone(), whole.device.clone());
        Float::new_contiguous(client, device, Shape::new([n]), handle, whole.dtype)
    };
    let both = [at(0, start), at(start, 0)];
    (buffer(&whole), start as u32 / size_of::<f32>() as u32, both)
}

/// The output of a kernel of single elements, of the shape of `x`, and both as its first two arguments: `x` itself where
/// nobody else holds it.
pub fn over(x: Float) -> (Float, [BufferArg; 2]) {
    let input = buffer(&x);
    if x.can_mut() {
        let output = BufferArg::Alias { input_pos: 0, length: [len(&x)] };
        return (x, [input, output]);
    }
    let output = empty_beside(&x, x.shape());
    let argument = buffer(&output);
    (output, [input, argument])
}
