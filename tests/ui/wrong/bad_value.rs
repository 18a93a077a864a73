use leak_harness::leak_test;

#[leak_test(engine = "Loom", schedules = 0, seed = -1, allow = "", should_leak = true)]
async fn every_error_is_told_at_once() {}

#[leak_test(flavor)]
async fn no_value() {}

#[leak_harness::test(worker_threads = 2)]
async fn needs_another_option() {}

fn main() {}
