#[::core::prelude::v1::test]
fn every_option() {
    #[allow(clippy::unused_async)]
    async fn every_option() -> Result<(), Error> {
        work().await?;
        Ok(())
    }
    crate::renamed::__private::run_expecting_leak(
        crate::renamed::Builder::new()
            .name(::core::concat!(::core::module_path!(), "::", "every_option"))
            .flavor(crate::renamed::Flavor::CurrentThread)
            .engine(crate::renamed::Engine::Systematic)
            .schedules(1000usize)
            .exhaustive(true)
            .seed(255u64)
            .allow("metrics")
            .allow("src/log.rs")
            .early_timers(0usize),
        every_option,
    );
}
