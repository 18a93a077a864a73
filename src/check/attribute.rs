//! What the attributes begin with: a check that knows its crate and its path.
//!
//! Not here: how a check is run (`builder`).

use std::env;
use std::path::{Path, PathBuf};

use super::Builder;
use crate::config::{AllowList, Flavor};
use crate::{regressions, settings};

/// The check of a `#[leak_test]`, with what its crate's `leak-test.toml` sets: the folder of its
/// `Cargo.toml` when it was compiled, and its path in the crate.
#[track_caller]
pub fn leak_test(folder: &str, path: &str) -> Builder {
    let folder = folder_now(folder);
    let file = settings::of_crate(&folder);
    let builder = Builder::new().name(path).settled_by(&file, AllowList::Both);
    builder.regressions(regressions::file_of(&folder, path))
}

/// The check of a `#[tokio::test]`: as [`leak_test`], but the flavor is tokio's default.
#[track_caller]
pub fn tokio_test(folder: &str, path: &str) -> Builder {
    let folder = folder_now(folder);
    let file = settings::of_crate(&folder);
    let flavor = file.as_ref().as_ref().ok();
    let flavor = flavor.and_then(|settings| settings.tokio_test_flavor);
    let builder = Builder::new().name(path).settled_by(&file, AllowList::File);
    builder
        .flavor(flavor.unwrap_or(Flavor::CurrentThread))
        .regressions(regressions::file_of(&folder, path))
}

/// The crate's folder. A test that was compiled elsewhere is told by cargo and cargo-nextest.
fn folder_now(compiled: &str) -> PathBuf {
    let compiled = Path::new(compiled);
    match env::var_os("CARGO_MANIFEST_DIR") {
        Some(now) if !compiled.is_dir() => PathBuf::from(now),
        _ => compiled.to_owned(),
    }
}
