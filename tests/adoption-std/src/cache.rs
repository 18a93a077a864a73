//! A cache whose entries grow old, with a count of hits for each thread.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, OnceLock, RwLock};
use std::time::{Duration, Instant};

thread_local! {
    /// Hits of this thread.
    static HITS: Cell<u64> = const { Cell::new(0) };
}

static MADE: AtomicU64 = AtomicU64::new(0);
static PREFIX: LazyLock<String> = LazyLock::new(|| String::from("cache"));

/// A cache of texts.
pub struct Cache {
    name: OnceLock<String>,
    entries: RwLock<BTreeMap<u32, (Instant, String)>>,
    age: Duration,
}

impl Cache {
    /// A cache whose entries live so long.
    pub const fn new(age: Duration) -> Cache {
        Cache {
            name: OnceLock::new(),
            entries: RwLock::new(BTreeMap::new()),
            age,
        }
    }

    /// Its name, which it gets when somebody asks.
    pub fn name(&self) -> &str {
        self.name
            .get_or_init(|| format!("{}-{}", *PREFIX, MADE.fetch_add(1, Ordering::Relaxed)))
    }

    /// The text for a key, made anew if there is none or it is too old.
    pub fn get(&self, key: u32, make: impl FnOnce() -> String) -> String {
        let known = self.entries.read().unwrap().get(&key).cloned();
        if let Some((made, text)) = known
            && made.elapsed() < self.age
        {
            HITS.with(|hits| hits.set(hits.get() + 1));
            return text;
        }
        let text = make();
        let entry = (Instant::now(), text.clone());
        self.entries.write().unwrap().insert(key, entry);
        text
    }

    /// How often this thread found something.
    pub fn hits() -> u64 {
        HITS.get()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[tokio::test]
    async fn an_entry_grows_old_in_virtual_time() {
        let cache = Cache::new(Duration::from_secs(3600));
        assert_eq!(cache.get(1, || "old".into()), "old");
        assert_eq!(cache.get(1, || "new".into()), "old");
        thread::sleep(Duration::from_secs(1800));
        let half = Instant::now() + Duration::from_secs(1800);
        tokio::time::sleep_until(tokio::time::Instant::from_std(half)).await;
        assert_eq!(cache.get(1, || "new".into()), "new");
        assert_eq!(Cache::hits(), 1);
    }

    #[tokio::test]
    async fn threads_see_one_name_and_count_their_own_hits() {
        let cache = Cache::new(Duration::MAX);
        thread::scope(|scope| {
            let threads = [(); 2].map(|()| {
                scope.spawn(|| {
                    cache.get(1, || "text".into());
                    cache.get(1, || unreachable!("it is there"));
                    (cache.name(), Cache::hits())
                })
            });
            for thread in threads {
                let (name, hits) = thread.join().unwrap();
                assert_eq!(name, cache.name());
                assert!(matches!(hits, 1 | 2));
            }
        });
        assert_eq!(Cache::hits(), 0);
    }
}
