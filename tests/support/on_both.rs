//! Runs scripts on real tokio and on the mirror, each on one thread whose clock stands still until
//! nothing else can happen, and compares what they wrote down.
//!
//! Not here: the scripts, which each test has for its own primitives.

use std::future::Future;
use std::sync::{Arc, Mutex};

use leak_harness::{Builder, Engine, Flavor};

/// Runs the scripts of so many seeds on both.
pub fn agree<R, M>(
    seeds: u64,
    real: impl Fn(u64) -> R,
    mirrored: impl Fn(u64) -> M + Copy + Send + Sync + 'static,
) where
    R: Future<Output = Vec<String>>,
    M: Future<Output = Vec<String>> + 'static,
{
    for seed in 0..seeds {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let expected = runtime.block_on(real(seed));
        assert!(!expected.is_empty());
        let log = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&log);
        let builder = Builder::new().engine(Engine::Random).schedules(1);
        let builder = builder.flavor(Flavor::CurrentThread).early_timers(0);
        let checked = builder.check(move || {
            let kept = Arc::clone(&kept);
            async move { *kept.lock().unwrap() = mirrored(seed).await }
        });
        checked.unwrap_or_else(|failure| panic!("seed {seed}: {failure}"));
        assert_eq!(*log.lock().unwrap(), expected, "seed {seed}");
    }
}
