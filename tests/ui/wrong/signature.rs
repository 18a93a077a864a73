use leak_harness::leak_test;

#[leak_test]
const unsafe extern "C" fn modifiers() {}

#[leak_test]
async fn generic<T: Default>() {
    let _ = T::default();
}

#[leak_test]
#[test]
fn twice() {}

#[leak_harness::test]
fn not_async() {}

#[leak_test]
struct NotAFunction;

fn main() {}
