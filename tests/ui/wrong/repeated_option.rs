use leak_harness::leak_test;

#[leak_test(seed = 1, exhaustive, seed = 2)]
async fn seeds() {}

#[leak_test(allow = "one", allow = "two")]
async fn this_one_may_be_repeated() {}

fn main() {}
