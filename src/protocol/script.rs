//! A script as plain data: what is shared, and what each party does with it.
//!
//! Not here: whether it can be run (`validity`), how it runs (`run`, `actor`), how it is printed
//! (`source`), and which scripts there are (`plan`).

/// A program over channels, locks and tokens, as data: what `protocol`'s strategies make.
///
/// Things and parties are named by their places in the two lists. A party has the ends that its
/// steps mention, from before it is spawned until it ends; only the last one to get an end gets it
/// without a clone. The body has those that its own steps mention, and nobody has the others.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Script {
    /// What the parties share.
    pub things: Vec<Thing>,
    /// The body, which spawns the others in their order before its first step, and the others.
    pub parties: Vec<Party>,
}

/// One task of a [`Script`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Party {
    /// What it is for; its task is called `<role> <place>`.
    pub role: &'static str,
    /// What it does, in this order.
    pub steps: Vec<Step>,
}

/// Something that parties share.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Thing {
    /// A bounded mpsc channel with one receiver.
    Mpsc {
        /// How many messages fit.
        room: usize,
    },
    /// An unbounded mpsc channel.
    Unbounded,
    /// A bounded mpsc channel whose receiver is shared, behind a mutex.
    Queue {
        /// How many messages fit.
        room: usize,
    },
    /// A bounded mpsc channel whose messages each carry the sender of a channel for the answer.
    Requests {
        /// How many requests fit.
        room: usize,
        /// In how many parts the answer comes.
        parts: usize,
        /// How many parts of an answer fit.
        answer_room: usize,
    },
    /// A oneshot channel.
    Oneshot,
    /// A broadcast channel.
    Broadcast {
        /// How many messages are kept for slow receivers.
        room: usize,
    },
    /// A watch channel.
    Watch,
    /// A mutex.
    Mutex,
    /// A read-write lock.
    RwLock,
    /// A semaphore.
    Semaphore {
        /// How many permits it begins with.
        permits: usize,
    },
    /// A `Notify`.
    Notify,
    /// A barrier.
    Barrier {
        /// How many tasks meet there.
        parties: usize,
    },
    /// A flag in a mutex, and the `Notify` of those who wait for it.
    Gate,
    /// A signal that is sent once and stays: a cancellation token, made of a watch channel.
    Token,
}

/// What a party can own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum End {
    /// The sender of a channel.
    Sender(usize),
    /// The receiver of a channel.
    Receiver(usize),
    /// Anything that has no two ends.
    Shared(usize),
    /// The join handle of a party.
    Task(usize),
}

/// How a party waits for the answer to a request.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Patience {
    /// For as long as it takes.
    Waits,
    /// For a second, then it drops the receiver.
    GivesUp,
    /// For a second, then it keeps the receiver for good, as a connection that is shared would.
    GivesUpAndKeeps,
    /// Not at all: it drops the receiver.
    Leaves,
}

/// One thing that a party does. What cannot be done any more, as its other side is gone, is passed
/// over.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Step {
    /// Sends a message; waits for room where room is limited.
    Send(usize),
    /// Receives one message; of a watch channel, waits for a change.
    Recv(usize),
    /// Receives a message if there is one.
    TryRecv(usize),
    /// Does the steps for each message until the channel is closed.
    Each(usize, Vec<Step>),
    /// Does the steps for each message until the channel is closed or the token is cancelled.
    EachUntil {
        /// The channel.
        from: usize,
        /// The token.
        token: usize,
        /// What is done for each message.
        steps: Vec<Step>,
    },
    /// Waits until nobody receives from the channel any more.
    Closed(usize),
    /// Sends a request, and waits for its answer.
    Ask(usize, Patience),
    /// For each request does the steps and answers it.
    Serve(usize, Vec<Step>),
    /// Drops an end.
    Drop(End),
    /// Puts an end where nobody uses it and nobody drops it, such as a static.
    Keep(End),
    /// Does the steps with the mutex locked.
    Lock(usize, Vec<Step>),
    /// Does the steps with a read guard of the lock.
    Read(usize, Vec<Step>),
    /// Does the steps with the write guard of the lock.
    Write(usize, Vec<Step>),
    /// Does the steps with a permit of the semaphore.
    Permit(usize, Vec<Step>),
    /// Takes the mutex or a permit of the semaphore, and does not give it back.
    TakeForGood(usize),
    /// Wakes one that waits for the `Notify`, or the next that will.
    NotifyOne(usize),
    /// Wakes all that wait for the `Notify`.
    NotifyAll(usize),
    /// Waits for the `Notify`.
    Notified(usize),
    /// Waits at the barrier.
    Arrive(usize),
    /// Sets the flag of a gate, and tells all that wait.
    Open(usize),
    /// Waits for a gate: asks to be told, then looks at the flag.
    Pass(usize),
    /// Waits for a gate in the wrong order: looks at the flag, then asks to be told.
    PassLate(usize),
    /// Cancels a token.
    Cancel(usize),
    /// Waits until a token is cancelled.
    Cancelled(usize),
    /// Does the steps again and again until a token is cancelled.
    Until(usize, Vec<Step>),
    /// Does the steps so often.
    Repeat(usize, Vec<Step>),
    /// Gives up the step after a second.
    Timeout(Box<Step>),
    /// Sleeps for a second.
    Sleep,
    /// Yields.
    Yield,
    /// Panics; the last step of a party.
    Panic,
    /// Waits for the end of a party, whatever it is.
    Join(usize),
    /// Aborts a party.
    Abort(usize),
}

/// The steps that have a list of steps inside.
macro_rules! with_steps {
    ($steps:ident) => {
        Step::Each(_, $steps)
            | Step::EachUntil { steps: $steps, .. }
            | Step::Serve(_, $steps)
            | Step::Lock(_, $steps)
            | Step::Read(_, $steps)
            | Step::Write(_, $steps)
            | Step::Permit(_, $steps)
            | Step::Until(_, $steps)
            | Step::Repeat(_, $steps)
    };
}

impl Step {
    /// The ends that the step itself uses, in the order in which its source names them.
    pub(super) fn ends(&self) -> impl Iterator<Item = End> {
        let (first, second) = match *self {
            Step::Send(thing) | Step::Closed(thing) | Step::Ask(thing, _) => {
                (Some(End::Sender(thing)), None)
            }
            Step::Recv(thing)
            | Step::TryRecv(thing)
            | Step::Each(thing, _)
            | Step::Serve(thing, _) => (Some(End::Receiver(thing)), None),
            Step::EachUntil { from, token, .. } => {
                (Some(End::Shared(token)), Some(End::Receiver(from)))
            }
            Step::Drop(end) | Step::Keep(end) => (Some(end), None),
            Step::Lock(thing, _)
            | Step::Read(thing, _)
            | Step::Write(thing, _)
            | Step::Permit(thing, _)
            | Step::TakeForGood(thing)
            | Step::NotifyOne(thing)
            | Step::NotifyAll(thing)
            | Step::Notified(thing)
            | Step::Arrive(thing)
            | Step::Open(thing)
            | Step::Pass(thing)
            | Step::PassLate(thing)
            | Step::Cancel(thing)
            | Step::Cancelled(thing)
            | Step::Until(thing, _) => (Some(End::Shared(thing)), None),
            Step::Join(party) | Step::Abort(party) => (Some(End::Task(party)), None),
            Step::Repeat(..) | Step::Timeout(_) | Step::Sleep | Step::Yield | Step::Panic => {
                (None, None)
            }
        };
        first.into_iter().chain(second)
    }

    /// The steps inside of it.
    pub(super) fn nested(&self) -> &[Step] {
        match self {
            with_steps!(steps) => steps,
            Step::Timeout(step) => std::slice::from_ref(step),
            _ => &[],
        }
    }

    /// The same, to change them.
    pub(super) fn nested_mut(&mut self) -> &mut [Step] {
        match self {
            with_steps!(steps) => steps,
            Step::Timeout(step) => std::slice::from_mut(step),
            _ => &mut [],
        }
    }

    /// Whether the steps inside may be done more than once.
    pub(super) fn repeats(&self) -> bool {
        matches!(
            self,
            Step::Each(..)
                | Step::EachUntil { .. }
                | Step::Serve(..)
                | Step::Until(..)
                | Step::Repeat(..)
        )
    }

    /// Whether some step here or inside fits.
    pub(super) fn any(&self, fits: &impl Fn(&Step) -> bool) -> bool {
        fits(self) || self.nested().iter().any(|step| step.any(fits))
    }
}

impl Party {
    /// The ends that its steps mention, in the order in which they do.
    pub(super) fn ends(&self) -> Vec<End> {
        fn collect(steps: &[Step], ends: &mut Vec<End>) {
            for step in steps {
                for end in step.ends() {
                    if !ends.contains(&end) {
                        ends.push(end);
                    }
                }
                collect(step.nested(), ends);
            }
        }
        let mut ends = Vec::new();
        collect(&self.steps, &mut ends);
        ends
    }
}

impl Thing {
    /// Whether it has a sender and a receiver.
    pub(super) fn is_channel(self) -> bool {
        matches!(
            self,
            Thing::Mpsc { .. }
                | Thing::Unbounded
                | Thing::Queue { .. }
                | Thing::Requests { .. }
                | Thing::Oneshot
                | Thing::Broadcast { .. }
                | Thing::Watch
        )
    }
}

impl Script {
    /// Whether some step of some party fits. Steps inside of others count as well.
    ///
    /// ```
    /// use leak_harness::protocol::{Party, Script, Step};
    ///
    /// let steps = vec![Step::Repeat(2, vec![Step::Yield])];
    /// let body = Party { role: "body", steps };
    /// let script = Script { things: vec![], parties: vec![body] };
    /// assert!(script.has_step(|step| *step == Step::Yield));
    /// assert!(!script.has_step(|step| *step == Step::Sleep));
    /// ```
    pub fn has_step(&self, fits: impl Fn(&Step) -> bool) -> bool {
        let mut steps = self.parties.iter().flat_map(|party| &party.steps);
        steps.any(|step| step.any(&fits))
    }

    /// Whether an end can have one owner only.
    pub(super) fn is_single(&self, end: End) -> bool {
        match end {
            End::Sender(thing) => matches!(self.things[thing], Thing::Oneshot),
            End::Receiver(thing) => !matches!(
                self.things[thing],
                Thing::Queue { .. } | Thing::Broadcast { .. } | Thing::Watch
            ),
            End::Shared(_) => false,
            End::Task(_) => true,
        }
    }

    /// Whether a party gets an end itself, and no clone of it: nobody after it needs one. The body
    /// comes after all others.
    pub(super) fn is_last_owner(&self, party: usize, end: End) -> bool {
        let later = &self.parties[party + 1..];
        let body = &self.parties[0];
        let mentions = |party: &Party| party.ends().contains(&end);
        party > 0 && !mentions(body) && !later.iter().any(mentions)
    }

    /// What the task of a party is called.
    pub(super) fn task_name(&self, party: usize) -> String {
        format!("{} {party}", self.parties[party].role)
    }
}
