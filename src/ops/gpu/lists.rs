//! Operations on lists of tensors, which Burn's backend extensions can't dispatch: on the tensors of another device each
//! returns them as they came.

use burn::backend::Cube;
use burn::tensor::Tensor;

use super::adam::{Parameter, update};
use super::launch::Float;
use super::sum;
use crate::ops::{Update, Updated};

pub fn sum_of_squares(tensors: Vec<Tensor<1>>) -> Result<Tensor<1>, Vec<Tensor<1>>> {
    if !tensors.first().is_some_and(is_here) {
        return Err(tensors);
    }
    Ok(tensor(sum::of_squares(tensors.into_iter().map(primitive).collect())))
}

pub fn adam(updates: Vec<Update>) -> Result<Vec<Updated>, Vec<Update>> {
    if !updates.first().is_some_and(|update| is_here(&update.weight)) {
        return Err(updates);
    }
    let parameters = updates.into_iter().map(|Update { weight, gradient, moments, rates }| {
        let [weight, gradient, moments] = [weight, gradient, moments].map(primitive);
        Parameter { weight, gradient, moments, rates }
    });
    let updated = update(parameters.collect()).into_iter();
    let updated = updated.map(|updated| {
        let [weight, moments] = updated.map(tensor);
        Updated { weight, moments }
    });
    Ok(updated.collect())
}

/// Whether convolutions beside this tensor can be by packed weights.
pub fn packs(x: &Tensor<1>) -> bool {
    x.clone().try_into_primitive::<Cube>().is_ok_and(|x| super::convolve::takes(&x))
}

fn is_here(x: &Tensor<1>) -> bool {
    x.clone().try_into_primitive::<Cube>().is_ok()
}

fn primitive(x: Tensor<1>) -> Float {
    x.try_into_primitive::<Cube>().expect("the tensors of one operation are one device's")
}

fn tensor(x: Float) -> Tensor<1> {
    Tensor::from_primitive::<Cube>(x)
}
