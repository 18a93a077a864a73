// Included twice, with `subject` for tokio and for the mirror.

use std::cell::Cell;
use std::fmt::Debug;
use std::future::Ready;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

use subject::{io, runtime, sync, task, time};

/// Whether a type implements a trait: the constant of its own goes before that of `No`.
macro_rules! implements {
    ($ty:ty, $bound:path) => {{
        struct Probe<T: ?Sized>(PhantomData<T>);
        trait No {
            const YES: bool = false;
        }
        impl<T: ?Sized> No for Probe<T> {}
        impl<T: ?Sized + $bound> Probe<T> {
            const YES: bool = true;
        }
        <Probe<$ty>>::YES
    }};
}

/// The traits of one type.
macro_rules! traits {
    ($ty:ty) => {{
        let all = [
            ("Send", implements!($ty, Send)),
            ("Sync", implements!($ty, Sync)),
            ("Unpin", implements!($ty, Unpin)),
            ("Clone", implements!($ty, Clone)),
            ("Debug", implements!($ty, Debug)),
            ("UnwindSafe", implements!($ty, UnwindSafe)),
            ("RefUnwindSafe", implements!($ty, RefUnwindSafe)),
        ];
        let those = all.into_iter().filter(|(_, implemented)| *implemented);
        (stringify!($ty).replace(' ', ""), those.map(|(name, _)| name).collect())
    }};
}

macro_rules! table {
    ($types:ident: $($ty:ty;)*) => {
        $($types.push(traits!($ty));)*
    };
}

/// Those that have no values inside.
fn plain(types: &mut Types) {
    table! { types:
        sync::AcquireError;
        sync::Barrier;
        sync::BarrierWaitResult;
        sync::Notify;
        sync::OwnedSemaphorePermit;
        sync::Semaphore;
        sync::SemaphorePermit<'static>;
        sync::TryAcquireError;
        sync::TryLockError;
        sync::broadcast::error::RecvError;
        sync::broadcast::error::TryRecvError;
        sync::futures::Notified<'static>;
        sync::futures::OwnedNotified;
        sync::mpsc::error::TryRecvError;
        sync::oneshot::error::RecvError;
        sync::oneshot::error::TryRecvError;
        sync::watch::error::RecvError;
        task::AbortHandle;
        task::Id;
        task::JoinError;
        task::LocalEnterGuard;
        task::LocalSet;
        task::coop::RestoreOnPending;
        time::Instant;
        time::Interval;
        time::MissedTickBehavior;
        time::Sleep;
        time::error::Elapsed;
        time::error::Error;
        runtime::Builder;
        runtime::EnterGuard<'static>;
        runtime::Handle;
        runtime::Id;
        runtime::LocalOptions;
        runtime::LocalRuntime;
        runtime::Runtime;
        runtime::RuntimeFlavor;
        runtime::RuntimeMetrics;
        runtime::TryCurrentError;
        io::DuplexStream;
        io::SimplexStream;
    }
}

/// Those with a value, or a future of one, inside.
macro_rules! with_value {
    ($function:ident, $value:ty) => {
        fn $function(types: &mut Types) {
            type Value = $value;
            let before = types.len();
            table! { types:
                sync::MappedMutexGuard<'static, Value>;
                sync::Mutex<Value>;
                sync::MutexGuard<'static, Value>;
                sync::OnceCell<Value>;
                sync::OwnedMappedMutexGuard<Value, Value>;
                sync::OwnedMutexGuard<Value>;
                sync::OwnedRwLockMappedWriteGuard<Value, Value>;
                sync::OwnedRwLockReadGuard<Value, Value>;
                sync::OwnedRwLockWriteGuard<Value>;
                sync::RwLock<Value>;
                sync::RwLockMappedWriteGuard<'static, Value>;
                sync::RwLockReadGuard<'static, Value>;
                sync::RwLockWriteGuard<'static, Value>;
                sync::SetError<Value>;
                sync::SetOnce<Value>;
                sync::SetOnceError<Value>;
                sync::broadcast::Receiver<Value>;
                sync::broadcast::Sender<Value>;
                sync::broadcast::WeakSender<Value>;
                sync::broadcast::error::SendError<Value>;
                sync::mpsc::OwnedPermit<Value>;
                sync::mpsc::Permit<'static, Value>;
                sync::mpsc::PermitIterator<'static, Value>;
                sync::mpsc::Receiver<Value>;
                sync::mpsc::Sender<Value>;
                sync::mpsc::UnboundedReceiver<Value>;
                sync::mpsc::UnboundedSender<Value>;
                sync::mpsc::WeakSender<Value>;
                sync::mpsc::WeakUnboundedSender<Value>;
                sync::mpsc::error::SendError<Value>;
                sync::mpsc::error::SendTimeoutError<Value>;
                sync::mpsc::error::TrySendError<Value>;
                sync::oneshot::Receiver<Value>;
                sync::oneshot::Sender<Value>;
                sync::watch::Receiver<Value>;
                sync::watch::Ref<'static, Value>;
                sync::watch::Sender<Value>;
                sync::watch::error::SendError<Value>;
                task::JoinHandle<Value>;
                task::JoinSet<Value>;
                task::LocalKey<Value>;
                task::coop::Coop<Ready<Value>>;
                task::coop::Unconstrained<Ready<Value>>;
                task::futures::TaskLocalFuture<Value, Ready<Value>>;
                time::Timeout<Ready<Value>>;
                io::ReadHalf<Value>;
                io::WriteHalf<Value>;
            }
            for (name, _) in &mut types[before..] {
                *name = name.replace("Value", stringify!($value));
            }
        }
    };
}

with_value!(shared, u8);
with_value!(sent, Cell<u8>);
with_value!(kept, Rc<u8>);

type Types = Vec<(String, Vec<&'static str>)>;

/// Every type with its traits, in a fixed order.
pub fn types() -> Types {
    let mut types = Types::new();
    plain(&mut types);
    shared(&mut types);
    sent(&mut types);
    kept(&mut types);
    types
}
