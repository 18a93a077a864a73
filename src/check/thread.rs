//! The OS thread on which checks run, one after the other: all that one thread asks for.
//!
//! Not here: what runs there (`engines`), and what to do when it does not move (`supervise`).

use std::cell::{Cell, OnceCell};
use std::fs;
use std::hint;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use crate::executor::Spare;
use crate::explore::SpareSearch;

/// What a thread is to do, with what it keeps. It says whether the thread can do no more after it.
type Task = Box<dyn FnOnce(&Kept) -> bool + Send>;

/// What a thread keeps from one check to the next: nothing that is known of a body.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) spare: Spare,
    pub(super) search: SpareSearch,
}

/// How often to look for what may come at once: for about 20 microseconds.
const SPINS: usize = 2_000;
/// How often to look for what should not take long, and let other threads go first each time: for
/// about half a millisecond, if there are none.
pub(super) const PATIENCE: usize = 1_000;

thread_local! {
    /// The thread that this one's last check ran on. What a test prints belongs to its thread and
    /// those that it starts, so no other one may have it.
    static KEPT: Cell<Option<CheckThread>> = const { Cell::new(None) };
}

/// A thread that waits for what to do. It ends when nobody has this any more: at the latest with
/// the thread that keeps it.
pub(super) struct CheckThread {
    tasks: Sender<Task>,
    /// The thread says it by itself, and hardly anybody asks.
    kernel_name: OnceCell<Option<String>>,
    says_name: Receiver<Option<String>>,
}

impl CheckThread {
    /// The one that was kept, or else a new one.
    pub(super) fn take() -> CheckThread {
        let kept = KEPT.try_with(Cell::take).ok().flatten();
        kept.unwrap_or_else(CheckThread::start)
    }

    /// Keeps it for the next check that this thread asks for.
    pub(super) fn keep(self) {
        let _ = KEPT.try_with(|kept| kept.set(Some(self)));
    }

    fn start() -> CheckThread {
        let (tasks, queue) = mpsc::channel::<Task>();
        let (name_tx, says_name) = mpsc::sync_channel(1);
        // The test's own name: its thread's output belongs to it.
        let name = thread::current().name().unwrap_or("leak test").to_owned();
        let run = move || {
            let _ = name_tx.send(kernel_name_of_this_thread());
            let kept = Kept::default();
            while let Ok(task) = soon(0, || queue.try_recv()).or_else(|_| queue.recv()) {
                if task(&kept) {
                    break;
                }
            }
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "the one thread on which everything is controlled"
        )]
        let spawned = thread::Builder::new().name(name).spawn(run);
        spawned.unwrap_or_else(|error| panic!("no thread for the check: {error}"));
        CheckThread {
            tasks,
            kernel_name: OnceCell::new(),
            says_name,
        }
    }

    /// Has it do something, after all that it was given before. A thread that is gone does not: the
    /// task is dropped.
    pub(super) fn run(&self, task: impl FnOnce(&Kept) -> bool + Send + 'static) {
        let _ = self.tasks.send(Box::new(task));
    }

    /// What the kernel calls it, where that is known.
    pub(super) fn kernel_name(&self) -> Option<&str> {
        let name = || self.says_name.recv().ok().flatten();
        self.kernel_name.get_or_init(name).as_deref()
    }
}

/// Tries for a while, since it takes as long to fall asleep and be woken; and so often more, with
/// turns for others.
pub(super) fn soon<T, E>(
    patience: usize,
    mut attempt: impl FnMut() -> Result<T, E>,
) -> Result<T, E> {
    for _ in 0..SPINS {
        if let Ok(done) = attempt() {
            return Ok(done);
        }
        hint::spin_loop();
    }
    for _ in 0..patience {
        if let Ok(done) = attempt() {
            return Ok(done);
        }
        #[expect(clippy::disallowed_methods, reason = "no thread that is controlled")]
        thread::yield_now();
    }
    attempt()
}

/// What the kernel calls this thread, where it tells: `PID/task/TID` under `/proc`.
fn kernel_name_of_this_thread() -> Option<String> {
    let link = fs::read_link("/proc/thread-self").ok()?;
    Some(link.to_str()?.to_owned())
}

/// The processor time that a thread has used, in the kernel's ticks.
pub(super) fn processor_time(kernel_name: &str) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{kernel_name}/stat")).ok()?;
    // After the command's name in parentheses, which may hold anything: state is the first field,
    // user and system time the 12th and 13th (proc(5)).
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}
