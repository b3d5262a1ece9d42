//! The moving average of a generator's weights (Polyak averaging), which paints steadier than the weights of any one step.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::Tensor;

use crate::model::Generator;

/// The average after one more update of `generator`, the `n`-th, 1 at first. The decay grows towards `decay`, as that of
/// tf.train.ExponentialMovingAverage with num_updates does, so that the first weights are soon forgotten.
pub fn add(average: Generator, generator: &Generator, decay: f64, n: u64) -> Generator {
    let decay = decay.min((1.0 + n as f64) / (10.0 + n as f64));
    let mut current = Collect(Vec::new());
    generator.visit(&mut current);
    average.map(&mut Mix { current: current.0.into_iter(), decay })
}

struct Collect(Vec<Tensor<1>>);

impl ModuleVisitor for Collect {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push(param.val().flatten(0, D - 1));
    }
}

struct Mix {
    current: std::vec::IntoIter<Tensor<1>>,
    decay: f64,
}

impl ModuleMapper for Mix {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let current = self.current.next().expect("both are one network");
        let (id, average, _) = param.consume();
        let shape = average.dims();
        let current = current.reshape(shape);
        // In this form an average of equal weights is exactly these.
        let mixed = average.clone() + (current - average) * (1.0 - self.decay);
        Param::initialized(id, mixed)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::model::GeneratorConfig;

    #[test]
    fn each_update_moves_the_average_towards_the_weights() {
        let config = GeneratorConfig { ngf: 1, depth: 2, ..Default::default() };
        let [start, next] = [1, 2].map(|seed| config.init(&Device::flex(), seed));
        let values = |generator: &Generator| -> Vec<Vec<f32>> {
            let named = generator.named_parameters().into_iter();
            named.map(|p| p.values.into_data().try_to_vec().unwrap()).collect()
        };
        assert_eq!(values(&add(start.clone(), &start, 0.9, 5)), values(&start));
        for (n, decay) in [(1, 2.0f32 / 11.0), (1000, 0.9)] {
            let mixed = add(start.clone(), &next, 0.9, n);
            let ((mixed, start), next) = ((values(&mixed), values(&start)), values(&next));
            for ((mixed, start), next) in mixed.iter().zip(&start).zip(&next) {
                for ((mixed, start), next) in mixed.iter().zip(start).zip(next) {
                    let expected = decay * start + (1.0 - decay) * next;
                    assert!((mixed - expected).abs() < 1e-6, "{mixed}, {expected}");
                }
            }
        }
    }
}
