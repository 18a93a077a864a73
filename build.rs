//! Finds out what the standard library of the compiler in use has that that of the oldest supported
//! one has not: the mirror of std has it then as well.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(std_has_downgrade)");
    // `RwLockWriteGuard::downgrade`.
    if minor_version().is_some_and(|minor| minor >= 92) {
        println!("cargo::rustc-cfg=std_has_downgrade");
    }
}

/// The 92 of `rustc 1.92.0 (…)`.
fn minor_version() -> Option<u32> {
    let output = Command::new(env::var_os("RUSTC")?)
        .arg("--version")
        .output();
    let version = String::from_utf8(output.ok()?.stdout).ok()?;
    let minor = version.strip_prefix("rustc 1.")?.split('.').next()?;
    minor.parse().ok()
}
