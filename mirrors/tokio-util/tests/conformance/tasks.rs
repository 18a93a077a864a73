//! Scripts over sets of tasks: `JoinMap`, `JoinQueue`, `AbortOnDropHandle`, tasks of a tracker.
//!
//! A script lets things settle whenever a task may go on, and then those that have ended come to the
//! same: the order in which tasks run is not compared.

use crate::on_both;
use crate::random::Random;

macro_rules! scripts {
    ($name:ident, $krate:path, $util:path) => {
        mod $name {
            use std::fmt::Debug;
            use std::task::{Context, Poll, Waker};
            use std::time::Duration;

            use $krate as krate;
            use $util as util;

            use super::Random;
            use krate::sync::oneshot;
            use krate::task::JoinError;
            use krate::time::sleep;
            use util::task::{AbortOnDropHandle, JoinMap, JoinQueue, TaskTracker};

            const STEPS: u32 = 30;

            #[derive(Default)]
            struct Log(Vec<String>);

            impl Log {
                fn note(&mut self, line: impl Debug) {
                    self.0.push(format!("{line:?}"));
                }
            }

            /// Until nothing else can happen.
            async fn settle() {
                sleep(Duration::from_millis(1)).await;
            }

            /// A task that waits for a gate, and the gate.
            fn gated(value: u64) -> (oneshot::Sender<u64>, impl Future<Output = u64> + Send) {
                let (gate, opens) = oneshot::channel();
                (gate, async move { opens.await.unwrap_or(value) })
            }

            fn told(joined: Result<u64, JoinError>) -> String {
                match joined {
                    Ok(value) => value.to_string(),
                    Err(error) => format!("cancelled: {}", error.is_cancelled()),
                }
            }

            pub(super) async fn all(seed: u64) -> Vec<String> {
                let mut random = Random(seed);
                let mut log = Log::default();
                match random.below(4) {
                    0 => maps(&mut random, &mut log).await,
                    1 => queues(&mut random, &mut log).await,
                    2 => handles(&mut random, &mut log).await,
                    _ => trackers(&mut random, &mut log).await,
                }
                log.0
            }

            async fn maps(random: &mut Random, log: &mut Log) {
                let mut map = JoinMap::new();
                let mut gates = Vec::new();
                for _ in 0..STEPS {
                    let (key, value) = (random.below(4), random.below(100));
                    match random.below(10) {
                        0..=2 => {
                            let (gate, task) = gated(value);
                            map.spawn(key, task);
                            gates.push(gate);
                        }
                        3 | 4 => log.note(gates.pop().map(|gate| gate.send(value))),
                        5 => {
                            let next = map.try_join_next();
                            log.note(next.map(|(key, joined)| (key, told(joined))));
                        }
                        6 => log.note(map.abort(&key)),
                        7 => log.note((map.len(), map.is_empty(), map.contains_key(&key))),
                        8 => {
                            let mut keys: Vec<_> = map.keys().copied().collect();
                            keys.sort_unstable();
                            log.note(keys);
                        }
                        _ => match random.below(8) {
                            0 => map.abort_matching(|&other| other == key),
                            1 => map.detach_all(),
                            2 => map.shutdown().await,
                            3 => map = JoinMap::new(),
                            _ => {}
                        },
                    }
                    settle().await;
                    let closed: Vec<_> = gates.iter().map(|gate| gate.is_closed()).collect();
                    log.note(closed);
                }
                drop(gates);
                settle().await;
                log.note(map.len());
            }

            async fn queues(random: &mut Random, log: &mut Log) {
                let mut queue = JoinQueue::new();
                let mut gates = Vec::new();
                for _ in 0..STEPS {
                    let value = random.below(100);
                    let mut context = Context::from_waker(Waker::noop());
                    match random.below(10) {
                        0..=2 => {
                            let (gate, task) = gated(value);
                            queue.spawn(task);
                            gates.push(gate);
                        }
                        3 | 4 if !gates.is_empty() => {
                            let at = random.below(gates.len() as u64) as usize;
                            log.note(gates.swap_remove(at).send(value));
                        }
                        5 | 6 => log.note(queue.try_join_next().map(told)),
                        7 => {
                            let next = queue.poll_join_next(&mut context);
                            log.note(next.map(|next| next.map(told)));
                        }
                        8 => log.note((queue.len(), queue.is_empty())),
                        _ => match random.below(8) {
                            0 => queue.abort_all(),
                            1 => queue.detach_all(),
                            2 => queue = JoinQueue::new(),
                            _ => {}
                        },
                    }
                    settle().await;
                }
                drop(gates);
                settle().await;
                log.note(queue.len());
            }

            async fn handles(random: &mut Random, log: &mut Log) {
                let (mut gates, mut handles, mut detached) = (Vec::new(), Vec::new(), Vec::new());
                for _ in 0..STEPS {
                    let value = random.below(100);
                    match random.below(9) {
                        0..=2 => {
                            let (gate, task) = gated(value);
                            handles.push(AbortOnDropHandle::new(krate::spawn(task)));
                            gates.push(gate);
                        }
                        3 => log.note(gates.pop().map(|gate| gate.send(value))),
                        4 => drop(handles.pop()),
                        5 => detached.extend(handles.pop().map(AbortOnDropHandle::detach)),
                        6 => handles.iter().take(1).for_each(|handle| handle.abort()),
                        7 => {
                            if let Some(handle) = handles.last_mut() {
                                let mut context = Context::from_waker(Waker::noop());
                                let polled = std::pin::Pin::new(&mut *handle).poll(&mut context);
                                log.note(polled.is_ready());
                                if let Poll::Ready(joined) = polled {
                                    log.note(told(joined));
                                    drop(handles.pop());
                                }
                            }
                        }
                        _ => {}
                    }
                    settle().await;
                    let finished: Vec<_> = handles.iter().map(|it| it.is_finished()).collect();
                    let others: Vec<_> = detached.iter().map(|it| it.is_finished()).collect();
                    log.note((finished, others));
                }
                drop(gates);
            }

            async fn trackers(random: &mut Random, log: &mut Log) {
                let tracker = TaskTracker::new();
                let mut gates = Vec::new();
                let mut wait = Box::pin(tracker.wait());
                for _ in 0..STEPS {
                    let value = random.below(100);
                    match random.below(8) {
                        0 | 1 => {
                            let (gate, task) = gated(value);
                            drop(tracker.spawn(task));
                            gates.push(gate);
                        }
                        2 | 3 => log.note(gates.pop().map(|gate| gate.send(value))),
                        4 => log.note(tracker.close()),
                        5 if random.below(3) == 0 => log.note(tracker.reopen()),
                        6 => {
                            let mut context = Context::from_waker(Waker::noop());
                            let polled = wait.as_mut().poll(&mut context);
                            log.note(polled);
                            if polled.is_ready() {
                                wait = Box::pin(tracker.wait());
                            }
                        }
                        _ => log.note((tracker.len(), tracker.is_closed())),
                    }
                    settle().await;
                }
                drop(gates);
                settle().await;
                log.note(tracker.len());
            }
        }
    };
}

scripts!(real, ::tokio, ::tokio_util);
scripts!(mirrored, ::leak_harness, ::leak_harness_tokio_util);

#[test]
fn random_scripts_over_sets_of_tasks_agree_with_tokio_util() {
    on_both::agree(300, real::all, mirrored::all);
}
