//! What the attributes begin with: a check that knows its crate and its path.
//!
//! Not here: how a check is run (`builder`).

use std::env;
use std::path::PathBuf;

use super::Builder;
use crate::config::{AllowList, Flavor};
use crate::{regressions, settings};

/// The check of a `#[leak_test]`, with what its crate's `leak-test.toml` sets: the folder of its
/// `Cargo.toml` when it was compiled, and its path in the crate.
#[track_caller]
pub fn leak_test(folder: Option<&str>, path: &str) -> Builder {
    let (builder, _) = begin(folder, path, AllowList::Both);
    builder
}

/// The check of a `#[tokio::test]`: as [`leak_test`], but the flavor is tokio's default, and the
/// test was written for a clock that is never early.
#[track_caller]
pub fn tokio_test(folder: Option<&str>, path: &str) -> Builder {
    let (builder, flavor) = begin(folder, path, AllowList::File);
    builder
        // What tokio forbids on its one thread may be done on the threads that the file asks for.
        .strict(flavor != Some(Flavor::MultiThread))
        .flavor(flavor.unwrap_or(Flavor::CurrentThread))
        .expects_time()
}

/// What both begin with, and the flavor that the file has for `#[tokio::test]`.
#[track_caller]
fn begin(folder: Option<&str>, path: &str, list: AllowList) -> (Builder, Option<Flavor>) {
    let builder = Builder::new();
    let Some(folder) = folder_now(folder) else {
        return (builder.name(path), None);
    };
    let file = settings::of_crate(&folder);
    let settings = file.as_ref().as_ref().ok();
    let flavor = settings.and_then(|settings| settings.tokio_test_flavor);
    let builder = builder.settled_by(&file, list).name(path);
    let regressions = regressions::file_of(&folder, path);
    (builder.regressions(regressions), flavor)
}

/// The crate's folder on this machine, if it has one. A test that was compiled elsewhere is told by
/// cargo and cargo-nextest.
fn folder_now(compiled: Option<&str>) -> Option<PathBuf> {
    let now = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let mut folders = compiled.map(PathBuf::from).into_iter().chain(now);
    folders.find(|folder| folder.is_dir())
}
