#[::core::prelude::v1::test]
fn minimal() {
    #[allow(clippy::unused_async)]
    async fn minimal() {
        work().await;
    }
    ::leak_harness::__private::run(
        ::leak_harness::Builder::new()
            .name(::core::concat!(::core::module_path!(), "::", "minimal"))
            .flavor(::leak_harness::Flavor::CurrentThread),
        minimal,
    );
}
