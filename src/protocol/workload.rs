//! Random clients of a component.
//!
//! Not here: what they do with it (`component`).

use std::fmt;

use proptest::collection::vec;
use proptest::prop_oneof;
use proptest::sample::select;
use proptest::strategy::{Just, Strategy};

/// How a client treats the component. All its calls are ordinary ones, except as said.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Behaviour {
    /// It waits for every answer, and drops its handle.
    Waits,
    /// It waits for each answer for a second at most, and then goes on.
    GivesUp,
    /// Of its last call it does not read the answer. The call stays where it is until the component
    /// is shut down.
    StopsReading,
    /// It is aborted, at any moment.
    IsAborted,
    /// It panics in the middle of its last call, or at its end if that is over.
    Panics,
    /// It keeps its handle until the component is shut down.
    KeepsHandle,
}

impl Behaviour {
    /// All of them.
    pub const ALL: [Behaviour; 6] = [
        Behaviour::Waits,
        Behaviour::GivesUp,
        Behaviour::StopsReading,
        Behaviour::IsAborted,
        Behaviour::Panics,
        Behaviour::KeepsHandle,
    ];
}

/// One client of a component.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Client<R> {
    /// What it asks, one after the other.
    pub requests: Vec<R>,
    /// How it goes about it.
    pub behaviour: Behaviour,
}

/// When the owner shuts a component down.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ShutDown {
    /// Once all clients have ended.
    AfterClients,
    /// At any moment.
    Meanwhile,
}

/// What a component goes through.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Workload<R> {
    /// Its clients, each a task.
    pub clients: Vec<Client<R>>,
    /// When it is shut down.
    pub shut_down: ShutDown,
}

/// Small, since a report shows it: `GivesUp [1, 2]`.
impl<R: fmt::Debug> fmt::Debug for Client<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.behaviour, self.requests)
    }
}

/// Small, since a report shows it: `[Waits [1], GivesUp [2]], then shut down`.
impl<R: fmt::Debug> fmt::Debug for Workload<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, ", self.clients)?;
        f.write_str(match self.shut_down {
            ShutDown::AfterClients => "then shut down",
            ShutDown::Meanwhile => "shut down meanwhile",
        })
    }
}

/// The most clients, and calls of each.
const CLIENTS: usize = 3;
const CALLS: usize = 2;

/// Random workloads: up to three clients with up to two requests each, that wait for the answers or
/// behave in one of the given ways; the owner waits for them or not.
///
/// They are made small to fewer clients, fewer calls, and clients that wait.
pub fn workloads<S>(
    requests: S,
    behaviours: &[Behaviour],
) -> impl Strategy<Value = Workload<S::Value>>
where
    S: Strategy,
    S::Value: Clone + fmt::Debug,
{
    let mut all = vec![Behaviour::Waits];
    let others = behaviours.iter().copied();
    all.extend(others.filter(|behaviour| *behaviour != Behaviour::Waits));
    let client = (vec(requests, 0..=CALLS), select(all)).prop_map(|(requests, behaviour)| Client {
        requests,
        behaviour,
    });
    let shut_down = prop_oneof![Just(ShutDown::AfterClients), Just(ShutDown::Meanwhile)];
    (vec(client, 0..=CLIENTS), shut_down)
        .prop_map(|(clients, shut_down)| Workload { clients, shut_down })
}
