//! Thread-locals: one value for each thread of each execution, dropped when the thread ends.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex as Real};

use leak_harness::{Builder, Engine, FailureKind, Flavor, spawn};
use leak_harness_std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use leak_harness_std::sync::mpsc;
use leak_harness_std::thread::{self, LocalKey};
use leak_harness_std::thread_local;

use crate::everywhere::everywhere;
use crate::hosts::failing;
use crate::says;

thread_local! {
    /// A count.
    static COUNT: Cell<u32> = const { Cell::new(1) };
    static WORDS: RefCell<Vec<&'static str>> = RefCell::new(vec!["first"]);
}

fn bump() -> u32 {
    COUNT.with(|count| {
        count.set(count.get() + 1);
        count.get()
    })
}

#[test]
fn every_thread_of_every_execution_has_its_own() {
    everywhere(|builder| {
        let check = builder.exhaustive(true).check(|| async {
            let shared = Arc::new(AtomicUsize::new(0));
            assert_eq!(bump(), 2);
            let threads = [(); 2].map(|()| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    let first = bump();
                    shared.fetch_add(1, SeqCst);
                    (first, bump())
                })
            });
            for thread in threads {
                assert_eq!(thread.join().unwrap(), (2, 3));
            }
            assert_eq!(bump(), 3);
        });
        check.expect("nobody sees another one's");
    });
    assert_eq!(COUNT.get(), 1, "the real one is untouched");
}

#[test]
fn tasks_that_share_a_thread_share_its_values() {
    for (flavor, expected) in [(Flavor::CurrentThread, 3), (Flavor::MultiThread, 2)] {
        let builder = Builder::new().engine(Engine::Systematic).flavor(flavor);
        let check = builder.check(move || async move {
            bump();
            let inside = spawn(async { bump() }).await.unwrap();
            assert_eq!(inside, expected);
        });
        check.expect("every task ends");
    }
}

#[test]
fn keys_have_all_their_methods() {
    fn run() {
        COUNT.set(7);
        assert_eq!(COUNT.replace(8), 7);
        assert_eq!(COUNT.get(), 8);
        assert_eq!(COUNT.take(), 8);
        assert_eq!(COUNT.try_with(Cell::get), Ok(0));
        WORDS.with_borrow_mut(|words| words.push("second"));
        assert_eq!(WORDS.with_borrow(Vec::len), 2);
        assert_eq!(WORDS.take(), ["first", "second"]);
        WORDS.set(vec!["third"]);
        assert_eq!(WORDS.replace(Vec::new()), ["third"]);
        assert!(format!("{WORDS:?}").contains("LocalKey"));
    }
    // A value that is set first is never made.
    thread_local!(static NEVER: Cell<u8> = panic!("made"));
    fn first() {
        NEVER.set(4);
        assert_eq!(NEVER.get(), 4);
    }
    everywhere(|builder| {
        let check = builder.check(|| async {
            thread::spawn(run).join().unwrap();
            thread::spawn(first).join().unwrap();
        });
        check.expect("they are std's");
    });
    thread::spawn(run).join().unwrap();
    thread::spawn(first).join().unwrap();
}

type Log = Arc<Real<Vec<String>>>;

/// Notes its drop, and what it can see of another key then.
struct Noted(
    &'static str,
    Log,
    Option<&'static LocalKey<RefCell<Option<Noted>>>>,
);

impl Drop for Noted {
    fn drop(&mut self) {
        let other = self
            .2
            .map(|key| match key.try_with(|it| it.borrow().is_some()) {
                Ok(there) => there.to_string(),
                Err(error) => error.to_string(),
            });
        let line = format!("{} sees {other:?}", self.0);
        self.1.lock().unwrap().push(line);
    }
}

thread_local! {
    static FIRST: RefCell<Option<Noted>> = const { RefCell::new(None) };
    static SECOND: RefCell<Option<Noted>> = const { RefCell::new(None) };
}

/// A thread's values, dropped when it ends.
fn drops(log: &Log) -> Vec<String> {
    let inside = Arc::clone(log);
    let thread = thread::spawn(move || {
        FIRST.set(Some(Noted("first", Arc::clone(&inside), Some(&SECOND))));
        SECOND.set(Some(Noted("second", Arc::clone(&inside), Some(&FIRST))));
        inside.lock().unwrap().push("the closure ends".to_owned());
    });
    thread.join().unwrap();
    std::mem::take(&mut log.lock().unwrap())
}

#[test]
fn values_are_dropped_before_join_returns_the_last_first() {
    let expected = [
        "the closure ends",
        "second sees Some(\"true\")",
        "first sees Some(\"already destroyed\")",
    ];
    assert_eq!(drops(&Log::default()), expected, "as std does");
    everywhere(|builder| {
        let check = builder.check(move || async move {
            assert_eq!(drops(&Log::default()), expected);
        });
        check.expect("the thread ends");
    });
}

thread_local! {
    static SENDER: RefCell<Option<mpsc::Sender<u8>>> = const { RefCell::new(None) };
}

#[test]
fn a_threads_values_are_given_up_with_it_and_the_bodys_are_not() {
    everywhere(|builder| {
        let check = builder.exhaustive(true).check(|| async {
            let (tx, rx) = mpsc::channel();
            thread::spawn(move || SENDER.set(Some(tx)));
            assert!(rx.recv().is_err(), "the channel is closed with the thread");
        });
        check.expect("the sender is dropped");
    });
    failing(
        FailureKind::Leak,
        |failure| says(failure, "held by body"),
        || async {
            let (tx, rx) = mpsc::channel();
            SENDER.set(Some(tx));
            thread::spawn(move || rx.recv());
        },
    );
    assert!(SENDER.with_borrow(Option::is_none));
}

#[test]
fn a_panic_drops_the_values_too() {
    everywhere(|builder| {
        let check = builder.check(|| async {
            let (tx, rx) = mpsc::channel::<u8>();
            let thread = thread::spawn(move || {
                SENDER.set(Some(tx));
                panic!("in the thread");
            });
            assert!(thread.join().is_err());
            assert_eq!(rx.try_recv(), Err(mpsc::TryRecvError::Disconnected));
        });
        check.expect("the panic was looked at");
    });
}
