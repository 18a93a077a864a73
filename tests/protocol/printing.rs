//! The source of a script does what the script does.
//!
//! `printed.rs` is what scripts of a fixed seed print; it is compiled with these tests, and each of
//! its programs comes to the verdict of its script. `UPDATE_EXPECT=1` writes it anew.

use std::fmt::Write as _;

use leak_harness::protocol::{self, Script};
use leak_harness::{Builder, Coverage, Engine, Failure};

use crate::printed::CASES;
use crate::{drawn, run};

/// How many scripts are printed, and how many of them are well-behaved.
const PRINTED: usize = 48;
const WELL_BEHAVED: usize = 8;

fn scripts() -> Vec<Script> {
    let mut scripts = drawn(protocol::well_behaved(), WELL_BEHAVED);
    scripts.extend(drawn(protocol::scripts(), PRINTED - WELL_BEHAVED));
    scripts
}

fn printed() -> String {
    let mut text = String::from(
        "//! Random scripts as programs, written by `printing`.\n\n\
         use std::future::Future;\nuse std::pin::Pin;\n\n\
         pub type Program = Pin<Box<dyn Future<Output = ()>>>;\n\n",
    );
    writeln!(text, "pub const CASES: [fn() -> Program; {PRINTED}] = [").unwrap();
    for number in 0..PRINTED {
        writeln!(text, "    || Box::pin(case_{number}::script()),").unwrap();
    }
    text.push_str("];\n");
    for (number, script) in scripts().iter().enumerate() {
        writeln!(text, "\nmod case_{number} {{").unwrap();
        for line in script.source("script").lines() {
            match line {
                "" => text.push('\n'),
                _ => writeln!(text, "    {line}").unwrap(),
            }
        }
        text.push_str("}\n");
    }
    text
}

#[test]
fn what_is_printed_is_what_is_compiled() {
    expect_test::expect_file!["printed.rs"].assert_eq(&printed());
}

/// The kind of a failure, and of each stuck task what it waits on and why; or in how many schedules
/// there is none.
fn verdict(checked: &Result<Coverage, Failure>) -> String {
    let failure = match checked {
        Ok(coverage) => return format!("clean, {coverage}"),
        Err(failure) => failure,
    };
    let mut tasks: Vec<String> = failure
        .stuck()
        .iter()
        .map(|task| {
            let cause = format!("{:?}", task.cause());
            let name = |c: char| c.is_alphanumeric() || c == '(';
            let cause: String = cause.chars().take_while(|c| name(*c)).collect();
            format!("{:?} {:?} {cause}", task.is_body(), task.waits_on())
        })
        .collect();
    tasks.sort();
    format!("{}: {tasks:#?}", failure.kind())
}

#[test]
fn a_printed_script_comes_to_the_same_verdict() {
    let builder = Builder::new().engine(Engine::Systematic).schedules(40);
    let mut clean = 0;
    for (number, (script, case)) in scripts().iter().zip(CASES).enumerate() {
        let interpreted = run(&builder, script);
        let compiled = builder.check(case);
        let (interpreted, compiled) = (verdict(&interpreted), verdict(&compiled));
        assert_eq!(interpreted, compiled, "case {number}\n{script}");
        clean += usize::from(interpreted.starts_with("clean"));
    }
    let failing = PRINTED - clean;
    assert!(failing >= 10, "only {failing} of {PRINTED} fail");
}
