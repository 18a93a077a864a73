//! `PollSender` and `PollSemaphore`: what they wait for, and where they say so.

use std::future::poll_fn;
use std::sync::Arc;

use futures::{SinkExt, StreamExt};
use leak_harness::{ObjectKind, Operation};
use tokio::spawn;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::{PollSemaphore, PollSender};

use crate::{clean, leaves_waiting};

#[test]
fn a_polled_sender_waits_for_room_that_never_comes() {
    leaves_waiting(
        Operation::Reserve,
        ObjectKind::Mpsc,
        "tx.poll_reserve(",
        || async {
            let (tx, rx) = mpsc::channel::<u32>(1);
            std::mem::forget(rx);
            let mut tx = PollSender::new(tx);
            spawn(async move {
                for value in 0..2 {
                    let room = poll_fn(|context| tx.poll_reserve(context));
                    room.await.unwrap();
                    tx.send_item(value).unwrap();
                }
            });
        },
    );
}

#[test]
fn a_sink_names_the_place_where_it_was_made() {
    leaves_waiting(
        Operation::Reserve,
        ObjectKind::Mpsc,
        "PollSender::new(",
        || async {
            let (tx, rx) = mpsc::channel::<u32>(1);
            std::mem::forget(rx);
            let mut tx = PollSender::new(tx);
            spawn(async move {
                tx.send(1).await.unwrap();
                tx.send(2).await.unwrap();
            });
        },
    );
}

#[test]
fn a_sink_delivers_in_order_and_closes_its_channel() {
    clean(|| async {
        let (tx, mut rx) = mpsc::channel::<u32>(1);
        let mut tx = PollSender::new(tx);
        let sends = spawn(async move {
            tx.send(1).await.unwrap();
            tx.send(2).await.unwrap();
            SinkExt::<u32>::close(&mut tx).await.unwrap();
            assert!(tx.is_closed() && tx.get_ref().is_none());
            assert_eq!(tx.send_item(3).unwrap_err().into_inner(), Some(3));
        });
        assert_eq!(rx.recv().await, Some(1));
        assert_eq!(rx.recv().await, Some(2));
        assert_eq!(rx.recv().await, None);
        sends.await.unwrap();
    });
}

#[test]
fn a_polled_semaphore_waits_for_a_permit_that_is_kept() {
    leaves_waiting(
        Operation::Acquire,
        ObjectKind::Semaphore,
        "PollSemaphore::new(",
        || async {
            let semaphore = Arc::new(Semaphore::new(1));
            let kept = Arc::clone(&semaphore).acquire_owned().await.unwrap();
            spawn(async move {
                let mut polled = PollSemaphore::new(semaphore);
                polled.next().await
            });
            std::mem::forget(kept);
        },
    );
}

#[test]
fn a_polled_semaphore_gives_its_permits_in_every_order() {
    clean(|| async {
        let semaphore = Arc::new(Semaphore::new(1));
        let tasks = [(), ()].map(|()| {
            let mut polled = PollSemaphore::new(Arc::clone(&semaphore));
            spawn(async move {
                let permit = poll_fn(|context| polled.poll_acquire(context)).await;
                assert!(permit.is_some());
                polled.close();
            })
        });
        let [first, second] = tasks;
        let ends = [first.await, second.await];
        // Who comes second finds it closed.
        assert_eq!(ends.iter().filter(|end| end.is_err()).count(), 1);
    });
}
