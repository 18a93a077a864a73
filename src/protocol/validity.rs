//! Whether a script can be run, and printed as a program that compiles.
//!
//! Not here: whether it is clean; that is what a check finds out.

use super::script::{End, Script, Step, Thing};

impl Script {
    /// What keeps the script from being run, if anything does: a step that does not fit its thing,
    /// an end that two parties use and only one can have, an end that is used after it was given
    /// away.
    pub fn problem(&self) -> Option<String> {
        if self.parties.is_empty() {
            return Some("it has no party, and so no body".to_owned());
        }
        (0..self.parties.len()).find_map(|party| {
            let steps = &self.parties[party].steps;
            let mut look = Look {
                script: self,
                party,
                gone: Vec::new(),
            };
            let problem = look
                .steps(steps, false)
                .or_else(|| look.ends())
                .or_else(|| misplaced_panic(steps));
            problem.map(|problem| format!("{}: {problem}", self.task_name(party)))
        })
    }

    #[track_caller]
    pub(super) fn must_be_possible(&self) {
        if let Some(problem) = self.problem() {
            panic!("this script is not possible: {problem}");
        }
    }
}

/// A walk over the steps of a party.
struct Look<'a> {
    script: &'a Script,
    party: usize,
    /// The ends that it has not any more.
    gone: Vec<End>,
}

impl Look<'_> {
    fn steps(&mut self, steps: &[Step], repeated: bool) -> Option<String> {
        steps.iter().find_map(|step| self.step(step, repeated))
    }

    fn step(&mut self, step: &Step, repeated: bool) -> Option<String> {
        for end in step.ends() {
            if !self.exists(end) {
                return Some(format!("{step:?} names what there is not"));
            }
            if self.gone.contains(&end) {
                return Some(format!("{step:?} needs an end that was given away before"));
            }
        }
        if !self.fits(step) {
            return Some(format!("{step:?} does not fit its thing"));
        }
        if let Some(end) = self.gives_away(step) {
            if repeated {
                return Some(format!("{step:?} gives its end away, in a loop"));
            }
            self.gone.push(end);
        }
        self.steps(step.nested(), repeated || step.repeats())
    }

    fn exists(&self, end: End) -> bool {
        match end {
            End::Sender(thing) | End::Receiver(thing) => {
                let thing = self.script.things.get(thing);
                thing.is_some_and(|thing| thing.is_channel())
            }
            End::Shared(thing) => {
                let thing = self.script.things.get(thing);
                thing.is_some_and(|thing| !thing.is_channel())
            }
            // The body has all handles; another party has those of parties that are spawned before.
            End::Task(party) => {
                (1..self.script.parties.len()).contains(&party)
                    && (self.party == 0 || party < self.party)
            }
        }
    }

    fn fits(&self, step: &Step) -> bool {
        let thing = |place: usize| self.script.things[place];
        match *step {
            Step::Send(place) | Step::Recv(place) => {
                !matches!(thing(place), Thing::Requests { .. })
            }
            Step::TryRecv(place) => matches!(thing(place), Thing::Mpsc { .. } | Thing::Unbounded),
            Step::Each(place, _) => {
                !matches!(thing(place), Thing::Requests { .. } | Thing::Oneshot)
            }
            Step::EachUntil { from, token, .. } => {
                matches!(thing(from), Thing::Mpsc { .. } | Thing::Unbounded)
                    && thing(token) == Thing::Token
            }
            Step::Ask(place, _) | Step::Serve(place, _) => {
                matches!(thing(place), Thing::Requests { .. })
            }
            Step::Lock(place, _) => thing(place) == Thing::Mutex,
            Step::Read(place, _) | Step::Write(place, _) => thing(place) == Thing::RwLock,
            Step::Permit(place, _) => matches!(thing(place), Thing::Semaphore { .. }),
            Step::TakeForGood(place) => {
                matches!(thing(place), Thing::Mutex | Thing::Semaphore { .. })
            }
            Step::NotifyOne(place) | Step::NotifyAll(place) | Step::Notified(place) => {
                thing(place) == Thing::Notify
            }
            Step::Arrive(place) => matches!(thing(place), Thing::Barrier { .. }),
            Step::Open(place) | Step::Pass(place) | Step::PassLate(place) => {
                thing(place) == Thing::Gate
            }
            Step::Cancel(place) | Step::Cancelled(place) | Step::Until(place, _) => {
                thing(place) == Thing::Token
            }
            _ => true,
        }
    }

    /// The end that nobody has after the step.
    fn gives_away(&self, step: &Step) -> Option<End> {
        match *step {
            Step::Drop(end) | Step::Keep(end) => Some(end),
            Step::Join(party) => Some(End::Task(party)),
            Step::Send(place) if self.script.things[place] == Thing::Oneshot => {
                Some(End::Sender(place))
            }
            Step::Recv(place) if self.script.things[place] == Thing::Oneshot => {
                Some(End::Receiver(place))
            }
            _ => None,
        }
    }

    /// Ends that a party before this one has already.
    fn ends(&self) -> Option<String> {
        let ends = self.script.parties[self.party].ends();
        let single = ends.iter().filter(|&&end| self.script.is_single(end));
        let mut taken = single.filter(|end| {
            let before = self.script.parties[..self.party].iter();
            before.into_iter().any(|party| party.ends().contains(end))
        });
        taken
            .next()
            .map(|end| format!("another party has {end:?}, which only one can have"))
    }
}

fn misplaced_panic(steps: &[Step]) -> Option<String> {
    let before = steps.split_last().map_or(steps, |(_, before)| before);
    let is_panic = |step: &Step| *step == Step::Panic;
    let nested = steps
        .iter()
        .flat_map(Step::nested)
        .any(|step| step.any(&is_panic));
    (nested || before.iter().any(is_panic)).then(|| "`Panic` is not its last step".to_owned())
}
