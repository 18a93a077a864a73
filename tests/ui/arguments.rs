use leak_harness::leak_test;

#[leak_test]
async fn arguments(one: u32, two: u32) {
    let _ = one + two;
}

struct Fixture;

impl Fixture {
    #[leak_test]
    async fn method(&self) {}
}

fn main() {}
