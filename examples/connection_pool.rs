//! A pool of connections with a queue of those who wait, one of whom is cancelled.
//!
//! Who gives a connection back hands it to the first in the queue. If that one has been cancelled
//! meanwhile, or is cancelled before it looks, the connection goes with it: the pool has one less, and
//! when none is left, everybody waits for ever. Tests in which nobody is cancelled are all green. The
//! repaired pool hands on not the connection but its lease, which gives the connection back wherever
//! it is dropped.
//!
//! The property is checked with `cancel_anywhere`, which aborts the impatient client at each of its
//! awaits.
//!
//! Run it with `cargo run --example connection_pool`: it prints the fewest clients that hang, and how
//! the repaired pool fares.
#![expect(clippy::print_stdout, reason = "what it is for")]

use std::collections::VecDeque;
use std::sync::Arc;

use leak_harness::proptest::test_runner::Config;
use leak_harness::sync::oneshot;
use leak_harness::task::yield_now;
use leak_harness::{Builder, Counterexample, Coverage, Failure, spawn};
// In a crate that has adopted the harness this is `std::sync::Mutex`.
use leak_harness_std::sync::Mutex;

/// Number of a connection.
type Connection = usize;

/// What is handed to one who waits.
enum Handed {
    Bare(Connection),
    Leased(Lease),
}

struct State {
    idle: Vec<Connection>,
    waiting: VecDeque<oneshot::Sender<Handed>>,
}

struct Pool {
    state: Mutex<State>,
    repaired: bool,
}

/// A connection in use, which goes back when this is dropped.
struct Lease {
    pool: Arc<Pool>,
    connection: Connection,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.pool.give_back(self.connection);
    }
}

impl Pool {
    fn of(connections: usize, repaired: bool) -> Arc<Pool> {
        let state = State {
            idle: (0..connections).collect(),
            waiting: VecDeque::new(),
        };
        Arc::new(Pool {
            state: Mutex::new(state),
            repaired,
        })
    }

    fn lease(self: &Arc<Pool>, connection: Connection) -> Lease {
        Lease {
            pool: Arc::clone(self),
            connection,
        }
    }

    async fn get(self: &Arc<Pool>) -> Lease {
        let answer = {
            let mut state = self.state.lock().unwrap();
            if let Some(connection) = state.idle.pop() {
                return self.lease(connection);
            }
            let (hand, answer) = oneshot::channel();
            state.waiting.push_back(hand);
            answer
        };
        match answer.await.expect("the pool answers") {
            Handed::Bare(connection) => self.lease(connection),
            Handed::Leased(lease) => lease,
        }
    }

    fn give_back(self: &Arc<Pool>, connection: Connection) {
        let first = {
            let mut state = self.state.lock().unwrap();
            let first = state.waiting.pop_front();
            if first.is_none() {
                state.idle.push(connection);
            }
            first
        };
        let Some(first) = first else { return };
        let handed = match self.repaired {
            false => Handed::Bare(connection), // lost if nobody takes it
            true => Handed::Leased(self.lease(connection)),
        };
        drop(first.send(handed));
    }
}

async fn patient_client(pool: Arc<Pool>) {
    let _lease = pool.get().await;
    yield_now().await;
}

/// The same, under a name of its own, by which it is cancelled.
async fn impatient_client(pool: Arc<Pool>) {
    patient_client(pool).await;
}

/// So many connections, patient and impatient clients.
pub type Use = (usize, usize, usize);

async fn run((connections, patient, impatient): Use, repaired: bool) {
    let pool = Pool::of(connections, repaired);
    let mut clients = Vec::new();
    for _ in 0..patient {
        clients.push(spawn(patient_client(Arc::clone(&pool))));
    }
    for _ in 0..impatient {
        clients.push(spawn(impatient_client(Arc::clone(&pool))));
    }
    for client in clients {
        client.await.ok();
    }
    // All of them are there again.
    let mut all = Vec::new();
    for _ in 0..connections {
        all.push(pool.get().await);
    }
}

/// The property: whoever is cancelled, no connection is lost.
pub fn property(builder: &Builder, repaired: bool) -> Result<Coverage, Counterexample<Use>> {
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let uses = (1..3_usize, 0..3_usize, 0..3_usize);
    let builder = builder.clone().cancel_anywhere("impatient_client");
    builder.check_all(config, uses, move |pool| run(pool, repaired))
}

/// The repaired pool in every schedule.
pub fn exhaustively(pool: Use) -> Result<Coverage, Failure> {
    let builder = Builder::new()
        .name("connection_pool, repaired")
        .cancel_anywhere("impatient_client");
    builder.exhaustive(true).check(move || run(pool, true))
}

/// Pools that can be explored to the end in no time.
pub fn small_sizes() -> Vec<Use> {
    vec![(1, 0, 1), (1, 1, 1), (2, 1, 1)]
}

fn main() {
    match property(&Builder::new().name("connection_pool"), false) {
        Ok(coverage) => println!("no leak, in {coverage}"),
        Err(found) => println!("{found}"),
    }
    for size in small_sizes() {
        match exhaustively(size) {
            Ok(coverage) => println!("repaired, {size:?}:\nno leak, in {coverage}."),
            Err(failure) => println!("{failure}"),
        }
    }
}
