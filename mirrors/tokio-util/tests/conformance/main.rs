//! Random scripts of one task give the same results on tokio-util's primitives and on the mirrored
//! ones: the same answers, pending and ready at the same places.

mod tasks;

#[path = "../../../../tests/support/on_both.rs"]
mod on_both;
#[path = "../../../../tests/support/random.rs"]
mod random;

use std::sync::{Arc, Mutex};

use leak_harness::{Builder, Engine};
use leak_harness_tokio_util::sync::CancellationToken;
use random::Random;

macro_rules! scripts {
    ($name:ident, $sync:path, $util:path) => {
        mod $name {
            use std::fmt::Debug;
            use std::future::Future;
            use std::pin::Pin;
            use std::sync::Arc;
            use std::task::{Context, Waker};

            use $sync as sync;
            use $util as util;

            use super::Random;
            use sync::{Semaphore, mpsc};
            use util::sync::{CancellationToken, PollSemaphore, PollSender};
            use util::task::TaskTracker;

            #[derive(Default)]
            struct Script {
                log: Vec<String>,
                waiting: Vec<Pin<Box<dyn Future<Output = ()>>>>,
            }

            impl Script {
                fn note(&mut self, line: impl Debug) {
                    self.log.push(format!("{line:?}"));
                }

                fn wait(&mut self, future: impl Future<Output = ()> + 'static) {
                    self.waiting.push(Box::pin(future));
                }

                /// Polls or gives up something that it waits for.
                fn go_on(&mut self, random: &mut Random) {
                    if self.waiting.is_empty() {
                        return;
                    }
                    let index = random.below(self.waiting.len() as u64) as usize;
                    if random.below(4) == 0 {
                        drop(self.waiting.remove(index));
                        return;
                    }
                    let mut context = Context::from_waker(Waker::noop());
                    let polled = self.waiting[index].as_mut().poll(&mut context);
                    self.note(polled);
                    if polled.is_ready() {
                        drop(self.waiting.remove(index));
                    }
                }
            }

            pub(super) fn all(seed: u64) -> Vec<String> {
                let mut random = Random(seed);
                let mut run = Script::default();
                match random.below(4) {
                    0 => tokens(&mut random, &mut run),
                    1 => trackers(&mut random, &mut run),
                    2 => senders(&mut random, &mut run),
                    _ => semaphores(&mut random, &mut run),
                }
                run.waiting.clear();
                run.log
            }

            fn tokens(random: &mut Random, run: &mut Script) {
                let mut tokens = vec![CancellationToken::new()];
                for _ in 0..40 {
                    if tokens.is_empty() {
                        tokens.push(CancellationToken::new());
                    }
                    let index = random.below(tokens.len() as u64) as usize;
                    let token = &tokens[index];
                    match random.below(11) {
                        9 => {
                            let (token, other) = (token.clone(), token.child_token());
                            tokens.push(other.clone());
                            run.wait(async move {
                                let until = other.cancelled();
                                token.run_until_cancelled(until).await.unwrap_or(());
                            });
                        }
                        10 if random.below(4) == 0 => {
                            drop(token.clone().drop_guard().disarm());
                            run.note(token.is_cancelled());
                        }
                        0 | 1 => {
                            let child = token.child_token();
                            tokens.push(child);
                        }
                        2 => {
                            let clone = token.clone();
                            run.note(clone == *token);
                            tokens.push(clone);
                        }
                        3 => {
                            let token = token.clone();
                            run.wait(async move { token.cancelled().await });
                        }
                        4 => run.wait(token.clone().cancelled_owned()),
                        5 if random.below(3) == 0 => token.cancel(),
                        6 => drop(tokens.swap_remove(index)),
                        7 if random.below(4) == 0 => drop(token.drop_guard_ref()),
                        8 => {
                            let states: Vec<_> =
                                tokens.iter().map(|it| it.is_cancelled()).collect();
                            run.note(states);
                        }
                        _ => run.go_on(random),
                    }
                }
            }

            fn trackers(random: &mut Random, run: &mut Script) {
                let tracker = TaskTracker::new();
                let mut tokens = Vec::new();
                for _ in 0..40 {
                    match random.below(9) {
                        0 => tokens.push(tracker.token()),
                        1 => tokens.extend(tokens.last().cloned()),
                        2 | 3 => drop(tokens.pop()),
                        4 => run.note(tracker.close()),
                        5 => run.note(tracker.reopen()),
                        6 => {
                            // Made now, polled later.
                            let tracker: &'static TaskTracker =
                                Box::leak(Box::new(tracker.clone()));
                            run.wait(tracker.wait());
                        }
                        7 => run.note((tracker.len(), tracker.is_empty(), tracker.is_closed())),
                        _ => run.go_on(random),
                    }
                }
            }

            fn senders(random: &mut Random, run: &mut Script) {
                let (tx, rx) = mpsc::channel::<u64>(2);
                let mut rx = Some(rx);
                let mut senders = vec![PollSender::new(tx)];
                let mut reserved = vec![false];
                for _ in 0..40 {
                    let index = random.below(senders.len() as u64) as usize;
                    let mut context = Context::from_waker(Waker::noop());
                    let sender = &mut senders[index];
                    match random.below(8) {
                        0 | 1 => {
                            let room = sender.poll_reserve(&mut context);
                            reserved[index] = room.is_ready();
                            run.note(room);
                        }
                        2 | 3 if reserved[index] => {
                            reserved[index] = false;
                            run.note(sender.send_item(random.below(100)));
                        }
                        4 => {
                            run.note(sender.abort_send());
                            reserved[index] = false;
                        }
                        5 if random.below(4) == 0 => sender.close(),
                        6 if senders.len() < 3 => {
                            let clone = senders[index].clone();
                            senders.push(clone);
                            reserved.push(false);
                        }
                        7 if random.below(8) == 0 => drop(rx.take()),
                        _ => {
                            let got = rx.as_mut().map(|rx| rx.try_recv());
                            run.note((got, senders[index].is_closed()));
                        }
                    }
                }
            }

            fn semaphores(random: &mut Random, run: &mut Script) {
                let semaphore = Arc::new(Semaphore::new(2));
                let mut polled = [
                    PollSemaphore::new(Arc::clone(&semaphore)),
                    PollSemaphore::new(semaphore),
                ];
                let mut permits = Vec::new();
                for _ in 0..40 {
                    let index = random.below(2) as usize;
                    let mut context = Context::from_waker(Waker::noop());
                    match random.below(6) {
                        0..=2 => {
                            let n = random.below(2) as u32 + 1;
                            let permit = polled[index].poll_acquire_many(&mut context, n);
                            run.note(matches!(&permit, std::task::Poll::Ready(Some(_))));
                            run.note(permit.is_pending());
                            if let std::task::Poll::Ready(Some(permit)) = permit {
                                permits.push(permit);
                            }
                        }
                        3 => drop(permits.pop()),
                        4 if random.below(10) == 0 => polled[index].close(),
                        _ => run.note(polled[index].available_permits()),
                    }
                }
            }
        }
    };
}

scripts!(real, ::tokio::sync, ::tokio_util);
scripts!(mirrored, ::leak_harness::sync, ::leak_harness_tokio_util);

#[test]
fn random_scripts_agree_with_tokio_util() {
    for seed in 0..400 {
        let expected = real::all(seed);
        let found = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&found);
        let builder = Builder::new().engine(Engine::Random).schedules(1);
        let checked = builder.check(move || {
            let seen = Arc::clone(&seen);
            async move { *seen.lock().unwrap() = mirrored::all(seed) }
        });
        checked.unwrap_or_else(|failure| panic!("seed {seed}: {failure}"));
        assert_eq!(*found.lock().unwrap(), expected, "seed {seed}");
        assert_eq!(mirrored::all(seed), expected, "outside, seed {seed}");
    }
}

#[test]
fn outside_of_leak_tests_it_is_tokio_utils() {
    let token = CancellationToken::new();
    let real: tokio_util::sync::CancellationToken = token.clone().into();
    assert!(!token.child_token().is_cancelled());
    real.cancel();
    assert!(token.is_cancelled() && token.child_token().is_cancelled());
    assert!(CancellationToken::from(real).is_cancelled());
}
