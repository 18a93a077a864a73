#[::core::prelude::v1::test]
fn parallel() {
    #[allow(clippy::unused_async)]
    async fn parallel() {
        work().await;
    }
    ::leak_harness::__private::run(
        ::leak_harness::Builder::new()
            .name(::core::concat!(::core::module_path!(), "::", "parallel"))
            .flavor(::leak_harness::Flavor::MultiThread),
        parallel,
    );
}
