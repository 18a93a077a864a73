//! `task_local!`: values that a task keeps for itself, also when others run in the middle of its
//! poll.
//!
//! Outside of executions the real key is used, which is a thread-local that tokio's macro makes.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::marker::PhantomPinned;
use std::mem;
use std::pin::Pin;
use std::ptr;
use std::task::{Context, Poll};

use ::tokio::task as real;
use pin_project_lite::pin_project;

use crate::executor::current;
use crate::executor::locals::{self, Refused};

/// The key of a task-local value: `tokio::task::LocalKey`.
pub struct LocalKey<T: 'static> {
    real: &'static real::LocalKey<T>,
}

impl<T: 'static> LocalKey<T> {
    /// For `task_local!` alone.
    #[doc(hidden)]
    pub const fn __new(real: &'static real::LocalKey<T>) -> LocalKey<T> {
        LocalKey { real }
    }

    fn address(&self) -> usize {
        ptr::from_ref(self.real).addr()
    }

    /// Gives a future a value of its own: `tokio::task::LocalKey::scope`.
    pub fn scope<F>(&'static self, value: T, future: F) -> TaskLocalFuture<T, F>
    where
        F: Future,
    {
        TaskLocalFuture {
            local: self,
            slot: Some(value),
            future: Some(future),
            _pinned: PhantomPinned,
        }
    }

    /// Gives a closure a value of its own: `tokio::task::LocalKey::sync_scope`.
    ///
    /// # Panics
    ///
    /// Panics inside a `with` of the same key.
    #[track_caller]
    pub fn sync_scope<F, R>(&'static self, value: T, f: F) -> R
    where
        F: FnOnce() -> R,
    {
        if current::in_task().is_none() {
            return self.real.sync_scope(value, f);
        }
        let mut value = Some(value);
        match self.inside(&mut value, f) {
            Ok(result) => result,
            Err(refused) => refuse(refused),
        }
    }

    /// Runs a closure with the value in place; the value is back in `slot` afterwards.
    fn inside<R>(&'static self, slot: &mut Option<T>, f: impl FnOnce() -> R) -> Result<R, Refused> {
        locals::swap(self.address(), slot)?;
        let _scope = Scope { local: self, slot };
        Ok(f())
    }

    /// Looks at the value: `tokio::task::LocalKey::with`.
    ///
    /// # Panics
    ///
    /// Panics if the task has none.
    #[track_caller]
    pub fn with<F, R>(&'static self, f: F) -> R
    where
        F: FnOnce(&T) -> R,
    {
        match self.try_with(f) {
            Ok(result) => result,
            Err(_) => panic!("cannot access a task-local storage value without setting it first"),
        }
    }

    /// Looks at the value, if the task has one: `tokio::task::LocalKey::try_with`.
    ///
    /// # Errors
    ///
    /// The task has none.
    pub fn try_with<F, R>(&'static self, f: F) -> Result<R, AccessError>
    where
        F: FnOnce(&T) -> R,
    {
        if current::in_task().is_none() {
            return self.real.try_with(f).map_err(|_| AccessError(()));
        }
        let slot = locals::slot::<T>(self.address()).ok_or(AccessError(()))?;
        let value = slot.borrow();
        value.as_ref().map(f).ok_or(AccessError(()))
    }
}

impl<T: Clone + 'static> LocalKey<T> {
    /// A clone of the value: `tokio::task::LocalKey::get`.
    ///
    /// # Panics
    ///
    /// Panics if the task has none.
    #[track_caller]
    pub fn get(&'static self) -> T {
        self.with(T::clone)
    }

    /// A clone of the value, if the task has one: `tokio::task::LocalKey::try_get`.
    ///
    /// # Errors
    ///
    /// The task has none.
    pub fn try_get(&'static self) -> Result<T, AccessError> {
        self.try_with(T::clone)
    }
}

impl<T: 'static> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("LocalKey { .. }")
    }
}

/// Takes the value out again.
struct Scope<'a, T: 'static> {
    local: &'static LocalKey<T>,
    slot: &'a mut Option<T>,
}

impl<T: 'static> Drop for Scope<'_, T> {
    fn drop(&mut self) {
        // Refused only where the task is gone; its value went with it.
        let _ = locals::swap(self.local.address(), self.slot);
    }
}

#[track_caller]
fn refuse(refused: Refused) -> ! {
    match refused {
        Refused::Borrowed => {
            panic!("cannot enter a task-local scope while the task-local storage is borrowed")
        }
        Refused::NoTask => panic!("cannot enter a task-local scope outside of a task"),
    }
}

pin_project! {
    /// A future with a value of its own: `tokio::task::futures::TaskLocalFuture`.
    pub struct TaskLocalFuture<T, F>
    where
        T: 'static,
    {
        local: &'static LocalKey<T>,
        slot: Option<T>,
        #[pin]
        future: Option<F>,
        #[pin]
        _pinned: PhantomPinned,
    }

    impl<T: 'static, F> PinnedDrop for TaskLocalFuture<T, F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            let mut future = this.future;
            if mem::needs_drop::<F>() && future.is_some() {
                let _ = run(this.local, this.slot, || future.set(None));
            }
        }
    }
}

/// Runs a closure with the value in place, on the key that is the task's or the thread's.
fn run<T: 'static, R>(
    local: &'static LocalKey<T>,
    slot: &mut Option<T>,
    f: impl FnOnce() -> R,
) -> Result<R, Refused> {
    if current::in_task().is_some() {
        return local.inside(slot, f);
    }
    // Outside of executions the real key's own scope would have to own the future. Its value is
    // handed back by a scope around a poll of its own.
    let Some(value) = slot.take() else {
        return Ok(f());
    };
    let mut f = Some(f);
    let mut result = None;
    let mut scope = Box::pin(local.real.scope(
        value,
        ::std::future::poll_fn(|_| {
            result = f.take().map(|f| f());
            Poll::<()>::Pending
        }),
    ));
    let polled = scope
        .as_mut()
        .poll(&mut Context::from_waker(::std::task::Waker::noop()));
    debug_assert!(polled.is_pending());
    *slot = scope.as_mut().take_value();
    drop(scope);
    result.ok_or(Refused::Borrowed)
}

impl<T, F> TaskLocalFuture<T, F> {
    /// Takes the value back: `tokio::task::futures::TaskLocalFuture::take_value`.
    pub fn take_value(self: Pin<&mut Self>) -> Option<T> {
        self.project().slot.take()
    }
}

impl<T: 'static, F: Future> Future for TaskLocalFuture<T, F> {
    type Output = F::Output;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let mut future = this.future;
        let polled = run(this.local, this.slot, || {
            let polled = future.as_mut().as_pin_mut()?.poll(context);
            if polled.is_ready() {
                future.set(None);
            }
            Some(polled)
        });
        match polled {
            Ok(Some(polled)) => polled,
            Ok(None) => panic!("`TaskLocalFuture` polled after completion"),
            Err(refused) => refuse(refused),
        }
    }
}

impl<T: fmt::Debug + 'static, F> fmt::Debug for TaskLocalFuture<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value: &dyn fmt::Debug = match &self.slot {
            Some(value) => value,
            None => &format_args!("<missing>"),
        };
        f.debug_struct("TaskLocalFuture")
            .field("value", value)
            .finish()
    }
}

/// The task has no value for a key: `tokio::task_local`'s `AccessError`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AccessError(());

impl fmt::Debug for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessError").finish()
    }
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("task-local value not set")
    }
}

impl Error for AccessError {}
