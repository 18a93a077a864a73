//! Random scripts of one thread give the same results on std's primitives and on the mirrored ones.

use std::sync::{Arc, Mutex as Real};

use leak_harness::{Builder, Engine};

use crate::random::Random;

const STEPS: u32 = 40;
const SCRIPTS: u64 = 400;

/// Scripts over the primitives of one crate.
macro_rules! scripts {
    ($(#[$attribute:meta])* $name:ident, $std:ident) => {
        $(#[$attribute])*
        mod $name {
            use std::fmt::Debug;
            use std::time::Duration;

            use $std::cell::Cell;
            use $std::sync::{Barrier, LazyLock, Once, OnceLock, mpsc};
            use $std::thread;

            use super::{Random, STEPS};

            $std::thread_local! {
                static COUNT: Cell<u64> = const { Cell::new(5) };
            }

            /// What a script wrote down.
            #[derive(Default)]
            struct Log(Vec<String>);

            impl Log {
                fn note(&mut self, line: impl Debug) {
                    self.0.push(format!("{line:?}"));
                }
            }

            pub(super) fn all(seed: u64) -> Vec<String> {
                let scripts = [queue, bounded, once, threads];
                let mut random = Random(seed);
                let script = scripts[random.below(scripts.len() as u64) as usize];
                let mut log = Log::default();
                script(&mut random, &mut log);
                log.0
            }

            fn queue(random: &mut Random, log: &mut Log) {
                let (tx, rx) = mpsc::channel();
                let (mut senders, mut rx) = (vec![tx], Some(rx));
                for step in 0..STEPS {
                    match (random.below(9), senders.last(), &rx) {
                        (0..=2, Some(tx), _) => log.note(tx.send(step)),
                        (3, Some(tx), _) => {
                            let another = tx.clone();
                            senders.push(another);
                        }
                        (4, ..) => drop(senders.pop()),
                        (5, _, Some(rx)) => log.note(rx.try_recv()),
                        (6, _, Some(rx)) => log.note(rx.recv_timeout(Duration::ZERO)),
                        (7, _, Some(rx)) => log.note(rx.try_iter().take(2).collect::<Vec<_>>()),
                        (8, ..) if random.below(8) == 0 => rx = None,
                        _ => {}
                    }
                }
                senders.clear();
                log.note(rx.map(|rx| (rx.recv(), rx.iter().count(), rx.into_iter().next())));
            }

            fn bounded(random: &mut Random, log: &mut Log) {
                let room = random.below(3) as usize;
                let (tx, rx) = mpsc::sync_channel(room);
                let (mut senders, mut rx, mut full) = (vec![tx], Some(rx), 0);
                for step in 0..STEPS {
                    match (random.below(9), senders.last(), &rx) {
                        (0..=2, Some(tx), _) => {
                            let sent = tx.try_send(step);
                            full += usize::from(sent.is_ok());
                            log.note(sent);
                        }
                        (3, Some(tx), rx) if full < room || rx.is_none() => {
                            full += 1;
                            log.note(tx.send(step));
                        }
                        (4, Some(tx), _) => {
                            let another = tx.clone();
                            senders.push(another);
                        }
                        (5, ..) => drop(senders.pop()),
                        (6, _, Some(rx)) => {
                            let received = rx.try_recv();
                            full -= usize::from(received.is_ok());
                            log.note(received);
                        }
                        (7, _, Some(rx)) => {
                            let received = rx.recv_timeout(Duration::ZERO);
                            full -= usize::from(received.is_ok());
                            log.note(received);
                        }
                        (8, ..) if random.below(8) == 0 => rx = None,
                        _ => {}
                    }
                }
                senders.clear();
                log.note(rx.map(|rx| rx.iter().collect::<Vec<_>>()));
            }

            fn once(random: &mut Random, log: &mut Log) {
                let (once, mut lock) = (Once::new(), OnceLock::new());
                let lazy = LazyLock::new(|| 9);
                for step in 0..STEPS {
                    match random.below(10) {
                        0 if random.below(3) == 0 => once.call_once(|| log.note("first")),
                        1 if random.below(3) == 0 => {
                            once.call_once_force(|state| log.note(state.is_poisoned()));
                        }
                        2 => log.note(once.is_completed()),
                        3 => log.note(lock.get()),
                        4 => log.note(lock.set(step)),
                        5 => log.note(lock.get_or_init(|| step + 100)),
                        6 => log.note(lock.take()),
                        7 => {
                            log.note((&lock, lock.clone()));
                            log.note(lock.get_mut());
                        }
                        8 => log.note(&lazy),
                        _ if random.below(3) == 0 => log.note(*lazy),
                        _ => {}
                    }
                }
                log.note(lock.into_inner());
            }

            fn threads(random: &mut Random, log: &mut Log) {
                let mut handles = Vec::new();
                for step in 0..STEPS {
                    match random.below(8) {
                        0 if handles.len() < 3 => {
                            let name = (step % 2 == 0).then(|| format!("thread {step}"));
                            let mut builder = thread::Builder::new();
                            if let Some(name) = name {
                                builder = builder.name(name);
                            }
                            let spawned = builder.spawn(move || {
                                COUNT.set(COUNT.get() + 1);
                                if step % 5 == 1 {
                                    std::panic::resume_unwind(Box::new("it panics"));
                                }
                                (COUNT.get(), thread::current().name().map(str::to_owned))
                            });
                            handles.push(spawned.unwrap());
                        }
                        1 => {
                            if let Some(handle) = handles.pop() {
                                log.note(handle.thread().name());
                                log.note(handle.join().map_err(|payload| {
                                    payload.downcast_ref::<&str>().map(|&it| it.to_owned())
                                }));
                            }
                        }
                        2 => {
                            thread::current().unpark();
                            thread::park();
                            thread::park_timeout(Duration::ZERO);
                        }
                        3 => log.note(COUNT.replace(u64::from(step))),
                        4 => log.note(Barrier::new(1).wait()),
                        5 => log.note(thread::scope(|scope| {
                            let one = scope.spawn(|| step + 1);
                            let other = scope.spawn(|| COUNT.get());
                            (one.join().unwrap(), other.join().unwrap())
                        })),
                        6 => thread::yield_now(),
                        _ => thread::sleep(Duration::ZERO),
                    }
                }
                COUNT.set(5);
                handles.into_iter().for_each(|handle| drop(handle.join()));
            }
        }
    };
}

scripts!(mirrored, leak_harness_std);
scripts!(
    #[expect(
        clippy::disallowed_methods,
        reason = "what the mirror is compared with"
    )]
    real,
    std
);

/// The same script, inside an execution.
fn controlled(seed: u64) -> Vec<String> {
    let log = Arc::new(Real::new(Vec::new()));
    let written = Arc::clone(&log);
    let check = Builder::new().engine(Engine::Systematic).schedules(1);
    let check = check.check(move || {
        let written = Arc::clone(&written);
        async move { *written.lock().unwrap() = mirrored::all(seed) }
    });
    check.unwrap_or_else(|failure| panic!("seed {seed}: {failure}"));
    let mut log = log.lock().unwrap();
    std::mem::take(&mut log)
}

#[test]
fn scripts_of_one_thread_come_to_the_same() {
    let mut lines = 0;
    for seed in 0..SCRIPTS {
        let expected = real::all(seed);
        assert_eq!(mirrored::all(seed), expected, "seed {seed}, outside");
        assert_eq!(controlled(seed), expected, "seed {seed}, inside");
        lines += expected.len();
    }
    assert!(
        lines > 4_000,
        "the scripts do next to nothing: {lines} lines"
    );
}
