//! Timers that wake something of the user's, which is no task.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use leak_harness::sync::{Mutex, mpsc};
use leak_harness::time::sleep;
use leak_harness::{Builder, Engine, spawn};

/// Tells a channel that it was woken.
struct Bell(mpsc::UnboundedSender<()>);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.send(()).ok();
    }
}

/// The body waits for the bell beside the sleep that rings it, so that it may ring while another task
/// goes on.
async fn rings() {
    let (tx, mut rx) = mpsc::unbounded_channel();
    let bell = Waker::from(Arc::new(Bell(tx)));
    let lock = Arc::new(Mutex::new(0));
    let other = Arc::clone(&lock);
    let beside = spawn(async move {
        for _ in 0..2 {
            *other.lock().await += 1;
        }
    });
    let mut alarm = pin!(sleep(Duration::from_millis(1)));
    assert!(
        alarm
            .as_mut()
            .poll(&mut Context::from_waker(&bell))
            .is_pending()
    );
    drop(bell);
    assert_eq!(rx.recv().await, Some(()));
    beside.await.unwrap();
    assert_eq!(*lock.lock().await, 2);
}

#[test]
fn what_a_waker_does_when_a_timer_fires_is_part_of_that() {
    for engine in [Engine::Systematic, Engine::BruteForce, Engine::Random] {
        let coverage = Builder::new().engine(engine).schedules(2_000).check(rings);
        coverage.unwrap_or_else(|failure| panic!("{engine:?}: {failure}"));
    }
}
