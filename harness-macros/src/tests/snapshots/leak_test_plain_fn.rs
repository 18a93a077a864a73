#[::core::prelude::v1::test]
fn plain() {
    fn plain() {
        work();
    }
    ::leak_harness::__private::run(
        ::leak_harness::Builder::new()
            .name(::core::concat!(::core::module_path!(), "::", "plain"))
            .engine(::leak_harness::Engine::Loom),
        || async { plain() },
    );
}
