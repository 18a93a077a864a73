//! Every kernel's bug is found, and its fix is clean in every order, but for a few that have too
//! many: of those a part is explored.

use leak_kernels_test::{Kernel, KERNELS};
use tokio::{Builder, FailureKind};

const README: &str = include_str!("../README.md");
/// Kernels whose fixed bodies have more orders than the default budget.
const LARGE: [&str; 4] = [
    "cockroach_18101",
    "etcd_7443",
    "etcd_7902",
    "kubernetes_70277",
];
/// How many of them are run.
const SOME: usize = 500;

/// Runs a test for every kernel, and says for all of them at once what went wrong.
fn for_all(test: fn(&Kernel) -> Result<(), String>) {
    let problems: Vec<String> = KERNELS
        .iter()
        .filter_map(|kernel| {
            let problem = test(kernel).err()?;
            Some(format!("{}: {problem}", kernel.id))
        })
        .collect();
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn every_bug_is_found() {
    for_all(|kernel| {
        let builder = Builder::new().name(kernel.id);
        let failure = match builder.check(kernel.run_buggy) {
            Ok(coverage) => return Err(format!("nothing was found: {coverage}")),
            Err(failure) => failure,
        };
        match failure.kind() {
            FailureKind::Leak | FailureKind::Deadlock | FailureKind::Loop => Ok(()),
            _ => Err(failure.to_string()),
        }
    });
}

#[test]
fn every_fix_is_clean() {
    for_all(|kernel| {
        let builder = Builder::new().name(kernel.id);
        let builder = if LARGE.contains(&kernel.id) {
            builder.schedules(SOME)
        } else {
            builder.exhaustive(true)
        };
        let coverage = builder
            .check(kernel.run_fixed)
            .map_err(|failure| failure.to_string())?;
        let name = format!("| {} |", kernel.id);
        let row = README.lines().find(|row| row.starts_with(&name));
        let schedules = format!("| {} |", coverage.schedules());
        if coverage.exhaustive() && !row.is_some_and(|row| row.ends_with(&schedules)) {
            return Err(format!(
                "the table says otherwise: {}",
                coverage.schedules()
            ));
        }
        Ok(())
    });
}
