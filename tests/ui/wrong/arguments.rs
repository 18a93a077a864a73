use leak_harness::leak_test;

#[leak_test]
async fn twice(
    #[strategy(0..1)]
    #[strategy(0..2)]
    number: u32,
) {
    let _ = number;
}

#[leak_test(cases = 4)]
async fn no_arguments() {}

#[leak_harness::test]
async fn of_tokios(one: u32, two: u32) {
    let _ = one + two;
}

struct Fixture;

impl Fixture {
    #[leak_test]
    async fn method(&self) {}
}

fn main() {}
