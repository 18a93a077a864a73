//! Which scripts are drawn, and what they are made small to: fewer misdeeds and extras, then fewer
//! parties and messages.
//!
//! A script is a function of a plan, and the plan is what proptest shrinks. So a smaller script
//! differs from a larger one in what was asked of it, and never loses a step that kept it clean.
//!
//! Not here: what a plan comes to (`topology`, `misdeed`).

use proptest::collection::vec;
use proptest::prop_oneof;
use proptest::sample::select;
use proptest::strategy::Strategy;

use super::misdeed::Misdeed;
use super::script::Script;
use super::topology::{Beat, Extra, Joins, Size, Topology, well_behaved as build};

const EXTRAS: [Extra; 11] = [
    Extra::Lock,
    Extra::ReadWrite,
    Extra::Permits,
    Extra::Gate,
    Extra::Rendezvous,
    Extra::Ready,
    Extra::Signal,
    Extra::Heartbeat(Beat::Sleep),
    Extra::Heartbeat(Beat::Yield),
    Extra::Stoppable,
    Extra::Closing,
];

/// The most parties of a kind, messages of a source, room in a channel.
const WIDTH: usize = 2;
const MESSAGES: usize = 3;
const ROOM: usize = 2;

/// Random scripts of any topology, with up to two misdeeds.
pub fn scripts() -> impl Strategy<Value = Script> {
    plans(&Topology::ALL, 2)
}

/// Random scripts of any topology in which every party behaves: they never leak.
pub fn well_behaved() -> impl Strategy<Value = Script> {
    plans(&Topology::ALL, 0)
}

impl Topology {
    /// Random scripts of this topology, with up to two misdeeds: a party drops an end early, stops
    /// reading, gives up waiting, is aborted, panics, keeps a sender, misuses a lock, does not
    /// give a signal.
    pub fn scripts(self) -> impl Strategy<Value = Script> {
        plans(&[self], 2)
    }

    /// Random scripts of this topology in which every party behaves: they never leak.
    pub fn well_behaved(self) -> impl Strategy<Value = Script> {
        plans(&[self], 0)
    }
}

/// [`Topology::scripts`] of a pipeline.
pub fn pipeline() -> impl Strategy<Value = Script> {
    Topology::Pipeline.scripts()
}

/// [`Topology::scripts`] of several producers and one consumer.
pub fn fan_in() -> impl Strategy<Value = Script> {
    Topology::FanIn.scripts()
}

/// [`Topology::scripts`] of one producer and several consumers.
pub fn fan_out() -> impl Strategy<Value = Script> {
    Topology::FanOut.scripts()
}

/// [`Topology::scripts`] of clients and a server.
pub fn request_reply() -> impl Strategy<Value = Script> {
    Topology::RequestReply.scripts()
}

/// [`Topology::scripts`] of workers that share a queue.
pub fn worker_pool() -> impl Strategy<Value = Script> {
    Topology::WorkerPool.scripts()
}

/// [`Topology::scripts`] of a publisher, relays and subscribers.
pub fn broadcast_tree() -> impl Strategy<Value = Script> {
    Topology::BroadcastTree.scripts()
}

fn plans(topologies: &[Topology], misdeeds: usize) -> impl Strategy<Value = Script> + use<> {
    let kind = prop_oneof![
        3 => select(Misdeed::OF_CHANNELS.to_vec()),
        2 => select(Misdeed::OF_OTHERS.to_vec()),
    ];
    let misdeed = (kind, 0..4_usize);
    let rooms: Vec<Option<usize>> = (1..=ROOM).map(Some).chain([None]).collect();
    let sizes = (
        1..=WIDTH,
        0..=MESSAGES,
        select(rooms),
        proptest::bool::ANY,
        select(vec![Joins::Not, Joins::Patiently, Joins::Shortly]),
    );
    let plan = (
        vec(select(EXTRAS.to_vec()), 0..=2),
        vec(misdeed, 0..=misdeeds),
        select(topologies.to_vec()),
        sizes,
    );
    plan.prop_map(|(extras, misdeeds, topology, size)| {
        let (width, messages, room, body_collects, joins) = size;
        let size = Size {
            width,
            messages,
            room,
            body_collects,
            joins,
        };
        let mut script = build(topology, size, &extras);
        for (misdeed, who) in misdeeds {
            let before = script.clone();
            misdeed.happens(&mut script, who);
            // Two misdeeds can be in each other's way.
            if script.problem().is_some() {
                script = before;
            }
        }
        script
    })
}
