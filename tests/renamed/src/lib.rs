//! A crate whose dependency on the harness has another name: the macros find it by `crate = ".."`,
//! and `select!` by itself.

#[cfg(test)]
mod tests {
    use harness::{leak_test, select, spawn};

    #[leak_test(crate = "harness")]
    async fn a_leak_test_finds_its_library() {
        spawn(async {}).await.unwrap();
    }

    #[harness::test(crate = "::harness", flavor = "multi_thread")]
    async fn a_test_of_tokios_finds_its_library() {
        let value = select! {
            value = async { 7 } => value,
        };
        assert_eq!(value, 7);
    }
}
