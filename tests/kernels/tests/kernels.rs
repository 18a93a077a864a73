//! Every kernel's bug is found, and its fix is clean, with the default engine and budget.

use leak_kernels_test::{Kernel, KERNELS};
use tokio::{Builder, FailureKind};

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
        let failure = match Builder::new().name(kernel.id).check(kernel.run_buggy) {
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
        let checked = Builder::new().name(kernel.id).check(kernel.run_fixed);
        checked.map(drop).map_err(|failure| failure.to_string())
    });
}
