/// Documentation.
#[cfg(not(windows))]
#[ignore = "slow"]
#[should_panic(expected = "boom")]
#[expect(unused_variables, reason = "a test")]
#[::core::prelude::v1::test]
pub(crate) fn r#type() {
    #[allow(clippy::unused_async)]
    async fn r#type() {
        let x = 1;
    }
    ::leak_harness::__private::run(
        ::leak_harness::Builder::new()
            .name(::core::concat!(::core::module_path!(), "::", "type")),
        r#type,
    );
}
