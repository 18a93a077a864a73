//! What a task has of its own: task-local values, its id, its budget.

use leak_harness::sync::{mpsc, oneshot};
use leak_harness::task::{self, coop};
use leak_harness::time::{self, Duration};
use leak_harness::{spawn, task_local};

use super::{clean, outcomes};

task_local! {
    static NUMBER: u32;
    pub(crate) static NAME: String
}

#[test]
fn a_value_is_the_tasks_own_although_others_run_in_the_middle_of_its_poll() {
    let seen = outcomes(|| async {
        let (tx, mut rx) = mpsc::channel(4);
        let tasks = [1, 2].map(|n| {
            let tx = tx.clone();
            spawn(NUMBER.scope(n, async move {
                assert_eq!(NUMBER.get(), n);
                tx.try_send(n).unwrap();
                assert_eq!(NUMBER.get(), n);
                tx.try_send(n).unwrap();
                assert_eq!(NUMBER.get(), n);
            }))
        });
        for task in tasks {
            task.await.unwrap();
        }
        assert!(NUMBER.try_get().is_err());
        let mut order = Vec::new();
        while let Ok(n) = rx.try_recv() {
            order.push(n);
        }
        order
    });
    for seen in seen {
        assert!(seen.contains(&vec![1, 2, 1, 2]), "{seen:?}");
    }
}

#[test]
fn scopes_nest_and_end() {
    clean(|| async {
        NAME.sync_scope("outer".to_owned(), || {
            NAME.sync_scope("inner".to_owned(), || {
                NAME.with(|name| assert_eq!(name, "inner"))
            });
            assert_eq!(NAME.get(), "outer");
        });
        let error = NAME.try_get().unwrap_err();
        assert_eq!(error.to_string(), "task-local value not set");
        let mut scope = Box::pin(NAME.scope("kept".to_owned(), async {}));
        scope.as_mut().await;
        assert_eq!(scope.as_mut().take_value().as_deref(), Some("kept"));
    });
}

#[test]
fn the_future_of_a_scope_is_dropped_inside_it() {
    struct Look;
    impl Drop for Look {
        fn drop(&mut self) {
            assert_eq!(NUMBER.get(), 9);
        }
    }
    clean(|| async {
        let look = Look;
        drop(NUMBER.scope(9, async move {
            let _look = look;
        }));
    });
}

#[tokio::test]
async fn outside_of_executions_values_are_tokios() {
    let value = NUMBER.scope(3, async {
        tokio::task::yield_now().await;
        NUMBER.get()
    });
    assert_eq!(tokio::spawn(value).await.unwrap(), 3);
    assert!(NUMBER.try_get().is_err());
}

#[test]
fn a_task_knows_its_id_and_the_body_has_none() {
    clean(|| async {
        assert_eq!(task::try_id(), None);
        let handle = spawn(async { task::id() });
        let id = handle.id();
        assert_eq!(handle.await.unwrap(), id);
    });
}

#[test]
fn whoever_drops_a_tasks_output_counts_as_that_task() {
    struct Output(Option<oneshot::Sender<Option<task::Id>>>);

    impl Drop for Output {
        fn drop(&mut self) {
            let tx = self.0.take().expect("it is dropped once");
            let _ = tx.send(task::try_id());
        }
    }

    clean(|| async {
        let (tx, rx) = oneshot::channel();
        let (ended_tx, ended_rx) = oneshot::channel();
        let handle = spawn(async move {
            ended_tx.send(()).unwrap();
            Output(Some(tx))
        });
        let id = handle.id();
        ended_rx.await.unwrap();
        drop(handle);
        assert_eq!(rx.await.unwrap(), Some(id));
    });
}

#[test]
fn a_future_that_uses_up_its_budget_does_not_keep_a_timeout_from_passing() {
    clean(|| async {
        let greedy = async {
            loop {
                task::consume_budget().await;
            }
        };
        let passed = time::timeout(Duration::from_millis(1), greedy).await;
        passed.expect_err("the future has no end");
    });
}

#[test]
fn a_budget_runs_out_and_comes_back_with_the_next_poll() {
    clean(|| async {
        let mut spent = 0;
        while coop::has_budget_remaining() {
            task::consume_budget().await;
            spent += 1;
        }
        assert!(spent > 1);
        task::consume_budget().await;
        assert!(coop::has_budget_remaining());
        coop::unconstrained(async {
            for _ in 0..1_000 {
                task::consume_budget().await;
            }
            assert!(coop::has_budget_remaining());
        })
        .await;
    });
}

#[test]
fn what_is_not_ready_costs_no_budget() {
    clean(|| async {
        let mut pending = Box::pin(coop::cooperative(std::future::pending::<()>()));
        std::future::poll_fn(|context| {
            for _ in 0..1_000 {
                assert!(pending.as_mut().poll(context).is_pending());
            }
            assert!(coop::has_budget_remaining());
            std::task::Poll::Ready(())
        })
        .await;
    });
}
