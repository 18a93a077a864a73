struct NoFunction;
::core::compile_error! {
    "`#[leak_test]` goes on a function"
}
