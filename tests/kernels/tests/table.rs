use leak_kernels_test::KERNELS;
use tokio::Builder;
#[test]
fn table() {
    for kernel in KERNELS {
        let t = std::time::Instant::now();
        let b = Builder::new().name(kernel.id).check(kernel.run_buggy);
        let tb = t.elapsed();
        let t = std::time::Instant::now();
        let f = Builder::new().name(kernel.id).check(kernel.run_fixed);
        let tf = t.elapsed();
        match b {
            Ok(c) => print!(
                "| {} | {} | NOT FOUND {} ({tb:?}) |",
                kernel.id, kernel.category, c
            ),
            Err(e) => print!(
                "| {} | {} | {:?} after {} ({tb:?}) {} |",
                kernel.id,
                kernel.category,
                e.kind(),
                e.coverage().schedules(),
                e.coverage()
            ),
        }
        match f {
            Ok(c) => println!(" clean {c} ({tf:?}) |"),
            Err(e) => println!(" FAILED {:?} {} ({tf:?})", e.kind(), e),
        }
    }
}
