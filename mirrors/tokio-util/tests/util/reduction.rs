//! The systematic engine sees every outcome that brute force sees.

use tokio::spawn;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::outcomes::{note, same_outcomes};

#[test]
fn which_of_two_cancels_ends_a_wait() {
    same_outcomes(3, |log| async move {
        let token = CancellationToken::new();
        let tasks = [(), ()].map(|()| {
            let token = token.clone();
            spawn(async move {
                let first = !token.is_cancelled();
                token.cancel();
                first
            })
        });
        token.cancelled().await;
        for task in tasks {
            note(&log, task.is_finished());
            note(&log, task.await.unwrap());
        }
    });
}

#[test]
fn a_parent_a_child_and_looks_at_a_grandchild() {
    same_outcomes(3, |log| async move {
        let token = CancellationToken::new();
        let child = token.child_token();
        let grandchild = child.child_token();
        let looks = spawn(async move {
            let first = grandchild.is_cancelled();
            note(&log, format!("{first} {}", grandchild.is_cancelled()));
        });
        let cancels = spawn(async move { token.cancel() });
        child.cancel();
        cancels.await.unwrap();
        looks.await.unwrap();
    });
}

#[test]
fn looks_at_a_tracker_beside_its_tasks() {
    same_outcomes(4, |log| async move {
        let tracker = TaskTracker::new();
        tracker.spawn(async {});
        let other = tracker.clone();
        let late = spawn(async move { drop(other.token()) });
        note(&log, tracker.len());
        tracker.close();
        note(&log, tracker.len());
        tracker.wait().await;
        note(&log, tracker.len());
        late.await.unwrap();
    });
}

#[test]
fn a_wait_for_a_tracker_beside_a_closing_and_an_end() {
    same_outcomes(2, |log| async move {
        let tracker = TaskTracker::new();
        let token = CancellationToken::new();
        let ends = token.clone();
        tracker.spawn(async move { ends.cancel() });
        let closes = tracker.clone();
        let closing = spawn(async move {
            closes.close();
        });
        tracker.wait().await;
        note(&log, token.is_cancelled());
        note(&log, closing.is_finished());
        closing.await.unwrap();
    });
}
