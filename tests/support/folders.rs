//! Folders that a test may write into.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// An empty folder that only this test uses.
pub fn empty_folder(tests: &str, name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(tests)
        .join(name);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => panic!("{error}"),
        _ => {}
    }
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}
