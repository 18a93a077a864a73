//! What a failing test leaves behind: files, and on GitHub an annotation.
//!
//! The tests that fail are ignored ones of this binary, which is run again for them. Not here: what
//! is in the files (`tests/reports`).

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use leak_harness::sync::mpsc;
use leak_harness::{leak_test, spawn};

const PASSES: &str = "LEFT_BEHIND_PASSES";

async fn next_job(jobs: &mut mpsc::Receiver<u32>) -> Option<u32> {
    jobs.recv().await
}

/// A leak, unless the environment says otherwise.
async fn worker() {
    let (tx, mut jobs) = mpsc::channel(1);
    spawn(async move { while next_job(&mut jobs).await.is_some() {} });
    if env::var_os(PASSES).is_none() {
        std::mem::forget(tx);
    }
}

#[leak_test]
#[ignore = "it fails: run by others"]
async fn leaks() {
    worker().await;
}

#[leak_harness::test]
#[ignore = "it fails: run by others"]
async fn leaks_under_tokios_attribute() {
    worker().await;
}

#[leak_test]
#[ignore = "it fails: run by others"]
async fn leaks_on_github() {
    worker().await;
}

#[leak_test]
#[ignore = "it fails: run by others"]
async fn leaks_where_nothing_can_be_written() {
    worker().await;
}

#[leak_test(should_leak)]
#[ignore = "run by others"]
async fn leaks_as_it_should() {
    worker().await;
}

/// One of the tests above, to be run.
struct Run {
    test: &'static str,
    command: Command,
}

impl Run {
    fn of(test: &'static str) -> Run {
        Run::by(&env::current_exe().unwrap(), test)
    }

    fn by(binary: &Path, test: &'static str) -> Run {
        let mut command = Command::new(binary);
        command.args(["--exact", "--ignored", test]);
        command.env_remove("GITHUB_ACTIONS").env_remove(PASSES);
        command.env("LEAK_TEST_REGRESSIONS", "off");
        Run { test, command }
    }

    fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Run {
        self.command.env(name, value);
        self
    }

    /// What it printed, and whether it passed.
    fn run(mut self) -> (String, bool) {
        let output = loop {
            match self.command.output() {
                // A copy is still open for writing in a process that another test is just starting.
                Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {}
                output => break output.unwrap(),
            }
        };
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(
            printed.contains("running 1 test"),
            "{}: {printed}",
            self.test
        );
        (printed, output.status.success())
    }
}

/// Where a report says that its page is.
fn page(printed: &str) -> PathBuf {
    let mut lines = printed.lines();
    let page = lines.find_map(|line| line.strip_prefix("The same as a page: "));
    let page = page.unwrap_or_else(|| panic!("no page in {printed}"));
    Path::new(env!("CARGO_MANIFEST_DIR")).join(page)
}

#[test]
fn a_failing_test_leaves_a_page_and_json_until_it_passes() {
    for test in ["leaks", "leaks_under_tokios_attribute"] {
        let (printed, passed) = Run::of(test).run();
        assert!(!passed, "{printed}");
        let page = page(&printed);
        let folder = page.parent().unwrap();
        let target = folder.parent().unwrap();
        assert!(
            env::current_exe().unwrap().starts_with(target),
            "{}",
            target.display()
        );
        assert_eq!(folder.file_name().unwrap(), "leak-test");
        assert_eq!(
            page.file_name().unwrap(),
            &*format!("left_behind.{test}.html")
        );
        let html = fs::read_to_string(&page).unwrap();
        assert!(html.contains("<svg"), "no picture");
        assert!(html.contains("jobs.recv().await"), "no source");
        for outside in [
            "<script", "http:", "https:", "src=", "<link", "@import", "url(",
        ] {
            assert!(!html.contains(outside), "{outside}");
        }
        let json = fs::read_to_string(page.with_extension("json")).unwrap();
        let report: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(report["verdict"], "leak");
        assert_eq!(report["test"], format!("left_behind::{test}"));
        // In `next_job`, and that in the task.
        let chain = &report["stuck"][0]["waits"][0]["chain"];
        let files: Vec<_> = chain
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["at"]["file"])
            .collect();
        assert_eq!(files, ["tests/left_behind.rs"; 2], "{chain}");
        let (printed, passed) = Run::of(test).env(PASSES, "1").run();
        assert!(passed, "{printed}");
        assert!(!page.exists() && !page.with_extension("json").exists());
    }
}

#[test]
fn a_leak_that_is_expected_leaves_nothing() {
    let (printed, passed) = Run::of("leaks_as_it_should").run();
    assert!(passed, "{printed}");
    let mut target = env::current_exe().unwrap();
    while !target.join("CACHEDIR.TAG").is_file() {
        assert!(target.pop(), "cargo marks its folder");
    }
    let page = target.join("leak-test/left_behind.leaks_as_it_should.html");
    assert!(!page.exists());
}

/// The binary is outside of any target folder, and what the variable names is no folder.
#[test]
fn files_that_cannot_be_written_are_no_failure_of_their_own() {
    let folder = env::temp_dir().join(format!("left_behind-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let binary = folder.join("copy");
    fs::copy(env::current_exe().unwrap(), &binary).unwrap();
    let run = Run::by(&binary, "leaks_where_nothing_can_be_written");
    let (printed, passed) = run.env("CARGO_TARGET_DIR", &binary).run();
    fs::remove_dir_all(&folder).unwrap();
    assert!(!passed, "{printed}");
    assert!(
        printed.contains("leak in left_behind::leaks_where"),
        "{printed}"
    );
    assert!(
        printed.contains("The same as a page could not be written to "),
        "{printed}"
    );
    assert!(!printed.contains("panicked at"), "{printed}");
}

#[test]
fn on_github_an_annotation_stands_at_the_await() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = fs::read_to_string(root.join(file!())).unwrap();
    let at = source
        .lines()
        .position(|line| line.ends_with("jobs.recv().await"));
    let line = at.unwrap() + 1;
    let above = root.file_name().unwrap().to_str().unwrap();
    let below_it = format!("{above}/tests/left_behind.rs");
    for (workspace, file) in [
        (root, "tests/left_behind.rs"),
        (root.parent().unwrap(), &below_it),
        (Path::new("/nowhere"), "tests/left_behind.rs"),
    ] {
        let run = Run::of("leaks_on_github").env("GITHUB_ACTIONS", "true");
        let (printed, _) = run.env("GITHUB_WORKSPACE", workspace).run();
        let annotations: Vec<&str> = printed.lines().filter(|it| it.starts_with("::")).collect();
        let start = format!(
            "::error file={file},line={line},col=17,title=leak in left_behind%3A%3Aleaks_on_github::The body ended"
        );
        assert_eq!(annotations.len(), 1, "{printed}");
        assert!(annotations[0].starts_with(&start), "{printed}");
        assert!(annotations[0].contains("%0Achange: "), "{printed}");
    }
    let (printed, _) = Run::of("leaks_on_github").run();
    assert!(!printed.contains("::error"), "{printed}");
}
