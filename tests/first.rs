//! The way through the house, end to end, on both hosts.

use leak_harness::sync::mpsc;
use leak_harness::time::{Duration, sleep, timeout};
use leak_harness::{Builder, Engine, FailureKind, Operation, spawn};

const HOSTS: [Engine; 2] = [Engine::Systematic, Engine::Loom];

#[test]
fn a_pair_that_ends_is_clean() {
    for engine in HOSTS {
        let coverage = Builder::new()
            .engine(engine)
            .exhaustive(true)
            .check(|| async {
                let (tx, mut rx) = mpsc::channel::<u32>(1);
                let sender = spawn(async move {
                    tx.send(1).await.unwrap();
                    tx.send(2).await.unwrap();
                });
                assert_eq!(rx.recv().await, Some(1));
                assert_eq!(rx.recv().await, Some(2));
                assert_eq!(rx.recv().await, None);
                sender.await.unwrap();
            });
        assert!(coverage.unwrap().exhaustive());
    }
}

#[test]
fn a_task_that_is_left_waiting_is_a_leak() {
    for engine in HOSTS {
        let failure = Builder::new().engine(engine).check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(1);
            spawn(async move { while rx.recv().await.is_some() {} });
            tx.send(1).await.unwrap();
            std::mem::forget(tx);
        });
        let failure = failure.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Leak);
        let waits_on = failure.stuck()[0].waits_on().unwrap();
        assert_eq!(waits_on.operation, Operation::Recv);
    }
}

#[test]
fn a_reply_to_a_caller_that_gave_up_is_found() {
    let failure = Builder::new().check(|| async {
        let (reply, mut replies) = mpsc::channel::<u32>(1);
        spawn(async move {
            reply.send(1).await.ok();
            reply.send(2).await.ok();
        });
        let _ = timeout(Duration::from_secs(1), replies.recv()).await;
        sleep(Duration::from_secs(1)).await;
        std::mem::forget(replies);
    });
    let failure = failure.unwrap_err();
    assert_eq!(
        failure.stuck()[0].waits_on().unwrap().operation,
        Operation::Send
    );
}
