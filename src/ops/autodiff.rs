//! The gradient of each operation. What is itself a gradient, or updates weights, has none: its fronts refuse it.

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Autodiff, Backend, TensorMetadata};
use burn::tensor::Shape;

use super::{GanLoss, Operations, Packing};
use pix2pix_kernels::shape::{Direction, Geometry, Rates, Separable};

impl<B: Operations, C: CheckpointStrategy> Operations for Autodiff<B, C> {
    fn down(
        large: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        convolve::<B, C>(large, weight, geometry, Direction::Down)
    }

    fn up(
        small: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        convolve::<B, C>(small, weight, geometry, Direction::Up)
    }

    fn weight_gradient(
        _large: FloatTensor<Self>,
        _small: FloatTensor<Self>,
        _weight: FloatTensor<Self>,
        _geometry: Geometry,
    ) -> FloatTensor<Self> {
        unreachable!("{UNTRACKED}")
    }

    fn transform(
        _weight: FloatTensor<Self>,
        _geometry: Geometry,
        _direction: Direction,
    ) -> FloatTensor<Self> {
        unreachable!("{UNTRACKED}")
    }

    fn convolve_transformed(
        _x: FloatTensor<Self>,
        _transformed: FloatTensor<Self>,
        _geometry: Geometry,
        _direction: Direction,
    ) -> FloatTensor<Self> {
        unreachable!("{UNTRACKED}")
    }

    fn convolve_packed(
        _x: FloatTensor<Self>,
        _words: IntTensor<Self>,
        _packing: Packing,
        _geometry: Geometry,
        _direction: Direction,
    ) -> FloatTensor<Self> {
        unreachable!("{UNTRACKED}")
    }

    fn separable(
        x: FloatTensor<Self>,
        depthwise: FloatTensor<Self>,
        pointwise: FloatTensor<Self>,
        sizes: Separable,
    ) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct Convolve;

        impl<B: Operations> Backward<B, 3> for Convolve {
            /// The input and both kernels.
            type State = ([FloatTensor<B>; 3], Separable);

            fn backward(
                self,
                ops: Ops<Self::State, 3>,
                gradients: &mut Gradients,
                _checkpointer: &mut Checkpointer,
            ) {
                let gradient = gradients.consume::<B>(&ops.node);
                let ([x, depthwise, pointwise], sizes) = ops.state;
                let (x, depthwise, pointwise) =
                    B::separable_backward(x, depthwise, pointwise, gradient, sizes);
                register::<B, 3>(
                    gradients,
                    ops.parents.map(|node| Some(node?.id)),
                    [x, depthwise, pointwise],
                );
            }
        }

        let nodes = [x.node(), depthwise.node(), pointwise.node()];
        let [x, depthwise, pointwise] =
            [x, depthwise, pointwise].map(|tensor| tensor.into_primitive());
        match Convolve.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let output = B::separable(x.clone(), depthwise.clone(), pointwise.clone(), sizes);
                prepared.finish(([x, depthwise, pointwise], sizes), output)
            }
            OpsKind::UnTracked(prepared) => {
                prepared.finish(B::separable(x, depthwise, pointwise, sizes))
            }
        }
    }

    fn separable_backward(
        _x: FloatTensor<Self>,
        _depthwise: FloatTensor<Self>,
        _pointwise: FloatTensor<Self>,
        _gradient: FloatTensor<Self>,
        _sizes: Separable,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        unreachable!("{UNTRACKED}")
    }

    fn normalize(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        groups: usize,
        epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        #[derive(Debug)]
        struct Normalize;

        impl<B: Operations> Backward<B, 3> for Normalize {
            /// The input, gamma, the mean and the variance; the groups and epsilon.
            type State = ([FloatTensor<B>; 4], usize, f64);

            fn backward(
                self,
                ops: Ops<Self::State, 3>,
                gradients: &mut Gradients,
                _checkpointer: &mut Checkpointer,
            ) {
                let gradient = gradients.consume::<B>(&ops.node);
                let ([x, gamma, mean, variance], groups, epsilon) = ops.state;
                let (x, gamma, beta) =
                    B::normalize_backward(x, gradient, gamma, mean, variance, groups, epsilon);
                register::<B, 3>(
                    gradients,
                    ops.parents.map(|node| Some(node?.id)),
                    [x, gamma, beta],
                );
            }
        }

        let nodes = [x.node(), gamma.node(), beta.node()];
        let [x, gamma, beta] = [x, gamma, beta].map(|tensor| tensor.into_primitive());
        let (output, mean, variance) =
            match Normalize.prepare::<C>(nodes).compute_bound().stateful() {
                OpsKind::Tracked(prepared) => {
                    let (output, mean, variance) =
                        B::normalize(x.clone(), gamma.clone(), beta, groups, epsilon);
                    let state = ([x, gamma, mean.clone(), variance.clone()], groups, epsilon);
                    (prepared.finish(state, output), mean, variance)
                }
                OpsKind::UnTracked(prepared) => {
                    let (output, mean, variance) = B::normalize(x, gamma, beta, groups, epsilon);
                    (prepared.finish(output), mean, variance)
                }
            };
        (output, <FloatTensor<Self>>::new(mean), <FloatTensor<Self>>::new(variance))
    }

    fn normalize_backward(
        _x: FloatTensor<Self>,
        _gradient: FloatTensor<Self>,
        _gamma: FloatTensor<Self>,
        _mean: FloatTensor<Self>,
        _variance: FloatTensor<Self>,
        _groups: usize,
        _epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        unreachable!("{UNTRACKED}")
    }

    fn rectify(x: FloatTensor<Self>, slope: f64) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct Rectify;

        impl<B: Operations> Backward<B, 1> for Rectify {
            /// The output, which is positive where the input is, and the slope.
            type State = (FloatTensor<B>, f64);

            fn backward(
                self,
                ops: Ops<Self::State, 1>,
                gradients: &mut Gradients,
                _checkpointer: &mut Checkpointer,
            ) {
                let gradient = gradients.consume::<B>(&ops.node);
                let (output, slope) = ops.state;
                if let [Some(node)] = ops.parents {
                    gradients.register::<B>(node.id, B::rectify_backward(output, gradient, slope));
                }
            }
        }

        match Rectify.prepare::<C>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let output = B::rectify(x.into_primitive(), slope);
                prepared.finish((output.clone(), slope), output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::rectify(x.into_primitive(), slope)),
        }
    }

    fn rectify_backward(
        _output: FloatTensor<Self>,
        _gradient: FloatTensor<Self>,
        _slope: f64,
    ) -> FloatTensor<Self> {
        unreachable!("{UNTRACKED}")
    }

    fn join(first: FloatTensor<Self>, second: FloatTensor<Self>, slope: f64) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct Join;

        impl<B: Operations> Backward<B, 2> for Join {
            /// The output, the channels of the first input, and the slope.
            type State = (FloatTensor<B>, usize, f64);

            fn backward(
                self,
                ops: Ops<Self::State, 2>,
                gradients: &mut Gradients,
                _checkpointer: &mut Checkpointer,
            ) {
                let gradient = gradients.consume::<B>(&ops.node);
                let (output, channels, slope) = ops.state;
                let (first, second) = B::join_backward(output, gradient, channels, slope);
                register::<B, 2>(
                    gradients,
                    ops.parents.map(|node| Some(node?.id)),
                    [first, second],
                );
            }
        }

        let nodes = [first.node(), second.node()];
        let [first, second] = [first, second].map(|tensor| tensor.into_primitive());
        let [_, channels, ..] = first.shape().dims::<4>();
        match Join.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let output = B::join(first, second, slope);
                prepared.finish((output.clone(), channels, slope), output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::join(first, second, slope)),
        }
    }

    fn join_backward(
        _output: FloatTensor<Self>,
        _gradient: FloatTensor<Self>,
        _channels: usize,
        _slope: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        unreachable!("{UNTRACKED}")
    }

    fn tanh(x: FloatTensor<Self>) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct Tanh;

        impl<B: Operations> Backward<B, 1> for Tanh {
            type State = FloatTensor<B>;

            fn backward(
                self,
                ops: Ops<Self::State, 1>,
                gradients: &mut Gradients,
                _checkpointer: &mut Checkpointer,
            ) {
                let gradient = gradients.consume::<B>(&ops.node);
                if let [Some(node)] = ops.parents {
                    gradients.register::<B>(node.id, B::tanh_backward(ops.state, gradient));
                }
            }
        }

        match Tanh.prepare::<C>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let output = B::tanh(x.into_primitive());
                prepared.finish(output.clone(), output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::tanh(x.into_primitive())),
        }
    }

    fn tanh_backward(
        _output: FloatTensor<Self>,
        _gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        unreachable!("{UNTRACKED}")
    }

    fn gan_losses(
        _logits: FloatTensor<Self>,
        _loss: GanLoss,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        unreachable!("{UNTRACKED}")
    }

    fn l1(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct L1;

        impl<B: Operations> Backward<B, 2> for L1 {
            type State = [FloatTensor<B>; 2];

            fn backward(
                self,
                ops: Ops<Self::State, 2>,
                gradients: &mut Gradients,
                _checkpointer: &mut Checkpointer,
            ) {
                let gradient = gradients.consume::<B>(&ops.node);
                let [a, b] = ops.state;
                let [of_a, of_b] = ops.parents;
                if let Some(node) = of_a {
                    let gradient = B::l1_backward(a.clone(), b.clone(), gradient.clone());
                    gradients.register::<B>(node.id, gradient);
                }
                if let Some(node) = of_b {
                    gradients.register::<B>(node.id, B::l1_backward(b, a, gradient));
                }
            }
        }

        let nodes = [a.node(), b.node()];
        let [a, b] = [a, b].map(|tensor| tensor.into_primitive());
        match L1.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let mean = B::l1(a.clone(), b.clone());
                prepared.finish([a, b], mean)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::l1(a, b)),
        }
    }

    fn l1_backward(
        _a: FloatTensor<Self>,
        _b: FloatTensor<Self>,
        _gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        unreachable!("{UNTRACKED}")
    }

    fn dot(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct Dot;

        impl<B: Operations> Backward<B, 2> for Dot {
            type State = [FloatTensor<B>; 2];

            fn backward(
                self,
                ops: Ops<Self::State, 2>,
                gradients: &mut Gradients,
                _checkpointer: &mut Checkpointer,
            ) {
                let gradient = gradients.consume::<B>(&ops.node);
                let gradient = B::float_reshape(gradient, Shape::new([1; 4]));
                let [a, b] = ops.state;
                for (node, other) in ops.parents.into_iter().zip([b, a]) {
                    if let Some(node) = node {
                        gradients.register::<B>(node.id, B::float_mul(other, gradient.clone()));
                    }
                }
            }
        }

        let nodes = [a.node(), b.node()];
        let [a, b] = [a, b].map(|tensor| tensor.into_primitive());
        match Dot.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let sum = B::dot(a.clone(), b.clone());
                prepared.finish([a, b], sum)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::dot(a, b)),
        }
    }

    fn sum_of_squares(_x: FloatTensor<Self>) -> FloatTensor<Self> {
        unreachable!("{UNTRACKED}")
    }

    fn adam(
        _weight: FloatTensor<Self>,
        _gradient: FloatTensor<Self>,
        _moments: FloatTensor<Self>,
        _rates: Rates,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        unreachable!("{UNTRACKED}")
    }
}

const UNTRACKED: &str =
    "the front of an operation without a gradient refuses tensors of an autodiff device";

/// `down` or `up`, each of which is the other's gradient.
fn convolve<B: Operations, C: CheckpointStrategy>(
    x: FloatTensor<Autodiff<B, C>>,
    weight: FloatTensor<Autodiff<B, C>>,
    geometry: Geometry,
    direction: Direction,
) -> FloatTensor<Autodiff<B, C>> {
    #[derive(Debug)]
    struct Convolve;

    impl<B: Operations> Backward<B, 2> for Convolve {
        type State = (FloatTensor<B>, FloatTensor<B>, Geometry, Direction);

        fn backward(
            self,
            ops: Ops<Self::State, 2>,
            gradients: &mut Gradients,
            _checkpointer: &mut Checkpointer,
        ) {
            let [of_x, of_weight] = ops.parents;
            let gradient = gradients.consume::<B>(&ops.node);
            let (x, weight, geometry, direction) = ops.state;
            if let Some(node) = of_x {
                let back = match direction {
                    Direction::Down => B::up,
                    Direction::Up => B::down,
                };
                gradients.register::<B>(node.id, back(gradient.clone(), weight.clone(), geometry));
            }
            if let Some(node) = of_weight {
                let (large, small) = match direction {
                    Direction::Down => (x, gradient),
                    Direction::Up => (gradient, x),
                };
                let gradient = B::weight_gradient(large, small, weight, geometry);
                gradients.register::<B>(node.id, gradient);
            }
        }
    }

    let forward = match direction {
        Direction::Down => B::down,
        Direction::Up => B::up,
    };
    let nodes = [x.node(), weight.node()];
    let [x, weight] = [x, weight].map(|tensor| tensor.into_primitive());
    match Convolve.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prepared) => {
            let output = forward(x.clone(), weight.clone(), geometry);
            prepared.finish((x, weight, geometry, direction), output)
        }
        OpsKind::UnTracked(prepared) => prepared.finish(forward(x, weight, geometry)),
    }
}

/// The gradients of an operation's inputs, those that are asked for.
fn register<B: Backend, const N: usize>(
    gradients: &mut Gradients,
    parents: [Option<NodeId>; N],
    of_parents: [FloatTensor<B>; N],
) {
    for (node, gradient) in parents.into_iter().zip(of_parents) {
        if let Some(node) = node {
            gradients.register::<B>(node, gradient);
        }
    }
}
