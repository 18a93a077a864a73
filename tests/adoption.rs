//! What adopting the harness in a crate's unit tests does to the crate itself: nothing.
//!
//! Not here: the unit tests of those crates, which are in `tests/adoption` and `tests/adoption-std`.

use std::process::Command;

/// The packages that a workspace member is made of, along some kinds of dependencies.
fn packages(member: &str, edges: &str) -> String {
    let tree = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["tree", "--offline", "--prefix", "none", "-e", edges, "-p"])
        .arg(member)
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&tree.stderr);
    assert!(tree.status.success(), "{errors}");
    String::from_utf8(tree.stdout).expect("names are text")
}

#[test]
fn a_normal_build_of_an_adopting_crate_does_not_know_the_harness() {
    for member in ["adoption-example", "adoption-std-example"] {
        let normal = packages(member, "normal");
        assert!(normal.contains("tokio v1"), "{normal}");
        assert!(!normal.contains("leak-harness"), "{normal}");
        assert!(!normal.contains("loom"), "{normal}");
        let tests = packages(member, "normal,dev");
        assert!(tests.contains("leak-harness"), "{tests}");
    }
}
