//! Real tokio as a guest of an execution: a runtime of one thread whose clock is paused, for
//! dependencies that were not compiled with the line of the mirror.
//!
//! Not here: when it runs (`executor::guest`).

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use ::tokio::runtime::{Builder, Runtime};
use ::tokio::time::{Instant, advance, sleep_until};

use crate::executor::guest::{Guest, Share};

/// tokio's timers are in a wheel of six levels, with 64 slots each; a slot of the first is 1 ms.
const SLOTS: u64 = 64;
const LEVELS: u32 = 6;

struct RealTokio {
    /// Taken when it is dropped.
    runtime: Option<Runtime>,
    began: Instant,
    moments: Arc<Moments>,
}

/// The moments at which tokio calls back: its thread is about to park, and it did.
#[derive(Default)]
struct Moments(Mutex<Waits>);

#[derive(Default)]
struct Waits {
    before_park: Option<Waker>,
    /// Only once the clock is later than this: the first time tokio may only see that it was woken
    /// before.
    after_park: Option<(Instant, Waker)>,
}

impl Moments {
    fn with<R>(&self, action: impl FnOnce(&mut Waits) -> R) -> R {
        action(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A new runtime.
pub(crate) fn real_tokio() -> Rc<dyn Guest> {
    let moments = Arc::new(Moments::default());
    let (before, after) = (Arc::clone(&moments), Arc::clone(&moments));
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .on_thread_park(move || {
            before.with(|waits| waits.before_park.take().into_iter().for_each(Waker::wake));
        })
        .on_thread_unpark(move || {
            after.with(|waits| {
                let waker = waits
                    .after_park
                    .take_if(|(before, _)| Instant::now() > *before);
                waker.into_iter().for_each(|(_, waker)| waker.wake());
            });
        })
        .build();
    let runtime = runtime.unwrap_or_else(|error| panic!("no runtime for a dependency: {error}"));
    let began = {
        let _entered = runtime.enter();
        Instant::now()
    };
    Rc::new(RealTokio {
        runtime: Some(runtime),
        began,
        moments,
    })
}

impl RealTokio {
    fn runtime(&self) -> &Runtime {
        self.runtime
            .as_ref()
            .expect("it is taken by the drop alone")
    }

    /// Lets every task that is ready go once: tokio polls what it blocks on again after that.
    async fn turn() {
        ::tokio::task::yield_now().await;
    }

    /// Lets tasks go until tokio is about to park.
    fn rest(&self) -> impl Future<Output = ()> {
        let mut set = false;
        poll_fn(move |context| {
            let waiting = self.moments.with(|waits| {
                if !set {
                    waits.before_park = Some(context.waker().clone());
                }
                waits.before_park.is_some()
            });
            set = true;
            if waiting {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
    }

    /// Parks until something has happened in the wheel of timers, or it is so late. Whether that was
    /// before then.
    async fn timer(&self, limit: Option<Duration>) -> bool {
        let now = millis(self.now());
        // Without a limit, when the highest level turns next: a moment that nobody waits for.
        let longest = SLOTS.pow(LEVELS - 1);
        let end = limit.map_or((now / longest + 1) * longest, |limit| {
            millis(limit + Duration::from_nanos(999_999))
        });
        if end <= now {
            return false;
        }
        let stop = self.began + Duration::from_millis(next_stop(now, end));
        let mut own = pin!(sleep_until(stop));
        let before = Instant::now();
        poll_fn(|context| {
            if own.as_mut().poll(context).is_ready() || Instant::now() > before {
                return Poll::Ready(());
            }
            let waker = context.waker().clone();
            self.moments
                .with(|waits| waits.after_park = Some((before, waker)));
            Poll::Pending
        })
        .await;
        millis(self.now()) < end
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The first time on the way from `now` to `end` at which a timer for `end` would move to a lower
/// level of the wheel: a timer for that time moves nowhere before it fires.
fn next_stop(now: u64, end: u64) -> u64 {
    let slots = (0..LEVELS).rev().map(|level| SLOTS.pow(level));
    let mut stops = slots.map(|slot| end / slot * slot);
    stops.find(|&stop| stop > now).unwrap_or(end)
}

impl Guest for RealTokio {
    fn enter(&self, action: &mut dyn FnMut()) {
        let _entered = self.runtime().enter();
        action();
    }

    fn now(&self) -> Duration {
        Instant::now() - self.began
    }

    fn has_work(&self) -> bool {
        self.runtime().metrics().global_queue_depth() > 0
    }

    fn run(&self, now: Duration, share: Share) -> bool {
        let runtime = self.runtime();
        let behind = now.saturating_sub(self.now());
        if behind > Duration::ZERO {
            runtime.block_on(advance(behind));
        }
        match share {
            Share::Turn => runtime.block_on(RealTokio::turn()),
            Share::Rest => runtime.block_on(self.rest()),
            Share::Timer(limit) => return runtime.block_on(self.timer(limit)),
        }
        false
    }
}

impl Drop for RealTokio {
    fn drop(&mut self) {
        // Without waiting for threads that a dependency made it start.
        self.runtime
            .take()
            .into_iter()
            .for_each(Runtime::shutdown_background);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_a_time_stops_where_the_wheel_turns() {
        let way = |from: u64, to: u64| -> Vec<u64> {
            let stops =
                std::iter::successors(Some(from), |&now| (now < to).then(|| next_stop(now, to)));
            stops.skip(1).collect()
        };
        assert_eq!(way(0, 20), [20]);
        assert_eq!(way(63, 83), [64, 83]);
        assert_eq!(way(0, 4_096), [4_096]);
        assert_eq!(way(5, 4_096 + 70), [4_096, 4_160, 4_166]);
    }
}
