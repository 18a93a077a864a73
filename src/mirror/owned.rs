//! Owned guards: a lock that is taken through an `Arc` of ours, and held together with it.
//!
//! The real lock lives inside our `Mutex` or `RwLock`, and an `Arc` of that is what the user has;
//! real owned guards would need an `Arc` of the real lock. An `Arc` inside ours would do, but then
//! `const_new` and `Arc<Mutex<dyn Trait>>` could not be. So here, and nowhere else in the mirror, a
//! real guard that borrows from the owner is kept beside an `Arc` of the owner, with its lifetime
//! forgotten. What it locks is pointed to, so that a guard can be mapped.
//!
//! Not here: waiting for the lock, and guards that borrow.

#![expect(
    unsafe_code,
    reason = "a guard cannot otherwise be kept beside the `Arc` that it borrows from"
)]

use std::fmt;
use std::mem;
use std::ops::{Deref, DerefMut};
use std::ptr;
use std::sync::Arc;

use ::tokio::sync as real;
use real::{MutexGuard, RwLockReadGuard, RwLockWriteGuard, TryLockError};

use super::handle::{WRITER, announce_unlock};
use super::leaf::Located;
use crate::trace::{Operation, Site};

/// What owns a real lock, in a place of its own.
pub(crate) trait Owner<L: ?Sized>: Located {
    fn real(&self) -> &L;
}

/// A real guard: it holds the lock until it is dropped.
trait Hold<'a> {
    /// How much it gives back when it is dropped.
    fn amount(&self) -> usize {
        1
    }

    /// Holds it as a reader from now on, if it can be held so.
    fn downgrade(self: Box<Self>) -> Box<dyn Hold<'a> + 'a>;
}

impl<'a, T: ?Sized> Hold<'a> for MutexGuard<'a, T> {
    fn downgrade(self: Box<Self>) -> Box<dyn Hold<'a> + 'a> {
        self
    }
}

impl<'a, T: ?Sized> Hold<'a> for RwLockReadGuard<'a, T> {
    fn downgrade(self: Box<Self>) -> Box<dyn Hold<'a> + 'a> {
        self
    }
}

impl<'a, T: ?Sized> Hold<'a> for RwLockWriteGuard<'a, T> {
    fn amount(&self) -> usize {
        WRITER
    }

    fn downgrade(self: Box<Self>) -> Box<dyn Hold<'a> + 'a> {
        Box::new(RwLockWriteGuard::downgrade(*self))
    }
}

/// A real guard and the `Arc` that owns what it locks.
struct Held<O: Located + ?Sized> {
    /// Present until the guard is mapped or dropped. Declared, and so dropped, before `owner`.
    guard: Option<Box<dyn Hold<'static>>>,
    /// Keeps what the guard borrows from where it is: as long as it exists nobody can move, drop
    /// or mutably borrow the owner.
    owner: Arc<O>,
    taken_at: Site,
    amount: usize,
}

// SAFETY: a real guard may be sent to another thread whenever the lock may be shared with it, and
// `Held` gives no access to what is locked.
unsafe impl<O: Located + ?Sized> Send for Held<O> where Arc<O>: Send {}
// SAFETY: nothing can be done with a shared `Held` but to look at the owner.
unsafe impl<O: Located + ?Sized> Sync for Held<O> where Arc<O>: Sync {}

impl<O: Located + ?Sized> Held<O> {
    /// # Safety
    ///
    /// `guard` borrows from `*owner` and from nothing else.
    unsafe fn new<'a>(guard: impl Hold<'a> + 'a, owner: &'a Arc<O>, taken_at: Site) -> Held<O> {
        let amount = guard.amount();
        let guard: Box<dyn Hold<'a> + 'a> = Box::new(guard);
        // SAFETY: only lifetimes differ. The guard borrows from what `owner` owns, and an `Arc` of
        // it is kept for as long as the guard is.
        let guard = unsafe {
            mem::transmute::<Box<dyn Hold<'a> + 'a>, Box<dyn Hold<'static> + 'static>>(guard)
        };
        Held {
            guard: Some(guard),
            owner: Arc::clone(owner),
            taken_at,
            amount,
        }
    }

    /// Moves the real guard to a new note of it; this one's drop then means nothing.
    fn hand_on(&mut self) -> Held<O> {
        Held {
            guard: self.guard.take(),
            owner: Arc::clone(&self.owner),
            taken_at: self.taken_at,
            amount: self.amount,
        }
    }
}

impl<O: Located + ?Sized> Drop for Held<O> {
    fn drop(&mut self) {
        if self.guard.is_some() {
            let cell = self.owner.cell();
            announce_unlock(cell, Operation::Unlock, self.taken_at, self.amount);
        }
    }
}

/// Exclusive access to a value behind a lock.
pub(crate) struct Exclusive<O: Located + ?Sized, U: ?Sized> {
    held: Held<O>,
    /// Points into what the guard locks, and is the only way to it. (Not a `NonNull`, in whose
    /// target a type could be exchanged for a supertype.)
    value: *mut U,
}

// SAFETY: it is as an `Arc` of the owner with a `&mut U`.
unsafe impl<O: Located + ?Sized, U: ?Sized + Send> Send for Exclusive<O, U> where Arc<O>: Send {}
// SAFETY: as above; shared, it gives `&U`.
unsafe impl<O: Located + ?Sized, U: ?Sized + Send + Sync> Sync for Exclusive<O, U> where Arc<O>: Sync
{}

impl<O: Located + ?Sized, U: ?Sized> Exclusive<O, U> {
    /// # Safety
    ///
    /// `guard` borrows from `*owner` and from nothing else.
    unsafe fn new<'a, G>(mut guard: G, owner: &'a Arc<O>, taken_at: Site) -> Exclusive<O, U>
    where
        G: Hold<'a> + DerefMut<Target = U> + 'a,
    {
        let value = ptr::from_mut(&mut *guard);
        // SAFETY: as the caller's.
        let held = unsafe { Held::new(guard, owner, taken_at) };
        Exclusive { held, value }
    }

    pub(crate) fn owner(&self) -> &Arc<O> {
        &self.held.owner
    }

    pub(crate) fn map<V: ?Sized>(mut self, f: impl FnOnce(&mut U) -> &mut V) -> Exclusive<O, V> {
        let value = ptr::from_mut(f(&mut *self));
        Exclusive {
            held: self.held.hand_on(),
            value,
        }
    }

    pub(crate) fn try_map<V: ?Sized>(
        mut self,
        f: impl FnOnce(&mut U) -> Option<&mut V>,
    ) -> Result<Exclusive<O, V>, Self> {
        let Some(value) = f(&mut *self).map(ptr::from_mut) else {
            return Err(self);
        };
        let held = self.held.hand_on();
        Ok(Exclusive { held, value })
    }

    /// Gives up writing; the lock is held as before.
    pub(crate) fn share<V: ?Sized>(mut self, f: impl FnOnce(&U) -> &V) -> Shared<O, V> {
        let value = ptr::from_ref(f(&*self));
        let held = self.held.hand_on();
        Shared { held, value }
    }

    pub(crate) fn try_share<V: ?Sized>(
        mut self,
        f: impl FnOnce(&U) -> Option<&V>,
    ) -> Result<Shared<O, V>, Self> {
        let Some(value) = f(&*self).map(ptr::from_ref) else {
            return Err(self);
        };
        let held = self.held.hand_on();
        Ok(Shared { held, value })
    }
}

impl<O: Located + ?Sized, U: ?Sized> Deref for Exclusive<O, U> {
    type Target = U;

    fn deref(&self) -> &U {
        // SAFETY: the guard is held, so the value is locked for this `Exclusive`; it stays where it
        // is for as long as the owner does.
        unsafe { &*self.value }
    }
}

impl<O: Located + ?Sized, U: ?Sized> DerefMut for Exclusive<O, U> {
    fn deref_mut(&mut self) -> &mut U {
        // SAFETY: as above, and the guard excludes all others.
        unsafe { &mut *self.value }
    }
}

/// Shared access to a value behind a lock.
pub(crate) struct Shared<O: Located + ?Sized, U: ?Sized> {
    held: Held<O>,
    /// Points into what the guard locks.
    value: *const U,
}

// SAFETY: it is as an `Arc` of the owner with a `&U`.
unsafe impl<O: Located + ?Sized, U: ?Sized + Sync> Send for Shared<O, U> where Arc<O>: Send {}
// SAFETY: as above.
unsafe impl<O: Located + ?Sized, U: ?Sized + Send + Sync> Sync for Shared<O, U> where Arc<O>: Sync {}

impl<O: Located + ?Sized, U: ?Sized> Shared<O, U> {
    /// # Safety
    ///
    /// `guard` borrows from `*owner` and from nothing else.
    unsafe fn new<'a, G>(guard: G, owner: &'a Arc<O>, taken_at: Site) -> Shared<O, U>
    where
        G: Hold<'a> + Deref<Target = U> + 'a,
    {
        let value = ptr::from_ref(&*guard);
        // SAFETY: as the caller's.
        let held = unsafe { Held::new(guard, owner, taken_at) };
        Shared { held, value }
    }

    pub(crate) fn owner(&self) -> &Arc<O> {
        &self.held.owner
    }

    pub(crate) fn map<V: ?Sized>(mut self, f: impl FnOnce(&U) -> &V) -> Shared<O, V> {
        let value = ptr::from_ref(f(&*self));
        Shared {
            held: self.held.hand_on(),
            value,
        }
    }

    pub(crate) fn try_map<V: ?Sized>(
        mut self,
        f: impl FnOnce(&U) -> Option<&V>,
    ) -> Result<Shared<O, V>, Self> {
        let Some(value) = f(&*self).map(ptr::from_ref) else {
            return Err(self);
        };
        let held = self.held.hand_on();
        Ok(Shared { held, value })
    }
}

impl<O: Located + ?Sized, U: ?Sized> Shared<O, U> {
    /// Lets other readers in, if it still holds the lock as a writer.
    pub(crate) fn downgrade(mut self) -> Self {
        self.held.guard = self.held.guard.take().map(Hold::downgrade);
        self.held.amount = 1;
        self
    }
}

impl<O: Located + ?Sized, U: ?Sized> Deref for Shared<O, U> {
    type Target = U;

    fn deref(&self) -> &U {
        // SAFETY: the guard is held, so nobody writes; the value stays where it is for as long as
        // the owner does.
        unsafe { &*self.value }
    }
}

impl<O: Located + ?Sized, U: ?Sized + fmt::Debug> fmt::Debug for Exclusive<O, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<O: Located + ?Sized, U: ?Sized + fmt::Debug> fmt::Debug for Shared<O, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// Locks a mutex.
pub(crate) async fn lock<O, T>(owner: Arc<O>, site: Site) -> Exclusive<O, T>
where
    O: Owner<real::Mutex<T>> + ?Sized,
    T: ?Sized,
{
    let guard = owner.real().lock().await;
    // SAFETY: `Owner::real` borrows from the owner alone.
    unsafe { Exclusive::new(guard, &owner, site) }
}

/// Locks a mutex if it is free.
pub(crate) fn try_lock<O, T>(owner: &Arc<O>, site: Site) -> Result<Exclusive<O, T>, TryLockError>
where
    O: Owner<real::Mutex<T>> + ?Sized,
    T: ?Sized,
{
    let guard = owner.real().try_lock()?;
    // SAFETY: `Owner::real` borrows from the owner alone.
    Ok(unsafe { Exclusive::new(guard, owner, site) })
}

/// Locks a mutex, outside of executions.
pub(crate) fn blocking_lock<O, T>(owner: &Arc<O>, site: Site) -> Exclusive<O, T>
where
    O: Owner<real::Mutex<T>> + ?Sized,
    T: ?Sized,
{
    let guard = owner.real().blocking_lock();
    // SAFETY: `Owner::real` borrows from the owner alone.
    unsafe { Exclusive::new(guard, owner, site) }
}

/// Locks for reading.
pub(crate) async fn read<O, T>(owner: Arc<O>, site: Site) -> Shared<O, T>
where
    O: Owner<real::RwLock<T>> + ?Sized,
    T: ?Sized,
{
    let guard = owner.real().read().await;
    // SAFETY: `Owner::real` borrows from the owner alone.
    unsafe { Shared::new(guard, &owner, site) }
}

/// Locks for reading if there is no writer.
pub(crate) fn try_read<O, T>(owner: &Arc<O>, site: Site) -> Result<Shared<O, T>, TryLockError>
where
    O: Owner<real::RwLock<T>> + ?Sized,
    T: ?Sized,
{
    let guard = owner.real().try_read()?;
    // SAFETY: `Owner::real` borrows from the owner alone.
    Ok(unsafe { Shared::new(guard, owner, site) })
}

/// Locks for writing.
pub(crate) async fn write<O, T>(owner: Arc<O>, site: Site) -> Exclusive<O, T>
where
    O: Owner<real::RwLock<T>> + ?Sized,
    T: ?Sized,
{
    let guard = owner.real().write().await;
    // SAFETY: `Owner::real` borrows from the owner alone.
    unsafe { Exclusive::new(guard, &owner, site) }
}

/// Locks for writing if it is free.
pub(crate) fn try_write<O, T>(owner: &Arc<O>, site: Site) -> Result<Exclusive<O, T>, TryLockError>
where
    O: Owner<real::RwLock<T>> + ?Sized,
    T: ?Sized,
{
    let guard = owner.real().try_write()?;
    // SAFETY: `Owner::real` borrows from the owner alone.
    Ok(unsafe { Exclusive::new(guard, owner, site) })
}
