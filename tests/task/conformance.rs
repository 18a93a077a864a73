//! Random scripts over sets of tasks give the same results on tokio's and on the mirrored ones: the
//! same values, the same errors, pending and ready at the same places.
//!
//! A script lets things settle whenever a task may go on, and then those that have ended come to the
//! same: the order in which tasks run is not compared. Not here: scripts of one task alone
//! (`tests/mirror/conformance`).

use crate::on_both;
use crate::random::Random;

macro_rules! scripts {
    ($name:ident, $krate:ident) => {
        mod $name {
            use std::cell::RefCell;
            use std::fmt::Debug;
            use std::rc::Rc;
            use std::task::{Context, Waker};
            use std::time::Duration;

            use $krate::sync::oneshot;
            use $krate::task::{JoinError, JoinSet, LocalSet, spawn_local, yield_now};
            use $krate::time::{sleep, timeout};

            use super::Random;

            const STEPS: u32 = 30;
            const MOMENT: Duration = Duration::from_millis(1);

            #[derive(Default)]
            struct Log(Vec<String>);

            impl Log {
                fn note(&mut self, line: impl Debug) {
                    self.0.push(format!("{line:?}"));
                }
            }

            /// Until nothing else can happen.
            async fn settle() {
                sleep(MOMENT).await;
            }

            pub(super) async fn all(seed: u64) -> Vec<String> {
                let mut random = Random(seed);
                let mut log = Log::default();
                match random.below(2) {
                    0 => sets(&mut random, &mut log).await,
                    _ => local_sets(&mut random, &mut log).await,
                }
                log.0
            }

            fn told(joined: Option<Result<u64, JoinError>>) -> String {
                match joined {
                    None => "none".to_owned(),
                    Some(Ok(value)) => value.to_string(),
                    Some(Err(error)) => format!("cancelled: {}", error.is_cancelled()),
                }
            }

            async fn sets(random: &mut Random, log: &mut Log) {
                let mut set = JoinSet::new();
                let (mut gates, mut aborts) = (Vec::new(), Vec::new());
                for _ in 0..STEPS {
                    let value = random.below(100);
                    match random.below(14) {
                        0..=2 => {
                            let (gate, opens) = oneshot::channel();
                            let task = async move { opens.await.unwrap_or(value) };
                            aborts.push(set.spawn(task));
                            gates.push(gate);
                        }
                        3 => {
                            aborts.push(set.spawn(async move { value }));
                            settle().await;
                        }
                        4 | 5 => {
                            let opened = gates.pop().map(|gate| gate.send(value));
                            settle().await;
                            log.note(opened);
                        }
                        6 => log.note(told(set.try_join_next())),
                        7 | 8 => {
                            let mut context = Context::from_waker(Waker::noop());
                            log.note(set.poll_join_next(&mut context).map(told));
                        }
                        9 => {
                            let next = timeout(MOMENT, set.join_next()).await;
                            log.note(next.map(told).is_ok());
                        }
                        10 if !aborts.is_empty() => {
                            let one = &aborts[random.below(aborts.len() as u64) as usize];
                            one.abort();
                            settle().await;
                            log.note(one.is_finished());
                        }
                        11 => log.note((set.len(), set.is_empty())),
                        12 => {
                            match random.below(8) {
                                0 => set.abort_all(),
                                1 => set.detach_all(),
                                2 => set.shutdown().await,
                                3 => set = JoinSet::new(),
                                _ => {}
                            }
                            settle().await;
                        }
                        _ => {
                            settle().await;
                            let finished: Vec<_> =
                                aborts.iter().map(|it| it.is_finished()).collect();
                            let closed: Vec<_> = gates.iter().map(|it| it.is_closed()).collect();
                            log.note((finished, closed));
                        }
                    }
                }
                drop(gates);
                settle().await;
                log.note(set.len());
            }

            async fn local_sets(random: &mut Random, log: &mut Log) {
                let mut set = LocalSet::new();
                // Given up as a future, the mirror's set is run all the same from then on.
                let mut awaited = false;
                let ran = Rc::new(RefCell::new(Vec::new()));
                let (mut gates, mut handles) = (Vec::new(), Vec::new());
                for _ in 0..STEPS {
                    let (value, runs) = (random.below(100), Rc::clone(&ran));
                    match random.below(12) {
                        0 => {
                            handles.push(
                                set.spawn_local(async move { runs.borrow_mut().push(value) }),
                            );
                        }
                        1 => handles.push(set.spawn_local(async move {
                            yield_now().await;
                            runs.borrow_mut().push(value);
                        })),
                        2 | 3 => {
                            let (gate, opens) = oneshot::channel();
                            gates.push(gate);
                            handles.push(set.spawn_local(async move {
                                let value: u64 = opens.await.unwrap_or(value);
                                runs.borrow_mut().push(value);
                            }));
                        }
                        4 => handles.push(set.spawn_local(async move {
                            let inner = spawn_local(async move { value });
                            let value = inner.await.unwrap_or(0);
                            runs.borrow_mut().push(value);
                        })),
                        5 => {
                            let _entered = set.enter();
                            handles.push(spawn_local(async move { runs.borrow_mut().push(value) }));
                        }
                        6 => log.note(gates.pop().map(|gate| gate.send(value))),
                        7 if !awaited => settle().await,
                        8 => set.run_until(settle()).await,
                        9 => {
                            awaited = true;
                            log.note(timeout(MOMENT, &mut set).await.is_ok());
                        }
                        10 if !handles.is_empty() => {
                            let one = &handles[random.below(handles.len() as u64) as usize];
                            one.abort();
                            set.run_until(settle()).await;
                            log.note(one.is_finished());
                        }
                        11 if random.below(4) == 0 => {
                            set = LocalSet::new();
                            awaited = false;
                        }
                        _ => {}
                    }
                    // Tasks of one turn run in any order.
                    let mut sorted = ran.borrow().clone();
                    sorted.sort_unstable();
                    log.note(sorted);
                }
                drop(gates);
                set.await;
                let mut ran = ran.take();
                ran.sort_unstable();
                log.note(ran);
            }
        }
    };
}

scripts!(real, tokio);
scripts!(mirrored, leak_harness);

#[test]
fn scripts_over_sets_of_tasks_agree() {
    on_both::agree(300, real::all, mirrored::all);
}
