#[::core::prelude::v1::test]
fn local() {
    #[allow(clippy::unused_async)]
    async fn local() {
        work().await;
    }
    tokio::__private::run(
        tokio::Builder::new()
            .name(::core::concat!(::core::module_path!(), "::", "local"))
            .flavor(tokio::Flavor::CurrentThread),
        local,
    );
}
