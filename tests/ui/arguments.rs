use leak_harness::leak_test;

#[leak_test]
async fn wrong_type(#[strategy("[a-z]+")] number: u32) {
    let _ = number;
}

#[leak_test]
async fn not_a_strategy(#[strategy(5)] number: u32) {
    let _ = number;
}

#[derive(Clone, Debug)]
struct Plain;

#[leak_test]
async fn nothing_to_draw_from(value: Plain) {
    let _ = value;
}

#[leak_test]
async fn twice(#[strategy(0..1)] #[strategy(0..2)] number: u32) {
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
