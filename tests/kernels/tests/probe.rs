use leak_kernels_test::KERNELS;
use tokio::{Builder, Engine};
#[test]
fn table() {
    for kernel in KERNELS {
        if kernel.id != "etcd_5509" {
            continue;
        }
        for e in [Engine::Systematic, Engine::BruteForce, Engine::Loom] {
            match Builder::new()
                .engine(e)
                .name(kernel.id)
                .check(kernel.run_buggy)
            {
                Ok(c) => println!("{e:?} NOT {c}"),
                Err(f) => println!("{e:?} {f}"),
            }
        }
    }
}
