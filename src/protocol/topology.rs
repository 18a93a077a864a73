//! Well-behaved scripts: who sends what to whom, and what everybody does besides.
//!
//! Not here: how they are drawn (`plan`), and parties that misbehave (`misdeed`).

use super::script::{Party, Patience, Script, Step, Thing};

/// Who sends to whom in a script.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Topology {
    /// Tasks around what they share, without channels between them.
    SharedState,
    /// A source, stages that pass on, and a sink.
    Pipeline,
    /// Several producers of one consumer.
    FanIn,
    /// A producer with a channel for each of several consumers.
    FanOut,
    /// Clients that ask a server and wait for its answers.
    RequestReply,
    /// Workers that share a queue of jobs, and a collector of their results.
    WorkerPool,
    /// A publisher, relays that pass on to subscribers of their own.
    BroadcastTree,
}

impl Topology {
    /// All of them.
    pub const ALL: [Topology; 7] = [
        Topology::SharedState,
        Topology::Pipeline,
        Topology::FanIn,
        Topology::FanOut,
        Topology::RequestReply,
        Topology::WorkerPool,
        Topology::BroadcastTree,
    ];
}

/// What a task does again and again until it is told to stop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Beat {
    Sleep,
    Yield,
    /// Tries to receive, and sleeps.
    Try,
}

/// What the parties of a script do besides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Extra {
    /// A mutex around a part of each turn.
    Lock,
    /// A read-write lock, which the first party writes.
    ReadWrite,
    /// A semaphore with one permit for all.
    Permits,
    /// Nobody begins before the body says so.
    Gate,
    /// Nobody begins before all have come.
    Rendezvous,
    /// The body does not go on before the last party is ready, which it says by a oneshot.
    Ready,
    /// The same, by a `Notify`.
    Signal,
    /// A task that works until it is told to stop.
    Heartbeat(Beat),
    /// Consumers stop when they are told to.
    Stoppable,
    /// The body waits until the last party has gone, which a oneshot shows.
    Closing,
}

/// The sizes of a script.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Size {
    /// Of that which there may be several of.
    pub(super) width: usize,
    /// Messages that each source sends, or turns that each worker takes: there they may be none.
    pub(super) messages: usize,
    /// Room of channels; none for unbounded ones.
    pub(super) room: Option<usize>,
    /// Whether the body itself is the consumer at the end.
    pub(super) body_collects: bool,
    /// Whether the body waits for all parties.
    pub(super) joins: Joins,
}

/// How the body waits for the parties at its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Joins {
    Not,
    Patiently,
    /// For a second, then it goes on: what it waited for goes on as well.
    Shortly,
}

/// A script in the making.
struct Draft {
    script: Script,
    size: Size,
}

/// A script in which everybody does what is expected.
pub(super) fn well_behaved(topology: Topology, size: Size, extras: &[Extra]) -> Script {
    let body = Party {
        role: "body",
        steps: Vec::new(),
    };
    let mut draft = Draft {
        script: Script {
            things: Vec::new(),
            parties: vec![body],
        },
        size,
    };
    draft.lay_out(topology);
    for extra in extras {
        draft.add(*extra);
    }
    for party in 1..draft.script.parties.len() {
        let join = Step::Join(party);
        draft.script.parties[0].steps.extend(match size.joins {
            Joins::Not => None,
            Joins::Patiently => Some(join),
            Joins::Shortly => Some(Step::Timeout(Box::new(join))),
        });
    }
    draft.script
}

impl Draft {
    fn thing(&mut self, thing: Thing) -> usize {
        self.script.things.push(thing);
        self.script.things.len() - 1
    }

    fn channel(&mut self) -> usize {
        self.thing(match self.size.room {
            Some(room) => Thing::Mpsc { room },
            None => Thing::Unbounded,
        })
    }

    /// Messages of a source: one at least, or its loop would be none.
    fn messages(&self) -> usize {
        self.size.messages.max(1)
    }

    fn party(&mut self, role: &'static str, steps: Vec<Step>) {
        self.script.parties.push(Party { role, steps });
    }

    /// The consumer at the end: the body or a party.
    fn collector(&mut self, role: &'static str, steps: Vec<Step>) {
        if self.size.body_collects {
            self.script.parties[0].steps.extend(steps);
        } else {
            self.party(role, steps);
        }
    }

    fn lay_out(&mut self, topology: Topology) {
        match topology {
            Topology::SharedState => self.shared_state(),
            Topology::Pipeline => self.pipeline(),
            Topology::FanIn => self.fan_in(),
            Topology::FanOut => self.fan_out(),
            Topology::RequestReply => self.request_reply(),
            Topology::WorkerPool => self.worker_pool(),
            Topology::BroadcastTree => self.broadcast_tree(),
        }
    }

    fn shared_state(&mut self) {
        let mut turns = Vec::new();
        if self.size.messages > 0 {
            let locks = vec![Step::Lock(self.thing(Thing::Mutex), Vec::new())];
            turns.push(Step::Repeat(self.size.messages, locks));
        }
        for _ in 0..self.size.width {
            self.party("worker", turns.clone());
        }
    }

    fn pipeline(&mut self) {
        let channels: Vec<usize> = (0..self.size.width).map(|_| self.channel()).collect();
        let (first, last) = (channels[0], channels[channels.len() - 1]);
        let sends = Step::Repeat(self.messages(), vec![Step::Send(first)]);
        self.party("source", vec![sends]);
        for pair in channels.windows(2) {
            let passes_on = vec![Step::Send(pair[1])];
            self.party("stage", vec![Step::Each(pair[0], passes_on)]);
        }
        self.collector("sink", vec![Step::Each(last, Vec::new())]);
    }

    fn fan_in(&mut self) {
        let channel = self.channel();
        for _ in 0..self.size.width {
            let sends = Step::Repeat(self.messages(), vec![Step::Send(channel)]);
            self.party("producer", vec![sends]);
        }
        self.collector("consumer", vec![Step::Each(channel, Vec::new())]);
    }

    fn fan_out(&mut self) {
        let channels: Vec<usize> = (0..self.size.width).map(|_| self.channel()).collect();
        let sends = channels
            .iter()
            .map(|&channel| Step::Send(channel))
            .collect();
        self.party("producer", vec![Step::Repeat(self.messages(), sends)]);
        let (last, others) = channels.split_last().expect("there is one at least");
        for channel in others {
            self.party("consumer", vec![Step::Each(*channel, Vec::new())]);
        }
        self.collector("consumer", vec![Step::Each(*last, Vec::new())]);
    }

    fn request_reply(&mut self) {
        let requests = self.thing(Thing::Requests {
            room: self.size.room.unwrap_or(1),
            parts: self.messages().min(2),
            answer_room: 1,
        });
        for _ in 0..self.size.width {
            let asks = Step::Repeat(1, vec![Step::Ask(requests, Patience::Waits)]);
            self.party("client", vec![asks]);
        }
        self.collector("server", vec![Step::Serve(requests, Vec::new())]);
    }

    fn worker_pool(&mut self) {
        let room = self.size.room.unwrap_or(1);
        let jobs = self.thing(Thing::Queue { room });
        let results = self.channel();
        let submits = Step::Repeat(self.messages(), vec![Step::Send(jobs)]);
        self.party("submitter", vec![submits]);
        for _ in 0..self.size.width {
            let works = vec![Step::Send(results)];
            self.party("worker", vec![Step::Each(jobs, works)]);
        }
        self.collector("collector", vec![Step::Each(results, Vec::new())]);
    }

    fn broadcast_tree(&mut self) {
        let room = self.size.room.unwrap_or(2);
        let root = self.thing(Thing::Broadcast { room });
        let sends = Step::Repeat(self.messages(), vec![Step::Send(root)]);
        // The first relay listens to the root, the others to the relay before them.
        let mut from = root;
        for _ in 1..self.size.width {
            let branch = self.thing(Thing::Broadcast { room });
            let passes_on = vec![Step::Send(branch)];
            self.party("relay", vec![Step::Each(from, passes_on)]);
            self.party("subscriber", vec![Step::Each(from, Vec::new())]);
            from = branch;
        }
        self.collector("subscriber", vec![Step::Each(from, Vec::new())]);
        self.party("publisher", vec![sends]);
    }

    fn add(&mut self, extra: Extra) {
        match extra {
            Extra::Lock => {
                let lock = self.thing(Thing::Mutex);
                self.each_turn(|_| Step::Lock(lock, Vec::new()));
            }
            Extra::ReadWrite => {
                let lock = self.thing(Thing::RwLock);
                self.each_turn(|party| match party {
                    1 => Step::Write(lock, Vec::new()),
                    _ => Step::Read(lock, Vec::new()),
                });
            }
            Extra::Permits => {
                let permits = self.thing(Thing::Semaphore { permits: 1 });
                self.each_turn(|_| Step::Permit(permits, Vec::new()));
            }
            Extra::Gate => {
                let gate = self.thing(Thing::Gate);
                self.all_begin(Step::Pass(gate));
                self.body_begins(Step::Open(gate));
            }
            Extra::Rendezvous => {
                let parties = self.script.parties.len() - 1;
                let barrier = self.thing(Thing::Barrier { parties });
                self.all_begin(Step::Arrive(barrier));
            }
            Extra::Ready => {
                let ready = self.thing(Thing::Oneshot);
                self.last_begins(Step::Send(ready));
                self.body_begins(Step::Recv(ready));
            }
            Extra::Signal => {
                let notify = self.thing(Thing::Notify);
                self.last_begins(Step::NotifyOne(notify));
                self.body_begins(Step::Notified(notify));
            }
            Extra::Heartbeat(beat) => {
                let token = self.script.heartbeat(beat);
                self.script.parties[0].steps.push(Step::Cancel(token));
            }
            Extra::Stoppable => self.make_stoppable(),
            Extra::Closing => {
                let gone = self.thing(Thing::Oneshot);
                let last = self.script.parties.last_mut();
                let drops = Step::Drop(super::End::Receiver(gone));
                last.expect("a script has a party").steps.push(drops);
                self.script.parties[0].steps.push(Step::Closed(gone));
            }
        }
    }

    /// A short step at the beginning of each turn of each loop. Nothing else is done inside of it:
    /// whoever has a lock waits for nobody.
    fn each_turn(&mut self, step: impl Fn(usize) -> Step) {
        for (place, party) in self.script.parties.iter_mut().enumerate() {
            for turn in &mut party.steps {
                if let Step::Each(_, steps)
                | Step::EachUntil { steps, .. }
                | Step::Serve(_, steps)
                | Step::Repeat(_, steps) = turn
                {
                    steps.insert(0, step(place));
                }
            }
        }
    }

    fn all_begin(&mut self, step: Step) {
        for party in &mut self.script.parties[1..] {
            party.steps.insert(0, step.clone());
        }
    }

    fn last_begins(&mut self, step: Step) {
        let last = self.script.parties.last_mut();
        let last = last.expect("a script has a party");
        // Before what all begin with: that may be a wait for the body, which waits for this.
        last.steps.insert(0, step);
    }

    fn body_begins(&mut self, step: Step) {
        self.script.parties[0].steps.insert(0, step);
    }

    fn make_stoppable(&mut self) {
        let (things, token) = (&self.script.things, self.script.things.len());
        let mut stops = false;
        let parties = self.script.parties[1..].iter_mut();
        for step in parties.flat_map(|party| &mut party.steps) {
            let Step::Each(from, steps) = step else {
                continue;
            };
            if matches!(things[*from], Thing::Mpsc { .. } | Thing::Unbounded) {
                let (from, steps) = (*from, std::mem::take(steps));
                *step = Step::EachUntil { from, token, steps };
                stops = true;
            }
        }
        if stops {
            self.thing(Thing::Token);
            self.script.parties[0].steps.push(Step::Cancel(token));
        }
    }
}

impl Script {
    /// Adds a party that beats until a token is cancelled; the token.
    pub(super) fn heartbeat(&mut self, beat: Beat) -> usize {
        let token = self.things.len();
        self.things.push(Thing::Token);
        let beats = match beat {
            Beat::Sleep => vec![Step::Sleep],
            Beat::Yield => vec![Step::Yield],
            Beat::Try => {
                self.things.push(Thing::Mpsc { room: 1 });
                vec![Step::TryRecv(token + 1), Step::Sleep]
            }
        };
        let steps = vec![Step::Until(token, beats)];
        let role = "heartbeat";
        self.parties.push(Party { role, steps });
        token
    }
}
