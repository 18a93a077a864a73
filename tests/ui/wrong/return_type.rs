// What `#[leak_test]` calls: the attribute's own test functions are not there without `--test`.
fn main() {
    let _ = leak_harness::check(|| async { 7 });
}
