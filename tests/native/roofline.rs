//! What a picture and a step cost at the least, of any device.

use crate::reference::roofline::{Cost, Product, columns, convolutions, layers, others, sum};

/// The definition's multiplications: 6.05 G of the U-Net of 256 pixels at ngf 64, and 3.20 G of the PatchGAN for a pair.
#[test]
fn the_costs_are_those_of_the_networks() {
    let [generator, discriminator] = layers(64, 1);
    for (network, macs) in [(generator, 6.05e9), (discriminator, 3.20e9)] {
        let costs: Vec<Cost> = network.iter().map(|layer| layer.cost(Product::Output)).collect();
        let [flops, _] = sum(&costs);
        assert!((flops / 2.0 / macs - 1.0).abs() < 1e-2, "{flops:e} of {macs:e}");
    }
    for ngf in [16, 64] {
        for ((what, products), others) in
            ["a picture", "a step"].into_iter().zip(convolutions(ngf)).zip(others(ngf))
        {
            let products: Vec<_> =
                products.iter().map(|(layer, product)| layer.cost(*product)).collect();
            let all = [products.clone(), others].concat();
            for cost in &all {
                println!("{} | {}", cost.what, columns(cost));
            }
            let [[of_products, _], [flops, seconds]] = [&products, &all].map(|costs| sum(costs));
            println!("{what}, ngf {ngf}: {:.1} GFLOP, {:.2} ms", flops / 1e9, seconds * 1e3);
            // Few of all are outside the convolutions, which a step has some seven times.
            assert!(of_products > 0.95 * flops);
        }
    }
}
