//! What a GPU of the native build is asked to do, where there is one.

use pix2pix_web::device::{self, Choice};
use pollster::block_on;

use crate::reference;

#[test]
fn a_picture_and_a_step_are_few_launches() {
    let opened = match block_on(device::open(Choice::WebGpu)) {
        Ok(opened) => opened,
        Err(error) => return println!("skipped without a GPU: {error}"),
    };
    block_on(reference::launches::a_picture_and_a_step_are_few(opened, |line| println!("{line}")));
}

#[test]
#[ignore = "it prints times and tests nothing"]
fn convolutions_beside_burns() {
    let device = block_on(device::open(Choice::WebGpu)).expect("the device opens").device;
    block_on(reference::speed::convolutions_beside_burns(&device, |line| println!("{line}")));
}

#[test]
#[ignore = "it prints a table and tests nothing"]
fn roofline() {
    for ngf in [16, 64] {
        let opened = block_on(device::open(Choice::WebGpu)).expect("the device opens");
        block_on(reference::launches::table(opened, ngf, |line| println!("{line}")));
    }
}
