//! A crate whose `std` is this one: everything of std is there, and `sync` is controlled.

#[macro_use]
extern crate leak_harness_std as std;

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, RwLock};

use leak_harness::{Builder, Engine, FailureKind, ObjectKind, spawn};

/// Everything that a crate takes from std without a thought.
struct Shown(Vec<u32>);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.len())
    }
}

#[test]
fn macros_prelude_and_modules_are_stds() {
    let shown = Shown(vec![1, 2, 3]);
    assert_eq!(format!("{shown}"), "3");
    assert!(matches!(shown.0.first(), Some(1)));
    let mut text = String::new();
    writeln!(text, "{}", concat!("a", 1)).unwrap();
    assert_eq!(text, "a1\n", "{text}");
    let map: BTreeMap<u32, Box<str>> = [(1, "one".into())].into();
    assert_eq!(map[&1].as_ref(), "one");
    assert_eq!(std::mem::size_of::<u32>(), 4);
    assert_eq!(std::primitive::u8::MAX, u8::MAX);
    assert!(std::env::var("LEAK_HARNESS_NOT_SET").is_err());
    static ONCE: OnceLock<RwLock<u32>> = OnceLock::new();
    assert_eq!(*ONCE.get_or_init(|| RwLock::new(1)).read().unwrap(), 1);
    let (lock, condvar) = (Mutex::new(0), Condvar::new());
    let guard = condvar.wait_while(lock.lock().unwrap(), |value| *value > 0);
    assert_eq!(*guard.unwrap(), 0, "{}", std::f64::consts::PI);
    if cfg!(not(test)) {
        unreachable!("{}", line!());
    }
    #[expect(clippy::print_stdout, reason = "the macro is what is tested")]
    {
        println!("{shown}");
    }
    thread_local!(static LOCAL: std::cell::Cell<u8> = const { std::cell::Cell::new(1) });
    assert_eq!(LOCAL.get(), 1);
    thread_local! {
        static TEXT: std::cell::Cell<&str> = const { std::cell::Cell::new("a") };
        static LONGER: String = TEXT.get().repeat(2)
    }
    assert_eq!(LONGER.with(String::len), 2);
}

static COUNT: AtomicUsize = AtomicUsize::new(0);

#[test]
fn an_atomic_in_a_static_is_controlled() {
    let failure = Builder::new().engine(Engine::Systematic).check(|| async {
        COUNT.store(0, Ordering::SeqCst);
        let add = || COUNT.store(COUNT.load(Ordering::SeqCst) + 1, Ordering::SeqCst);
        let task = spawn(async move { add() });
        add();
        task.await.unwrap();
        assert_eq!(COUNT.load(Ordering::SeqCst), 2);
    });
    assert_eq!(failure.unwrap_err().kind(), FailureKind::Panic);
}

#[test]
fn a_lock_is_controlled() {
    let failure = Builder::new().engine(Engine::Systematic).check(|| async {
        let locks = Arc::new((Mutex::new(()), Mutex::new(())));
        let others = Arc::clone(&locks);
        spawn(async move {
            let _second = others.1.lock().unwrap();
            let _first = others.0.lock().unwrap();
        });
        let _first = locks.0.lock().unwrap();
        let _second = locks.1.lock().unwrap();
    });
    let failure = failure.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Deadlock);
    let waits_on = failure.stuck()[0].waits_on().unwrap();
    assert_eq!(waits_on.object, Some(ObjectKind::StdMutex));
}
