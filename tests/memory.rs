//! What an execution leaves behind: nothing. In a binary of its own, for its global allocator.
#![expect(unsafe_code, reason = "a global allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use leak_harness::sync::mpsc;
use leak_harness::{Builder, Engine, spawn};

/// The system's allocator, counting the bytes that are alive.
struct Counting;

static LIVE: AtomicIsize = AtomicIsize::new(0);

// SAFETY: every call is handed on as it is to the system's allocator, which keeps the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What is alive belongs to one test at a time.
static ONE: Mutex<()> = Mutex::new(());

/// Bytes alive at the start of the 100th and of the 1,100th execution of a body.
fn growth(engine: Engine) -> isize {
    static EXECUTIONS: AtomicUsize = AtomicUsize::new(0);
    static AT: [AtomicIsize; 2] = [AtomicIsize::new(0), AtomicIsize::new(0)];
    EXECUTIONS.store(0, Ordering::Relaxed);
    let coverage = Builder::new()
        .engine(engine)
        .schedules(1_200)
        .check(|| async {
            match EXECUTIONS.fetch_add(1, Ordering::Relaxed) {
                100 => AT[0].store(LIVE.load(Ordering::Relaxed), Ordering::Relaxed),
                1_100 => AT[1].store(LIVE.load(Ordering::Relaxed), Ordering::Relaxed),
                _ => {}
            }
            // Three times three messages: 1,680 orders.
            let (tx, mut rx) = mpsc::channel::<String>(9);
            let senders = [0, 1, 2].map(|_| {
                let tx = tx.clone();
                spawn(async move {
                    for n in 0..3 {
                        tx.try_send(format!("message {n}")).unwrap();
                    }
                })
            });
            for sender in senders {
                sender.await.unwrap();
            }
            rx.recv().await;
        });
    assert!(
        coverage.unwrap().schedules() > 1_101,
        "the body has too few schedules"
    );
    AT[1].load(Ordering::Relaxed) - AT[0].load(Ordering::Relaxed)
}

#[test]
fn a_thousand_executions_leave_memory_where_it_was() {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    for engine in [Engine::Random, Engine::Systematic, Engine::Loom] {
        let grown = growth(engine);
        assert!(grown < 16 << 10, "{} grew by {grown} bytes", engine.name());
    }
}

/// By how much the bytes alive at the start of any execution exceeded those at the start of the
/// 1,000th, over so many schedules of tasks that send one message each, in every order.
fn excess(tasks: usize, schedules: usize) -> isize {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let execution = Arc::new(AtomicUsize::new(0));
    let (first, most) = (Arc::new(AtomicIsize::new(0)), Arc::new(AtomicIsize::new(0)));
    let (before, after) = (Arc::clone(&first), Arc::clone(&most));
    let coverage = Builder::new()
        .engine(Engine::Systematic)
        .schedules(schedules)
        .check(move || {
            let live = LIVE.load(Ordering::Relaxed);
            if execution.fetch_add(1, Ordering::Relaxed) == 1_000 {
                before.store(live, Ordering::Relaxed);
            }
            after.fetch_max(live, Ordering::Relaxed);
            async move {
                let (tx, _rx) = mpsc::unbounded_channel();
                for task in 0..tasks {
                    let tx = tx.clone();
                    spawn(async move { tx.send(task) });
                }
            }
        });
    let coverage = coverage.unwrap();
    assert_eq!(coverage.redundant(), 0);
    let run = coverage.schedules() as usize;
    assert!(run >= schedules, "only {run} schedules: too few tasks");
    most.load(Ordering::Relaxed) - first.load(Ordering::Relaxed)
}

/// Memory follows the depth of one execution, and what is still to be run from its decisions.
#[test]
fn a_search_takes_no_more_memory_the_longer_it_runs() {
    let excess = excess(8, 40_000);
    assert!(excess < 64 << 10, "{excess} bytes more");
}

#[test]
#[ignore = "a million schedules: `cargo test --release --test memory -- --ignored`"]
fn a_search_takes_no_more_memory_over_a_million_schedules() {
    let excess = excess(10, 1_000_000);
    assert!(excess < 64 << 10, "{excess} bytes more");
}
