//! Every bad option of `#[leak_test]` and `#[test]`, with what is underlined and what is said.
//!
//! Not here: bad functions (`function_errors`).

use super::{Expected, assert_errors, tokens};
use crate::attribute::{leak_test, tokio_test};

const LEAK_TEST_TAKES: &str = "`#[leak_test]` takes `flavor`, `engine`, `schedules`, `exhaustive`, \
    `seed`, `allow`, `should_leak`, `early_timers`, `cases`, `proptest_config` or `crate`";
const TOKIO_TEST_TAKES: &str = "`#[tokio::test]` takes `flavor`, `worker_threads`, `start_paused`, \
    `crate`, `unhandled_panic` or `name`";

fn assert_leak_test_options(table: &[(&str, Expected)]) {
    for (options, expected) in table {
        let expansion = leak_test(tokens(options), tokens("async fn test() {}"));
        assert_errors(options, expansion, expected);
    }
}

fn assert_tokio_test_options(table: &[(&str, Expected)]) {
    for (options, expected) in table {
        let expansion = tokio_test(tokens(options), tokens("async fn test() {}"));
        assert_errors(options, expansion, expected);
    }
}

#[test]
fn options_that_are_not_grammar() {
    assert_leak_test_options(&[
        ("exhaustive,", &[]),
        (",", &[(",", "expected an option before this comma")]),
        (
            "exhaustive,, seed = 1",
            &[(",", "expected an option before this comma")],
        ),
        ("3", &[("3", "expected the name of an option")]),
        (
            "\"exhaustive\"",
            &[("\"exhaustive\"", "expected the name of an option")],
        ),
        (
            "flavor(\"multi_thread\")",
            &[("(\"multi_thread\")", "expected `=` or `,` after `flavor`")],
        ),
        ("seed: 1", &[(":", "expected `=` or `,` after `seed`")]),
        (
            "seed = 1 exhaustive",
            &[("exhaustive", "expected `,` after the value of `seed`")],
        ),
    ]);
}

#[test]
fn unknown_options() {
    let takes = LEAK_TEST_TAKES;
    let unknown = |option: &str, meant: &str| format!("unknown option `{option}`: {meant}{takes}");
    assert_leak_test_options(&[
        (
            "flavour = \"multi_thread\"",
            &[("flavour", &unknown("flavour", "did you mean `flavor`? "))],
        ),
        (
            "Exhaustive",
            &[(
                "Exhaustive",
                &unknown("Exhaustive", "did you mean `exhaustive`? "),
            )],
        ),
        (
            "loom",
            &[(
                "loom",
                &unknown("loom", "did you mean `engine = \"loom\"`? "),
            )],
        ),
        ("loom = 1", &[("loom", &unknown("loom", ""))]),
        (
            "worker_threads = 2",
            &[("worker_threads", &unknown("worker_threads", ""))],
        ),
    ]);
    let takes = TOKIO_TEST_TAKES;
    let message = |option: &str, meant: &str| format!("unknown option `{option}`: {meant}{takes}");
    assert_tokio_test_options(&[
        ("seed = 1", &[("seed", &message("seed", ""))]),
        (
            "core_threads = 2",
            &[(
                "core_threads",
                &message("core_threads", "did you mean `worker_threads`? "),
            )],
        ),
        (
            "multi_thread",
            &[(
                "multi_thread",
                &message("multi_thread", "did you mean `flavor = \"multi_thread\"`? "),
            )],
        ),
    ]);
}

#[test]
fn repeated_options() {
    assert_leak_test_options(&[
        ("allow = \"a\", allow = \"a\"", &[]),
        (
            "seed = 1, seed = 1",
            &[("seed", "`seed` is given twice; keep one")],
        ),
        (
            "exhaustive, exhaustive",
            &[("exhaustive", "`exhaustive` is given twice; keep one")],
        ),
        (
            "crate = \"a\", crate = \"b\"",
            &[("crate", "`crate` is given twice; keep one")],
        ),
    ]);
}

#[test]
fn missing_and_superfluous_values() {
    let flavor = "`flavor` needs a value: \"multi_thread\" or \"current_thread\", as in \
        `flavor = \"multi_thread\"`";
    assert_leak_test_options(&[
        ("flavor", &[("flavor", flavor)]),
        (
            "seed",
            &[(
                "seed",
                "`seed` needs a value: an integer that fits `u64`, as in `seed = 7`",
            )],
        ),
        (
            "allow",
            &[(
                "allow",
                "`allow` needs a value: a string that is not empty, as in `allow = \"..\"`",
            )],
        ),
        (
            "seed =",
            &[("=", "`seed` needs a value here: an integer that fits `u64`")],
        ),
        (
            "exhaustive =",
            &[("=", "`exhaustive` needs a value here: `true` or `false`")],
        ),
        ("exhaustive = false", &[]),
        (
            "exhaustive = 1",
            &[("1", "`exhaustive` must be `true` or `false`")],
        ),
        (
            "should_leak =",
            &[(
                "=",
                "`should_leak` takes no value; write `should_leak` alone",
            )],
        ),
        (
            "should_leak = true",
            &[(
                "true",
                "`should_leak` takes no value; write `should_leak` alone, or leave it out",
            )],
        ),
    ]);
}

#[test]
fn wrong_choices() {
    let flavor = "`flavor` must be \"multi_thread\" or \"current_thread\"";
    let engine = "`engine` must be \"auto\", \"systematic\", \"loom\", \"random\", \"pct\", \"pos\", \"urw\" or \"tokio\"";
    assert_leak_test_options(&[
        ("flavor = multi_thread", &[("multi_thread", flavor)]),
        ("flavor = 2", &[("2", flavor)]),
        ("flavor = \"local\"", &[("\"local\"", flavor)]),
        (
            "flavor = \"multi_threaded\"",
            &[(
                "\"multi_threaded\"",
                &format!("did you mean \"multi_thread\"? {flavor}"),
            )],
        ),
        (
            "engine = \"Systematic\"",
            &[(
                "\"Systematic\"",
                &format!("did you mean \"systematic\"? {engine}"),
            )],
        ),
        ("engine = \"dfs\"", &[("\"dfs\"", engine)]),
    ]);
}

#[test]
fn wrong_numbers() {
    let schedules = "`schedules` must be an integer of at least 1 that fits `usize`";
    let seed = "`seed` must be an integer that fits `u64`";
    let timers = "`early_timers` must be an integer that fits `usize`";
    assert_leak_test_options(&[
        ("early_timers = 0, seed = 0, schedules = 1usize", &[]),
        ("schedules = 0", &[("0", schedules)]),
        ("schedules = \"10\"", &[("\"10\"", schedules)]),
        ("schedules = 1.5", &[("1.5", schedules)]),
        ("schedules = 10 * 2", &[("10 * 2", schedules)]),
        (
            "seed = 18446744073709551616",
            &[("18446744073709551616", seed)],
        ),
        (
            "seed = 1u32",
            &[("1u32", &format!("leave out the suffix `u32`; {seed}"))],
        ),
        (
            "early_timers = -1",
            &[(
                "-1",
                &format!("a negative number makes no sense here; {timers}"),
            )],
        ),
        ("early_timers = true", &[("true", timers)]),
    ]);
}

#[test]
fn wrong_texts_and_paths() {
    let allow = "`allow` must be a string that is not empty";
    let path = "`crate` must be a string that holds a path, such as \"my_reexports::leak_harness\"";
    assert_leak_test_options(&[
        ("crate = \"::a::b\"", &[]),
        ("allow = \"\"", &[("\"\"", allow)]),
        ("allow = \" \"", &[("\" \"", allow)]),
        ("allow = metrics", &[("metrics", allow)]),
        ("crate = tokio", &[("tokio", path)]),
        ("crate = \"a-b\"", &[("\"a-b\"", path)]),
        ("crate = \"\"", &[("\"\"", path)]),
    ]);
}

#[test]
fn wrong_values_of_tokios_options() {
    let threads = "`worker_threads` must be an integer of at least 1 that fits `usize`";
    let panics = "`unhandled_panic` must be \"ignore\" or \"shutdown_runtime\"";
    assert_tokio_test_options(&[
        ("name = \"\"", &[]),
        (
            "flavor = \"multi_thread\", worker_threads = 0",
            &[("0", threads)],
        ),
        (
            "start_paused = 1",
            &[("1", "`start_paused` must be `true` or `false`")],
        ),
        ("name = 3", &[("3", "`name` must be a string")]),
        ("unhandled_panic = \"abort\"", &[("\"abort\"", panics)]),
        (
            "flavor = \"threaded\"",
            &[(
                "\"threaded\"",
                "`flavor` must be \"current_thread\", \"multi_thread\" or \"local\"",
            )],
        ),
    ]);
}

#[test]
fn tokios_options_that_need_a_flavor() {
    let threads = "`worker_threads` needs `flavor = \"multi_thread\"`";
    let paused = "`start_paused` needs `flavor = \"current_thread\"`";
    let panics = "`unhandled_panic` needs `flavor = \"current_thread\"`";
    assert_tokio_test_options(&[
        ("start_paused = true, unhandled_panic = \"ignore\"", &[]),
        ("flavor = \"local\", start_paused = true", &[]),
        ("worker_threads = 2", &[("worker_threads", threads)]),
        (
            "worker_threads = 2, flavor = \"local\"",
            &[("worker_threads", threads)],
        ),
        (
            "flavor = \"multi_thread\", start_paused = false, unhandled_panic = \"ignore\"",
            &[("start_paused", paused), ("unhandled_panic", panics)],
        ),
        // A wrong flavor is one error, not two.
        (
            "worker_threads = 2, flavor = 3",
            &[(
                "3",
                "`flavor` must be \"current_thread\", \"multi_thread\" or \"local\"",
            )],
        ),
    ]);
}

#[test]
fn options_about_inputs() {
    let needs =
        |name: &str| format!("`{name}` needs a function with arguments, which are its inputs");
    assert_leak_test_options(&[
        ("cases = 8", &[("cases", &needs("cases"))]),
        (
            "proptest_config = config()",
            &[("proptest_config", &needs("proptest_config"))],
        ),
        (
            "cases = 0",
            &[(
                "0",
                "`cases` must be an integer of at least 1 that fits `u32`",
            )],
        ),
        (
            "cases = 5_000_000_000",
            &[(
                "5_000_000_000",
                "`cases` must be an integer of at least 1 that fits `u32`",
            )],
        ),
        (
            "proptest_config",
            &[(
                "proptest_config",
                "`proptest_config` needs a value: an expression, as in `proptest_config = \
                 ProptestConfig::with_cases(64)`",
            )],
        ),
    ]);
    let expansion = leak_test(
        tokens("cases = 8, proptest_config = config()"),
        tokens("async fn test(a: u8) {}"),
    );
    assert_errors("both", expansion, &[]);
}
