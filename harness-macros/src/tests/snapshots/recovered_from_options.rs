#[ignore]
#[::core::prelude::v1::test]
fn body() {
    #[allow(clippy::unused_async)]
    async fn body() {
        work().await;
    }
    let _ = body;
}
::core::compile_error! {
    "remove `#[tokio::test]`: `#[leak_test]` alone makes this function a test"
}
::core::compile_error! {
    "`seed` needs a value: an integer that fits `u64`, as in `seed = 7`"
}
