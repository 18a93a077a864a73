//! Word from other OS threads: wakes of tasks, and uses of objects, of a live execution.
//!
//! Neither can be controlled, so either makes the verdict `Unsupported`; but a wake must not be
//! lost, or that verdict would be a false leak.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::trace::{ExecutionId, Site};

/// The inboxes of all checks that run in this process.
static LIVE: Mutex<Vec<Arc<Inbox>>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where other OS threads leave word for one check.
#[derive(Default)]
pub(super) struct Inbox {
    letters: Mutex<Letters>,
    arrived: Condvar,
}

#[derive(Default)]
struct Letters {
    /// Which execution they are for; none before the first.
    execution: Option<ExecutionId>,
    /// Whether there is any.
    any: bool,
    /// Where an object was used, by the first that says so.
    site: Option<Site>,
}

/// What came in from other OS threads.
pub(super) struct Foreign {
    /// Where another thread used an object of the execution, if it did so through the mirror.
    pub(super) site: Option<Site>,
}

impl Inbox {
    /// An inbox that other threads can find until it is [closed](Inbox::close).
    pub(super) fn open() -> Arc<Inbox> {
        let inbox = Arc::new(Inbox::default());
        lock(&LIVE).push(Arc::clone(&inbox));
        inbox
    }

    pub(super) fn close(self: &Arc<Inbox>) {
        lock(&LIVE).retain(|inbox| !Arc::ptr_eq(inbox, self));
    }

    /// Word for any other execution is ignored from now on.
    pub(super) fn begin(&self, execution: ExecutionId) {
        *lock(&self.letters) = Letters {
            execution: Some(execution),
            ..Letters::default()
        };
    }

    /// What came in; with a grace, waits that long for the first word.
    pub(super) fn collect(&self, grace: Duration) -> Option<Foreign> {
        let letters = lock(&self.letters);
        let (letters, _) = self
            .arrived
            .wait_timeout_while(letters, grace, |letters| !letters.any)
            .unwrap_or_else(PoisonError::into_inner);
        letters.any.then_some(Foreign { site: letters.site })
    }
}

/// Leaves word for an execution, if it is still on.
fn post(execution: ExecutionId, site: Option<Site>, counts: bool) {
    for inbox in lock(&LIVE).iter() {
        let mut letters = lock(&inbox.letters);
        if letters.execution == Some(execution) {
            letters.any |= counts;
            letters.site = letters.site.or(site);
            inbox.arrived.notify_all();
        }
    }
}

/// A waker of `execution` was used on a thread that does not run it.
pub(super) fn post_wake(execution: ExecutionId) {
    post(execution, None, true);
}

/// An object of `execution` was used on a thread that does not run it. That counts by itself if
/// `own`; otherwise it is only the place of a wake that may follow.
pub(crate) fn post_use(execution: ExecutionId, site: Site, own: bool) {
    post(execution, Some(site), own);
}
