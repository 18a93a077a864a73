//! `leak-test.toml`: what it sets, what wins over it, and what is said about mistakes in it.
//!
//! The attributes are called as what they expand to, for a crate in a folder of the test's own;
//! `tests/adoption` has such a file as a user would. Not here: each key (`settings::file`).

#[path = "support/folders.rs"]
mod folders;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use folders::empty_folder;
use leak_harness::__private::std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use leak_harness::__private::{leak_test, tokio_test};
use leak_harness::{Builder, Engine, Failure, FailureKind, Flavor, spawn, task};

/// A crate with this `leak-test.toml`.
fn crate_with(name: &str, settings: &str) -> PathBuf {
    let folder = empty_folder("configuration", name);
    fs::write(folder.join("leak-test.toml"), settings).unwrap();
    folder
}

fn leak_test_in(folder: &Path) -> Builder {
    leak_test(folder.to_str(), "app::tests::one").without_regressions()
}

fn tokio_test_in(folder: &Path) -> Builder {
    tokio_test(folder.to_str(), "app::tests::one").without_regressions()
}

async fn many_orders() {
    for _ in 0..4 {
        spawn(async { task::yield_now().await });
    }
}

/// Panics in the one order in which a task runs between two steps of another task's poll.
async fn interrupted() {
    let flag = Arc::new(AtomicBool::new(false));
    let other = Arc::clone(&flag);
    spawn(async move { other.store(true, SeqCst) });
    assert_eq!(
        flag.load(SeqCst),
        flag.load(SeqCst),
        "somebody came between"
    );
}

/// Two tasks that never end.
async fn lives_on() {
    let metrics = task::Builder::new().name("metrics");
    let _ = metrics.spawn(std::future::pending::<()>());
    spawn(reporter());
}

async fn reporter() {
    std::future::pending().await
}

fn schedules(builder: &Builder) -> u64 {
    builder.check(many_orders).unwrap().schedules()
}

#[test]
fn what_the_file_sets_is_the_default_of_the_attributes() {
    let folder = crate_with("default", "engine = 'random'\nschedules = 7");
    assert_eq!(schedules(&leak_test_in(&folder)), 7);
    assert_eq!(schedules(&tokio_test_in(&folder)), 7);
    let file = folder.join("leak-test.toml");
    assert_eq!(schedules(&Builder::from_file(file)), 7);
    assert_ne!(schedules(&Builder::new()), 7);
}

/// On another machine than that which compiled it, cargo says where the crate is.
#[test]
fn a_folder_that_is_not_there_is_looked_for_where_cargo_says() {
    const WHERE: &str = "CARGO_MANIFEST_DIR";
    if std::env::var(WHERE).as_deref() != Ok(env!("CARGO_MANIFEST_DIR")) {
        let gone = leak_test(Some("/there/is/no/such/folder"), "app::tests::one");
        assert_eq!(schedules(&gone), 7);
        assert_eq!(schedules(&leak_test(None, "app::tests::one")), 7);
        return;
    }
    let elsewhere = crate_with("elsewhere", "engine = 'random'\nschedules = 7");
    let there = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "a_folder_that_is_not_there_is_looked_for_where_cargo_says",
        ])
        .env(WHERE, elsewhere)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&there.stdout);
    assert!(said.contains("1 passed"), "{said}");
}

#[test]
fn options_of_the_attribute_win() {
    let folder = crate_with(
        "options",
        "engine = 'random'\nschedules = 7\nexhaustive = true",
    );
    let builder = leak_test_in(&folder).schedules(9).exhaustive(false);
    assert_eq!(schedules(&builder), 9);
    let failure = leak_test_in(&folder).check(many_orders).unwrap_err();
    assert_eq!(failure.kind(), FailureKind::NotExhaustive);
}

#[test]
fn a_flavor_is_not_tokios_default_unless_that_is_said() {
    let one_thread = |builder: Builder| {
        let checked = builder.engine(Engine::Systematic).check(interrupted);
        checked.is_ok()
    };
    let folder = empty_folder("configuration", "no_file");
    assert!(!one_thread(leak_test_in(&folder)));
    assert!(one_thread(tokio_test_in(&folder)));
    let folder = crate_with("flavor", "flavor = 'current_thread'");
    assert!(one_thread(leak_test_in(&folder)));
    let folder = crate_with("other_flavor", "flavor = 'multi_thread'");
    assert!(one_thread(tokio_test_in(&folder)));
    let folder = crate_with("said", "tokio_test_flavor = 'multi_thread'");
    assert!(!one_thread(tokio_test_in(&folder)));
    assert!(one_thread(
        tokio_test_in(&folder).flavor(Flavor::CurrentThread)
    ));
}

#[test]
fn tasks_of_the_whole_crate_may_live_on() {
    let allows = |name: &str, text: &str| {
        let folder = crate_with(name, text);
        leak_test_in(&folder).check(lives_on).is_ok()
    };
    let both = "[[allow]]\nname = 'metrics'\n[[allow]]\nfunction = 'configuration::reporter'";
    assert!(allows("both", both));
    assert!(allows(
        "by_file",
        "[[allow]]\nfile = 'tests/configuration.rs'"
    ));
    assert!(!allows("one", "[[allow]]\nname = 'metrics'"));
    // All that is said must be so.
    let other = "[[allow]]\nname = 'metrics'\n[[allow]]\nfile = 'src/x.rs'\nfunction = 'reporter'";
    assert!(!allows("elsewhere", other));
}

/// The last lines of a leak's report, but for the one that runs it again.
fn advice(failure: &Failure) -> String {
    let text = failure.to_string();
    let from = text.find("If it is meant to live on").expect("it is said");
    let advice: Vec<&str> = text[from..].lines().collect();
    advice[..advice.len() - 1].join("\n")
}

#[test]
fn a_leak_says_the_line_that_would_allow_its_task() {
    async fn leak() {
        let metrics = task::Builder::new().name("metrics");
        let _ = metrics.spawn(std::future::pending::<()>());
    }
    let advice_of = |builder: Builder| advice(&builder.check(leak).unwrap_err());
    let in_attribute = "If it is meant to live on: #[leak_test(allow = \"metrics\")]";
    let entry = "in leak-test.toml:\n  [[allow]]\n  name = \"metrics\"";
    let folder = empty_folder("configuration", "no_file_yet");
    assert_eq!(advice_of(leak_test_in(&folder)), in_attribute);
    let of_tokios = format!("If it is meant to live on, {entry}");
    assert_eq!(advice_of(tokio_test_in(&folder)), of_tokios);
    let folder = crate_with("advice", "");
    assert_eq!(
        advice_of(leak_test_in(&folder)),
        format!("{in_attribute}, or {entry}")
    );
    // It does what it says.
    let folder = crate_with("taken", "[[allow]]\nname = \"metrics\"");
    tokio_test_in(&folder).check(leak).unwrap();
}

#[test]
fn a_mistake_fails_every_test_and_says_where_it_is() {
    let folder = crate_with("mistakes", "seed = 1\nschedule = 5\nflavor = 'many'\n");
    for builder in [leak_test_in(&folder), tokio_test_in(&folder)] {
        let failure = builder.check(|| async {}).unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Config);
        let text = failure.to_string();
        let meant = "leak-test.toml:2: unknown key `schedule`: did you mean `schedules`?";
        assert!(text.contains(meant), "{text}");
        let legal = "leak-test.toml:3: `flavor` is 'many'; it takes one of multi_thread, current_";
        assert!(text.contains(legal), "{text}");
    }
    let missing = Builder::from_file(folder.join("none.toml")).check(|| async {});
    assert_eq!(missing.unwrap_err().kind(), FailureKind::Config);
}
