//! The mirror of `tokio_util::task::JoinMap`.
//!
//! Its keys stand in the order in which they came, and so always in the same one.

use std::borrow::Borrow;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::future::Future;
use std::hash::{BuildHasher, Hash};
use std::iter::FusedIterator;
use std::mem;

use leak_harness::__private::seam::join_next_with_id;
use leak_harness::Site;
use leak_harness::runtime::Handle;
use leak_harness::task::{AbortHandle, Id, JoinError, JoinSet, LocalSet};

/// Tasks with keys: `tokio_util::task::JoinMap`. Dropping it aborts them.
pub struct JoinMap<K, V, S = RandomState> {
    /// The tasks that were not joined, and not replaced.
    keys: Vec<(K, AbortHandle)>,
    tasks: JoinSet<V>,
    /// Of no use: a few keys are compared one by one.
    _hasher: Option<S>,
}

impl<K, V> JoinMap<K, V> {
    /// Without tasks: `tokio_util::task::JoinMap::new`.
    #[must_use]
    #[track_caller]
    pub fn new() -> JoinMap<K, V> {
        JoinMap::with_capacity(0)
    }

    /// With room for so many tasks: `tokio_util::task::JoinMap::with_capacity`.
    #[must_use]
    #[track_caller]
    pub fn with_capacity(capacity: usize) -> JoinMap<K, V> {
        JoinMap::made(capacity, None)
    }
}

impl<K, V, S> JoinMap<K, V, S> {
    /// Without tasks: `tokio_util::task::JoinMap::with_hasher`.
    #[must_use]
    #[track_caller]
    pub fn with_hasher(hasher: S) -> JoinMap<K, V, S> {
        JoinMap::with_capacity_and_hasher(0, hasher)
    }

    /// With room for so many tasks: `tokio_util::task::JoinMap::with_capacity_and_hasher`.
    #[must_use]
    #[track_caller]
    pub fn with_capacity_and_hasher(capacity: usize, hasher: S) -> JoinMap<K, V, S> {
        JoinMap::made(capacity, Some(hasher))
    }

    #[track_caller]
    fn made(capacity: usize, hasher: Option<S>) -> JoinMap<K, V, S> {
        JoinMap {
            keys: Vec::with_capacity(capacity),
            tasks: JoinSet::new(),
            _hasher: hasher,
        }
    }

    /// How many tasks there are: `tokio_util::task::JoinMap::len`.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no task: `tokio_util::task::JoinMap::is_empty`.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How many tasks there is room for: `tokio_util::task::JoinMap::capacity`.
    pub fn capacity(&self) -> usize {
        self.keys.capacity()
    }
}

impl<K, V, S> JoinMap<K, V, S>
where
    K: Hash + Eq,
    V: 'static,
    S: BuildHasher,
{
    /// Spawns a task; one with the same key is aborted: `tokio_util::task::JoinMap::spawn`.
    #[track_caller]
    pub fn spawn<F>(&mut self, key: K, task: F)
    where
        F: Future<Output = V> + Send + 'static,
        V: Send,
    {
        let task = self.tasks.spawn(task);
        self.insert(key, task);
    }

    /// Spawns a task on a runtime: `tokio_util::task::JoinMap::spawn_on`.
    #[track_caller]
    pub fn spawn_on<F>(&mut self, key: K, task: F, handle: &Handle)
    where
        F: Future<Output = V> + Send + 'static,
        V: Send,
    {
        let task = self.tasks.spawn_on(task, handle);
        self.insert(key, task);
    }

    /// Runs a closure that may block: `tokio_util::task::JoinMap::spawn_blocking`.
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, key: K, f: F)
    where
        F: FnOnce() -> V + Send + 'static,
        V: Send,
    {
        let task = self.tasks.spawn_blocking(f);
        self.insert(key, task);
    }

    /// Runs a closure that may block, on a runtime:
    /// `tokio_util::task::JoinMap::spawn_blocking_on`.
    #[track_caller]
    pub fn spawn_blocking_on<F>(&mut self, key: K, f: F, handle: &Handle)
    where
        F: FnOnce() -> V + Send + 'static,
        V: Send,
    {
        let task = self.tasks.spawn_blocking_on(f, handle);
        self.insert(key, task);
    }

    /// Spawns a task on the current `LocalSet`: `tokio_util::task::JoinMap::spawn_local`.
    #[track_caller]
    pub fn spawn_local<F>(&mut self, key: K, task: F)
    where
        F: Future<Output = V> + 'static,
    {
        let task = self.tasks.spawn_local(task);
        self.insert(key, task);
    }

    /// Spawns a task on a `LocalSet`: `tokio_util::task::JoinMap::spawn_local_on`.
    #[track_caller]
    pub fn spawn_local_on<F>(&mut self, key: K, task: F, local_set: &LocalSet)
    where
        F: Future<Output = V> + 'static,
    {
        let task = self.tasks.spawn_local_on(task, local_set);
        self.insert(key, task);
    }

    #[track_caller]
    fn insert(&mut self, key: K, task: AbortHandle) {
        match self.keys.iter_mut().find(|(known, _)| *known == key) {
            Some(entry) => {
                let (_old, replaced) = mem::replace(entry, (key, task));
                replaced.abort();
            }
            None => self.keys.push((key, task)),
        }
    }

    fn remove(&mut self, id: Id) -> Option<K> {
        let place = self.keys.iter().position(|(_, task)| task.id() == id)?;
        Some(self.keys.remove(place).0)
    }

    /// The key of a joined task; none if another one has taken its place.
    fn with_key(
        &mut self,
        joined: Result<(Id, V), JoinError>,
    ) -> Option<(K, Result<V, JoinError>)> {
        let (id, result) = match joined {
            Ok((id, output)) => (id, Ok(output)),
            Err(error) => (error.id(), Err(error)),
        };
        Some((self.remove(id)?, result))
    }

    /// Waits for a task to end: `tokio_util::task::JoinMap::join_next`.
    #[track_caller]
    pub fn join_next(&mut self) -> impl Future<Output = Option<(K, Result<V, JoinError>)>> {
        let site = Site::caller();
        async move {
            loop {
                let joined = join_next_with_id(&mut self.tasks, site).await?;
                let joined = self.with_key(joined);
                if joined.is_some() {
                    return joined;
                }
            }
        }
    }

    /// A task that has ended, if there is one: `tokio_util::task::JoinMap::try_join_next`.
    #[track_caller]
    pub fn try_join_next(&mut self) -> Option<(K, Result<V, JoinError>)> {
        loop {
            let joined = self.tasks.try_join_next_with_id()?;
            let joined = self.with_key(joined);
            if joined.is_some() {
                return joined;
            }
        }
    }

    /// Aborts all tasks, and waits for their ends: `tokio_util::task::JoinMap::shutdown`.
    #[track_caller]
    pub fn shutdown(&mut self) -> impl Future<Output = ()> {
        let site = Site::caller();
        async move {
            self.abort_all();
            while let Some(joined) = join_next_with_id(&mut self.tasks, site).await {
                drop(self.with_key(joined));
            }
        }
    }

    /// Aborts a task; whether there is one with this key: `tokio_util::task::JoinMap::abort`.
    #[track_caller]
    pub fn abort<Q>(&mut self, key: &Q) -> bool
    where
        Q: ?Sized + Hash + Eq,
        K: Borrow<Q>,
    {
        let task = self.get(key);
        task.into_iter().for_each(AbortHandle::abort);
        task.is_some()
    }

    /// Aborts the tasks with such keys: `tokio_util::task::JoinMap::abort_matching`.
    #[track_caller]
    pub fn abort_matching(&mut self, mut wanted: impl FnMut(&K) -> bool) {
        for (key, task) in &self.keys {
            if wanted(key) {
                task.abort();
            }
        }
    }

    /// The keys of all tasks: `tokio_util::task::JoinMap::keys`.
    pub fn keys(&self) -> JoinMapKeys<'_, K, V> {
        JoinMapKeys {
            keys: self.keys.iter(),
            _value: std::marker::PhantomData,
        }
    }

    fn get<Q>(&self, key: &Q) -> Option<&AbortHandle>
    where
        Q: ?Sized + Eq,
        K: Borrow<Q>,
    {
        let entry = self.keys.iter().find(|(known, _)| known.borrow() == key);
        entry.map(|(_, task)| task)
    }

    /// Whether there is a task with this key: `tokio_util::task::JoinMap::contains_key`.
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        Q: ?Sized + Hash + Eq,
        K: Borrow<Q>,
    {
        self.get(key).is_some()
    }

    /// Whether there is a task with this id: `tokio_util::task::JoinMap::contains_task`.
    pub fn contains_task(&self, id: &Id) -> bool {
        self.keys.iter().any(|(_, task)| task.id() == *id)
    }

    /// Makes room for more tasks: `tokio_util::task::JoinMap::reserve`.
    pub fn reserve(&mut self, additional: usize) {
        self.keys.reserve(additional);
    }

    /// Gives up room: `tokio_util::task::JoinMap::shrink_to_fit`.
    pub fn shrink_to_fit(&mut self) {
        self.keys.shrink_to_fit();
    }

    /// Gives up room: `tokio_util::task::JoinMap::shrink_to`.
    pub fn shrink_to(&mut self, min_capacity: usize) {
        self.keys.shrink_to(min_capacity);
    }
}

impl<K, V: 'static, S> JoinMap<K, V, S> {
    /// Aborts all tasks: `tokio_util::task::JoinMap::abort_all`.
    #[track_caller]
    pub fn abort_all(&mut self) {
        self.tasks.abort_all();
    }

    /// Forgets all tasks, which go on: `tokio_util::task::JoinMap::detach_all`.
    #[track_caller]
    pub fn detach_all(&mut self) {
        self.tasks.detach_all();
        self.keys.clear();
    }
}

impl<K, V> Default for JoinMap<K, V> {
    #[track_caller]
    fn default() -> JoinMap<K, V> {
        JoinMap::new()
    }
}

impl<K: fmt::Debug, V, S> fmt::Debug for JoinMap<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.keys.iter().map(|(key, task)| (key, task.id()));
        f.debug_map().entries(keys).finish()
    }
}

/// The keys of a [`JoinMap`]: `tokio_util::task::JoinMapKeys`.
#[derive(Debug, Clone)]
pub struct JoinMapKeys<'a, K, V> {
    keys: std::slice::Iter<'a, (K, AbortHandle)>,
    _value: std::marker::PhantomData<&'a V>,
}

impl<'a, K, V> Iterator for JoinMapKeys<'a, K, V> {
    type Item = &'a K;

    fn next(&mut self) -> Option<&'a K> {
        self.keys.next().map(|(key, _)| key)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.keys.size_hint()
    }
}

impl<K, V> ExactSizeIterator for JoinMapKeys<'_, K, V> {}
impl<K, V> FusedIterator for JoinMapKeys<'_, K, V> {}
