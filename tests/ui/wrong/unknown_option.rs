use leak_harness::leak_test;

#[leak_test(flavour = "current_thread")]
async fn nearly() {}

#[leak_test(current_thread)]
async fn a_value_without_its_option() {}

#[leak_harness::test(schedules = 3)]
async fn of_the_other_attribute() {}

fn main() {}
