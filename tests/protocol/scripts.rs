//! Scripts that behave, and what a failing one is made small to.
//!
//! Not here: which failures there are (`causes`).

use leak_harness::protocol::{self, Party, Script, Step, Thing, Topology};
use leak_harness::{Builder, Cause, FailureKind, leak_test};
use proptest::test_runner::{Config, TestError};

use crate::{drawn, run};

#[test]
fn a_script_without_misdeeds_is_clean() {
    let builder = Builder::new().schedules(60);
    let mut exhaustive = 0;
    for script in drawn(protocol::well_behaved(), 256) {
        match run(&builder, &script) {
            Ok(coverage) => exhaustive += usize::from(coverage.exhaustive()),
            Err(failure) => panic!("{script}\n{failure}"),
        }
    }
    assert!(exhaustive > 128, "only {exhaustive} of 256 exhaustively");
}

#[test]
fn every_script_that_is_drawn_can_be_run() {
    for topology in Topology::ALL {
        for script in drawn(topology.scripts(), 200) {
            assert_eq!(script.problem(), None, "{:?}", script.parties);
        }
    }
}

/// The smallest script with a failure that counts, as a property finds it.
fn smallest(topology: Topology, counts: fn(&Cause) -> bool) -> Script {
    let config = Config {
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..Config::with_cases(500)
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let builder = Builder::new().schedules(40);
    let found = runner.run(&topology.scripts(), |script| {
        let beats = |step: &Step| matches!(step, Step::Until(..));
        if script.has_step(beats) {
            return Ok(());
        }
        let Err(failure) = run(&builder, &script) else {
            return Ok(());
        };
        let mut causes = failure.stuck().iter().filter_map(|task| task.cause());
        proptest::prop_assert!(!causes.any(counts));
        Ok(())
    });
    match found {
        Err(TestError::Fail(_, script)) => script,
        other => panic!("nothing found: {other:?}"),
    }
}

#[test]
fn a_failing_script_is_made_small() {
    let small = smallest(Topology::FanIn, |cause| {
        matches!(cause, Cause::NoReceiverWillReceive { .. })
    });
    expect_test::expect![[r#"
        use leak_harness::spawn;
        use leak_harness::sync::mpsc;

        pub async fn script() {
            let (tx0, mut rx0) = mpsc::channel::<u32>(1);
            // producer 1
            let task1 = spawn({
                let tx0 = tx0.clone();
                async move {
                    for _ in 0..2 {
                        tx0.send(1).await.ok();
                    }
                }
            });
            // producer 2
            let task2 = spawn(async move {
                for _ in 0..2 {
                    tx0.send(1).await.ok();
                }
            });
            rx0.recv().await;
            task1.await.ok();
            task2.await.ok();
        }"#]]
    .assert_eq(&small.to_string());
    let small = smallest(Topology::SharedState, |cause| {
        matches!(cause, Cause::LockCycle { .. })
    });
    expect_test::expect![[r#"
        use std::sync::Arc;
        use leak_harness::spawn;
        use leak_harness::sync::Mutex;

        pub async fn script() {
            let lock0 = Arc::new(Mutex::new(0));
            let lock1 = Arc::new(Mutex::new(0));
            // worker 1
            spawn({
                let lock1 = lock1.clone();
                let lock0 = lock0.clone();
                async move {
                    {
                        let _guard = lock1.lock().await;
                        {
                            let _guard = lock0.lock().await;
                        }
                    }
                }
            });
            {
                let _guard = lock0.lock().await;
                {
                    let _guard = lock1.lock().await;
                }
            }
        }"#]]
    .assert_eq(&small.to_string());
}

fn script(things: Vec<Thing>, parties: Vec<Vec<Step>>) -> Script {
    let role = "party";
    let parties = parties.into_iter().map(|steps| Party { role, steps });
    let parties = parties.collect();
    Script { things, parties }
}

#[test]
fn a_script_that_is_not_possible_says_why() {
    use leak_harness::protocol::End;
    let mpsc = Thing::Mpsc { room: 1 };
    let problem = |things, parties| script(things, parties).problem().unwrap();
    assert_eq!(
        problem(vec![], vec![vec![Step::Send(0)]]),
        "party 0: Send(0) names what there is not"
    );
    assert_eq!(
        problem(vec![mpsc], vec![vec![Step::Notified(0)]]),
        "party 0: Notified(0) names what there is not"
    );
    assert_eq!(
        problem(vec![Thing::Mutex], vec![vec![Step::Notified(0)]]),
        "party 0: Notified(0) does not fit its thing"
    );
    assert_eq!(
        problem(vec![mpsc], vec![vec![Step::Recv(0)], vec![Step::Recv(0)]]),
        "party 1: another party has Receiver(0), which only one can have"
    );
    let drops = || Step::Drop(End::Sender(0));
    assert_eq!(
        problem(vec![mpsc], vec![vec![drops(), Step::Send(0)]]),
        "party 0: Send(0) needs an end that was given away before"
    );
    assert_eq!(
        problem(vec![mpsc], vec![vec![Step::Repeat(2, vec![drops()])]]),
        "party 0: Drop(Sender(0)) gives its end away, in a loop"
    );
    assert_eq!(
        problem(vec![], vec![vec![Step::Panic, Step::Yield]]),
        "party 0: `Panic` is not its last step"
    );
    assert_eq!(
        problem(vec![], vec![vec![Step::Join(1)]]),
        "party 0: Join(1) names what there is not"
    );
    let stuck = script(vec![mpsc], vec![vec![Step::Recv(0), drops()]]);
    let failure = run(&Builder::new(), &stuck).unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Deadlock);
}

#[leak_test(cases = 32)]
async fn a_script_is_an_argument(#[strategy(Topology::FanIn.well_behaved())] script: Script) {
    script.run().await;
}
