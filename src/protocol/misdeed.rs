//! What a party does that is not expected of it, and how that changes a script.
//!
//! Not here: the scripts in which everybody behaves (`topology`).

use super::script::{End, Patience, Script, Step, Thing};
use super::topology::Beat;

/// One way to misbehave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Misdeed {
    /// Drops its end after the first message.
    DropsEarly,
    /// Reads one message and no more, and keeps the receiver: until it ends, or for good.
    StopsReading { for_good: bool },
    /// Gives up waiting after a second, and drops what it waited with, or keeps it for good.
    TimesOut { for_good: bool },
    /// Is aborted by the body, at any moment.
    IsAborted,
    /// Panics after the first message.
    Panics,
    /// Has a sender of a channel that it does not send to, until it ends or for good.
    KeepsSender { for_good: bool },
    /// Beats until it is told to stop, and nobody tells it.
    NeverCancels(Beat),
    /// Takes a mutex that it has.
    TakesLockAgain,
    /// Takes two mutexes in the order that another party does not.
    SwapsLocks,
    /// Looks whether it has to wait before it asks to be woken.
    PassesLate,
    /// Takes a mutex or a permit, and does not give it back.
    TakesForGood { permit: bool },
    /// Has a mutex or a permit while it does all its work.
    HoldsWhileWaiting { permit: bool },
    /// Does not give the signal that another waits for.
    NeverSignals(Signal),
    /// As the body: waits for a party before it has done its own part.
    JoinsEarly,
}

/// How a task waits for another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Signal {
    Notify,
    Barrier,
    Close,
    Token,
}

impl Misdeed {
    /// What goes wrong between those who send and those who receive.
    pub(super) const OF_CHANNELS: [Misdeed; 10] = [
        Misdeed::KeepsSender { for_good: false },
        Misdeed::KeepsSender { for_good: true },
        Misdeed::StopsReading { for_good: false },
        Misdeed::StopsReading { for_good: true },
        Misdeed::TimesOut { for_good: false },
        Misdeed::TimesOut { for_good: true },
        Misdeed::DropsEarly,
        Misdeed::IsAborted,
        Misdeed::Panics,
        Misdeed::JoinsEarly,
    ];

    /// What goes wrong with locks and signals.
    pub(super) const OF_OTHERS: [Misdeed; 14] = [
        Misdeed::NeverCancels(Beat::Sleep),
        Misdeed::NeverCancels(Beat::Yield),
        Misdeed::NeverCancels(Beat::Try),
        Misdeed::TakesLockAgain,
        Misdeed::SwapsLocks,
        Misdeed::PassesLate,
        Misdeed::TakesForGood { permit: false },
        Misdeed::TakesForGood { permit: true },
        Misdeed::HoldsWhileWaiting { permit: false },
        Misdeed::HoldsWhileWaiting { permit: true },
        Misdeed::NeverSignals(Signal::Notify),
        Misdeed::NeverSignals(Signal::Barrier),
        Misdeed::NeverSignals(Signal::Close),
        Misdeed::NeverSignals(Signal::Token),
    ];

    /// Lets a party of the script misbehave. Where it has no occasion to, nothing changes.
    pub(super) fn happens(self, script: &mut Script, who: usize) {
        let party = who % script.parties.len();
        // The body does not abort itself, and its panic is no news.
        let spawned = 1 + who % (script.parties.len() - 1);
        match self {
            Misdeed::DropsEarly => change(&mut script.parties[party].steps, |step| match step {
                Step::Each(from, steps) => Some(once(
                    Step::Recv(*from),
                    steps,
                    Some(Step::Drop(End::Receiver(*from))),
                )),
                Step::Repeat(_, steps) => Some(std::mem::take(steps)),
                _ => None,
            }),
            Misdeed::StopsReading { for_good } => {
                change(&mut script.parties[party].steps, |step| match step {
                    Step::Each(from, steps) => {
                        let keep = for_good.then_some(Step::Keep(End::Receiver(*from)));
                        Some(once(Step::Recv(*from), steps, keep))
                    }
                    Step::Serve(from, _) if for_good => {
                        Some(vec![Step::Keep(End::Receiver(*from))])
                    }
                    _ => None,
                });
            }
            Misdeed::TimesOut { for_good } => times_out(script, party, for_good),
            Misdeed::IsAborted => {
                script.parties[0].steps.insert(0, Step::Abort(spawned));
            }
            Misdeed::Panics => panics(script, spawned),
            Misdeed::KeepsSender { for_good } => keeps_sender(script, party, who, for_good),
            Misdeed::NeverCancels(beat) => {
                script.heartbeat(beat);
            }
            Misdeed::JoinsEarly => {
                let joins = |step: &Step| *step == Step::Join(spawned);
                let body = &mut script.parties[0].steps;
                body.retain(|step| !step.any(&joins));
                body.insert(0, Step::Join(spawned));
            }
            Misdeed::TakesLockAgain
            | Misdeed::SwapsLocks
            | Misdeed::TakesForGood { .. }
            | Misdeed::HoldsWhileWaiting { .. } => self.misuses_locks(script, party),
            Misdeed::PassesLate => {
                let gate = add(script, Thing::Gate);
                begin(script, spawned, Step::PassLate(gate));
                begin(script, 0, Step::Open(gate));
            }
            Misdeed::NeverSignals(signal) => never_signals(script, spawned, signal),
        }
    }

    fn misuses_locks(self, script: &mut Script, party: usize) {
        let other = (party + 1) % script.parties.len();
        let lock = match self {
            Misdeed::TakesForGood { permit: true }
            | Misdeed::HoldsWhileWaiting { permit: true } => {
                add(script, Thing::Semaphore { permits: 1 })
            }
            _ => add(script, Thing::Mutex),
        };
        let is_mutex = script.things[lock] == Thing::Mutex;
        let taking = |steps| match is_mutex {
            true => Step::Lock(lock, steps),
            false => Step::Permit(lock, steps),
        };
        match self {
            Misdeed::TakesLockAgain => begin(script, party, taking(vec![taking(Vec::new())])),
            Misdeed::TakesForGood { .. } => {
                begin(script, party, Step::TakeForGood(lock));
                begin(script, other, taking(Vec::new()));
            }
            Misdeed::HoldsWhileWaiting { .. } => {
                let steps = std::mem::take(&mut script.parties[party].steps);
                let panics = steps.last() == Some(&Step::Panic);
                if panics {
                    // A panic stays the last step, and releases the lock as well.
                    script.parties[party].steps = steps;
                } else {
                    script.parties[party].steps = vec![taking(steps)];
                }
                begin(script, other, taking(Vec::new()));
            }
            _ => {
                let second = add(script, Thing::Mutex);
                let inner = Step::Lock(second, Vec::new());
                begin(script, party, Step::Lock(lock, vec![inner]));
                let inner = Step::Lock(lock, Vec::new());
                begin(script, other, Step::Lock(second, vec![inner]));
            }
        }
    }
}

fn add(script: &mut Script, thing: Thing) -> usize {
    script.things.push(thing);
    script.things.len() - 1
}

fn begin(script: &mut Script, party: usize, step: Step) {
    script.parties[party].steps.insert(0, step);
}

/// One turn of a loop instead of all.
fn once(first: Step, steps: &mut Vec<Step>, last: Option<Step>) -> Vec<Step> {
    let mut turn = vec![first];
    turn.append(steps);
    turn.extend(last);
    turn
}

/// Replaces the first step for which `other` has others.
fn change(steps: &mut Vec<Step>, mut other: impl FnMut(&mut Step) -> Option<Vec<Step>>) {
    for place in 0..steps.len() {
        if let Some(others) = other(&mut steps[place]) {
            steps.splice(place..=place, others);
            return;
        }
    }
}

fn times_out(script: &mut Script, party: usize, for_good: bool) {
    let steps = &mut script.parties[party].steps;
    for step in steps.iter_mut() {
        if matches!(step, Step::Join(_)) {
            *step = Step::Timeout(Box::new(step.clone()));
        }
        for inner in step.nested_mut() {
            if let Step::Ask(_, patience) = inner {
                *patience = match for_good {
                    true => Patience::GivesUpAndKeeps,
                    false => Patience::GivesUp,
                };
            }
        }
    }
    change(steps, |step| {
        let Step::Each(from, _) = *step else {
            return None;
        };
        let keep = for_good.then_some(Step::Keep(End::Receiver(from)));
        let waits = Step::Timeout(Box::new(step.clone()));
        Some(std::iter::once(waits).chain(keep).collect())
    });
}

fn panics(script: &mut Script, party: usize) {
    let steps = &mut script.parties[party].steps;
    if steps.last() == Some(&Step::Panic) {
        return;
    }
    let first = steps.iter().position(Step::repeats).unwrap_or(steps.len());
    let turn = steps.split_off(first).into_iter().next();
    match turn {
        Some(Step::Each(from, mut inner)) => {
            steps.extend(once(Step::Recv(from), &mut inner, None));
        }
        Some(Step::Repeat(_, inner)) => steps.extend(inner),
        _ => {}
    }
    steps.push(Step::Panic);
    let joins = |step: &Step| *step == Step::Join(party);
    let body = &mut script.parties[0].steps;
    if !body.iter().any(|step| step.any(&joins)) {
        body.push(Step::Join(party));
    }
}

/// The sender of one of the channels, which is not a oneshot.
fn keeps_sender(script: &mut Script, party: usize, who: usize, for_good: bool) {
    let places = 0..script.things.len();
    let channels = places.filter(|&place| {
        let thing = script.things[place];
        thing.is_channel() && thing != Thing::Oneshot
    });
    let channels: Vec<usize> = channels.collect();
    let Some(&channel) = channels.get(who % channels.len().max(1)) else {
        return;
    };
    let sender = End::Sender(channel);
    let steps = &mut script.parties[party].steps;
    let gives_away =
        |step: &Step| matches!(step, Step::Drop(end) | Step::Keep(end) if *end == sender);
    if steps.iter().any(gives_away) || steps.last() == Some(&Step::Panic) {
        return;
    }
    steps.push(match for_good {
        true => Step::Keep(sender),
        false => Step::Drop(sender),
    });
}

fn never_signals(script: &mut Script, party: usize, signal: Signal) {
    let wait = match signal {
        Signal::Notify => Step::Notified(add(script, Thing::Notify)),
        Signal::Barrier => Step::Arrive(add(script, Thing::Barrier { parties: 2 })),
        Signal::Token => Step::Cancelled(add(script, Thing::Token)),
        Signal::Close => {
            let oneshot = add(script, Thing::Oneshot);
            begin(script, 0, Step::Keep(End::Receiver(oneshot)));
            Step::Closed(oneshot)
        }
    };
    begin(script, party, wait);
}
