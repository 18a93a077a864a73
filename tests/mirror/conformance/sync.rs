//! Scripts over `sync`.

/// Scripts over the primitives of one crate.
macro_rules! scripts {
    ($name:ident, $($sync:tt)*) => {
        mod $name {
            use std::pin::Pin;
            use std::sync::Arc;
            use std::task::{Context, Poll, Waker};

            use $($sync)*::{
                broadcast, mpsc, oneshot, watch, Barrier, Mutex, Notify, OnceCell, RwLock, Semaphore,
                SetOnce,
            };

            use crate::conformance::{Random, STEPS, Script, poll};

            pub(super) fn all(seed: u64) -> Vec<String> {
                let scripts = [
                    bounded, channels, values, locks, permits, broadcasts, meetings,
                ];
                let mut random = Random(seed);
                let script = scripts[random.below(scripts.len() as u64) as usize];
                let mut run = Script::default();
                script(&mut random, &mut run);
                run.end()
            }

            fn bounded(random: &mut Random, run: &mut Script) {
                let (tx, rx) = mpsc::channel::<u64>(2);
                let rx = Arc::new(std::sync::Mutex::new(rx));
                let mut senders = vec![tx];
                let mut permits = Vec::new();
                let mut weak = Vec::new();
                for _ in 0..STEPS {
                    let tx = senders.last().cloned();
                    match (random.below(13), tx) {
                        (0, Some(tx)) => run.note(tx.try_send(random.below(100))),
                        (1, Some(tx)) => {
                            let value = random.below(100);
                            run.wait(async move { format!("{:?}", tx.send(value).await) });
                        }
                        (2, Some(tx)) => match tx.try_reserve_owned() {
                            Ok(permit) => permits.push(permit),
                            Err(error) => run.note(error.to_string()),
                        },
                        (3, Some(tx)) => run.wait(async move {
                            format!("{:?}", tx.reserve_many(2).await.map(|it| it.count()))
                        }),
                        (4, Some(tx)) => run.note((
                            tx.capacity(),
                            tx.is_closed(),
                            tx.strong_count(),
                            tx.weak_count(),
                        )),
                        (5, Some(tx)) => senders.push(tx),
                        (6, Some(tx)) => weak.push(tx.downgrade()),
                        (7, _) => drop(senders.pop()),
                        (8, _) => match permits.pop() {
                            Some(permit) if random.below(2) == 0 => drop(permit.send(7)),
                            permit => drop(permit),
                        },
                        (9, _) => senders.extend(weak.pop().and_then(|weak| weak.upgrade())),
                        (10, _) => {
                            let mut rx = rx.lock().unwrap();
                            run.note((rx.try_recv(), rx.len(), rx.is_empty(), rx.capacity()));
                        }
                        (11, _) => {
                            let mut rx = rx.lock().unwrap();
                            let mut context = Context::from_waker(Waker::noop());
                            run.note(rx.poll_recv(&mut context));
                            if random.below(12) == 0 {
                                rx.close();
                            }
                        }
                        _ => run.go_on(random),
                    }
                }
            }

            fn channels(random: &mut Random, run: &mut Script) {
                let (tx, mut rx) = mpsc::unbounded_channel::<u64>();
                let mut tx = Some(tx);
                let (one, mut once) = oneshot::channel::<u64>();
                let mut one = Some(one);
                for _ in 0..STEPS {
                    let mut context = Context::from_waker(Waker::noop());
                    match random.below(11) {
                        0 => run.note(tx.as_ref().map(|tx| tx.send(random.below(100)))),
                        1 => run.note(rx.try_recv()),
                        2 => run.note(rx.poll_recv(&mut context)),
                        3 => {
                            let mut values = Vec::new();
                            let taken = rx.poll_recv_many(&mut context, &mut values, 2);
                            run.note((taken, values));
                        }
                        4 if random.below(8) == 0 => drop(tx.take()),
                        5 if random.below(8) == 0 => rx.close(),
                        6 => run.note((once.is_empty(), once.is_terminated())),
                        7 => run.note(once.try_recv()),
                        8 if !once.is_terminated() => run.note(poll(Pin::new(&mut once))),
                        9 if random.below(4) == 0 => {
                            run.note(one.take().map(|one| one.send(5)));
                        }
                        10 if random.below(6) == 0 => {
                            once.close();
                            run.note(one.as_mut().map(|one| one.poll_closed(&mut context)));
                        }
                        _ => run.note((rx.is_closed(), rx.len())),
                    }
                }
            }

            fn values(random: &mut Random, run: &mut Script) {
                let (tx, rx) = watch::channel(0);
                let mut receivers = vec![rx];
                let once = Arc::new(SetOnce::new());
                let cell = Arc::new(OnceCell::new());
                for _ in 0..STEPS {
                    let value = random.below(100);
                    let rx = receivers.last().cloned();
                    match (random.below(14), rx) {
                        (0, _) => run.note(tx.send(value)),
                        (1, _) => run.note(tx.send_if_modified(|old| {
                            *old += value % 2;
                            value % 2 == 1
                        })),
                        (2, _) => run.note(tx.send_replace(value)),
                        (3, Some(mut rx)) => {
                            run.note(rx.has_changed());
                            rx.mark_changed();
                            run.note(rx.borrow_and_update().has_changed());
                            run.note(*rx.borrow());
                        }
                        (4, Some(mut rx)) => {
                            run.wait(async move { format!("{:?}", rx.changed().await) });
                        }
                        (5, Some(mut rx)) => run.wait(async move {
                            let found = rx.wait_for(|&seen| seen > 80).await;
                            format!("{:?}", found.map(|found| *found))
                        }),
                        (6, _) => receivers.push(tx.subscribe()),
                        (7, _) if random.below(3) == 0 => drop(receivers.pop()),
                        (8, _) => run.note((tx.receiver_count(), tx.is_closed())),
                        (9, _) if random.below(4) == 0 => run.note(once.set(value)),
                        (10, _) => {
                            let once = Arc::clone(&once);
                            run.wait(async move { format!("{:?}", once.wait().await) });
                        }
                        (11, _) => {
                            let cell = Arc::clone(&cell);
                            run.wait(async move {
                                let made = cell.get_or_try_init(|| async {
                                    let mut waited = false;
                                    std::future::poll_fn(|_| {
                                        if std::mem::replace(&mut waited, true) {
                                            Poll::Ready(())
                                        } else {
                                            Poll::Pending
                                        }
                                    })
                                    .await;
                                    if value % 3 == 0 { Ok(value) } else { Err(value) }
                                });
                                format!("{:?}", made.await)
                            });
                        }
                        (12, _) if random.below(4) == 0 => run.note(cell.set(value)),
                        _ => {
                            run.note((once.get(), cell.get(), cell.initialized()));
                            run.go_on(random);
                        }
                    }
                }
            }

            fn locks(random: &mut Random, run: &mut Script) {
                let mutex = Arc::new(Mutex::new(0));
                let lock = Arc::new(RwLock::with_max_readers(0, 2));
                let (mut held, mut reads, mut writes) = (Vec::new(), Vec::new(), Vec::new());
                for _ in 0..STEPS {
                    match random.below(11) {
                        0 => match Arc::clone(&mutex).try_lock_owned() {
                            Ok(mut guard) => {
                                *guard += 1;
                                held.push(guard);
                            }
                            Err(error) => run.note(error.to_string()),
                        },
                        1 => {
                            let mutex = Arc::clone(&mutex);
                            run.wait(async move {
                                let mut guard = mutex.lock().await;
                                *guard += 10;
                                format!("{guard:?}")
                            });
                        }
                        2 | 3 => drop(held.pop()),
                        4 => match Arc::clone(&lock).try_read_owned() {
                            Ok(guard) => reads.push(guard),
                            Err(error) => run.note(error.to_string()),
                        },
                        5 => match Arc::clone(&lock).try_write_owned() {
                            Ok(mut guard) => {
                                *guard += 1;
                                writes.push(guard);
                            }
                            Err(error) => run.note(error.to_string()),
                        },
                        6 => reads.extend(writes.pop().map(|guard| guard.downgrade())),
                        7 => {
                            let lock = Arc::clone(&lock);
                            run.wait(async move {
                                let mut guard = lock.write_owned().await;
                                *guard += 10;
                                guard.to_string()
                            });
                        }
                        8 => {
                            let lock = Arc::clone(&lock);
                            run.wait(async move { lock.read().await.to_string() });
                        }
                        9 => {
                            drop(reads.pop());
                            drop(writes.pop());
                            run.note((&mutex, &lock));
                        }
                        _ => run.go_on(random),
                    }
                }
            }

            fn permits(random: &mut Random, run: &mut Script) {
                let semaphore = Arc::new(Semaphore::new(2));
                let notify = Arc::new(Notify::new());
                let mut permits = Vec::new();
                for _ in 0..STEPS {
                    let n = random.below(3) as u32;
                    match random.below(12) {
                        0 => match Arc::clone(&semaphore).try_acquire_many_owned(n) {
                            Ok(permit) => permits.push(permit),
                            Err(error) => run.note(error),
                        },
                        1 => {
                            let semaphore = Arc::clone(&semaphore);
                            run.wait(async move {
                                let permit = semaphore.acquire_many(n).await;
                                format!("{:?}", permit.map(|permit| permit.num_permits()))
                            });
                        }
                        2 => drop(permits.pop()),
                        3 => {
                            let split = permits.last_mut().and_then(|it| it.split(1));
                            permits.extend(split);
                        }
                        4 => {
                            if let (Some(mut one), Some(two)) = (permits.pop(), permits.pop()) {
                                one.merge(two);
                                permits.push(one);
                            }
                        }
                        5 if random.below(4) == 0 => {
                            permits.pop().into_iter().for_each(|permit| permit.forget());
                        }
                        6 => {
                            semaphore.add_permits(n as usize % 2);
                            run.note((semaphore.available_permits(), semaphore.is_closed()));
                        }
                        7 if random.below(10) == 0 => semaphore.close(),
                        8 => {
                            let notify = Arc::clone(&notify);
                            let enable = random.below(2) == 0;
                            let mut wait = Box::pin(notify.notified_owned());
                            if enable {
                                run.note(wait.as_mut().enable());
                            }
                            run.wait(async move {
                                wait.await;
                                "notified".to_owned()
                            });
                        }
                        9 if random.below(2) == 0 => notify.notify_one(),
                        9 => notify.notify_last(),
                        10 if random.below(3) == 0 => notify.notify_waiters(),
                        _ => run.go_on(random),
                    }
                }
            }

            fn broadcasts(random: &mut Random, run: &mut Script) {
                let tx = broadcast::Sender::<u64>::new(2);
                let mut receivers = Vec::new();
                let mut senders = vec![tx];
                for _ in 0..STEPS {
                    match random.below(9) {
                        0 | 1 => run.note(senders.last().map(|tx| tx.send(random.below(100)))),
                        2 => receivers.extend(senders.last().map(|tx| tx.subscribe())),
                        3 => run.note(receivers.last_mut().map(|rx| rx.try_recv())),
                        4 => {
                            if let Some(rx) = receivers.last_mut() {
                                let polled = poll(Box::pin(rx.recv()).as_mut());
                                run.note(polled);
                            }
                        }
                        5 if random.below(3) == 0 => drop(receivers.pop()),
                        6 => run.note(senders.last().map(|tx| {
                            (tx.len(), tx.is_empty(), tx.receiver_count(), tx.strong_count())
                        })),
                        7 => run.note(receivers.last().map(|rx| {
                            (rx.len(), rx.is_empty(), rx.is_closed(), rx.sender_weak_count())
                        })),
                        _ if random.below(12) == 0 => drop(senders.pop()),
                        _ if receivers.len() > 1 => receivers.rotate_left(1),
                        _ => {}
                    }
                }
            }

            fn meetings(random: &mut Random, run: &mut Script) {
                let barriers = [0, 1, 2, 3].map(|n| Arc::new(Barrier::new(n)));
                for _ in 0..STEPS {
                    if random.below(2) == 0 {
                        let barrier = Arc::clone(&barriers[random.below(4) as usize]);
                        run.wait(async move { barrier.wait().await.is_leader().to_string() });
                    } else {
                        run.go_on(random);
                    }
                }
            }
        }
    };
}

scripts!(real, tokio::sync);
scripts!(mirrored, leak_harness::sync);

#[test]
fn scripts_over_sync_agree() {
    super::agree(600, real::all, mirrored::all);
}
