//! `Notify`: whom a notification reaches, and when it is lost.

use std::pin::pin;
use std::sync::Arc;

use leak_harness::sync::Notify;
use leak_harness::{ObjectKind, Operation, spawn};

use crate::{clean, leaves_waiting};

static NOTIFY: Notify = Notify::const_new();

#[test]
fn one_notification_is_kept_and_no_more() {
    clean(|| async {
        let notify = Notify::new();
        notify.notify_one();
        notify.notify_one();
        notify.notified().await;
        let mut second = pin!(notify.notified());
        assert!(futures::poll!(second.as_mut()).is_pending());
        notify.notify_last();
        second.as_mut().await;
        // As tokio's, it may be polled again.
        assert!(futures::poll!(second).is_ready());
    });
}

#[test]
fn a_task_that_waits_is_notified_in_every_order() {
    clean(|| async {
        let notify = Arc::new(Notify::new());
        let other = Arc::clone(&notify);
        let task = spawn(async move { other.notified_owned().await });
        notify.notify_one();
        task.await.unwrap();
        let task = spawn(async { NOTIFY.notified().await });
        NOTIFY.notify_one();
        task.await.unwrap();
    });
}

#[test]
fn notify_waiters_reaches_who_was_created_or_enabled_before() {
    clean(|| async {
        let notify = Arc::new(Notify::new());
        let created = notify.notified();
        let mut enabled = pin!(Arc::clone(&notify).notified_owned());
        assert!(!enabled.as_mut().enable());
        notify.notify_waiters();
        created.await;
        assert!(enabled.as_mut().enable());
        enabled.await;
        let mut late = pin!(notify.notified());
        assert!(futures::poll!(late.as_mut()).is_pending());
    });
}

#[test]
fn a_notified_that_is_dropped_passes_its_notification_on() {
    clean(|| async {
        let notify = Notify::new();
        let mut second = pin!(notify.notified());
        {
            let mut first = pin!(notify.notified());
            first.as_mut().enable();
            second.as_mut().enable();
            notify.notify_one();
        }
        second.await;
    });
}

#[test]
fn a_notification_that_came_too_early_is_found() {
    let line = line!() + 4;
    leaves_waiting(Operation::Notified, ObjectKind::Notify, line, || async {
        let notify = Arc::new(Notify::new());
        let other = Arc::clone(&notify);
        spawn(async move { other.notified().await });
        notify.notify_waiters();
    });
}
