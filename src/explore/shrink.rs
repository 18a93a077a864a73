//! A failing schedule made small: fewest switches, then fewest steps, that still end the same way
//! for the same task.
//!
//! A schedule is seen as a *plan*: the few points where it departs from going straight on. First
//! departures are left out for as long as the failure stays (Zeller, Hildebrandt: *Simplifying and
//! Isolating Failure-Inducing Input*, TSE 2002); then plans with fewer departures are tried from
//! none upwards (Emmi, Qadeer, Rakamaric: *Delay-Bounded Scheduling*, POPL 2011). Both within a
//! budget of schedules and steps, so the same failure always gives the same schedule.
//!
//! Not here: the failing schedule itself (`replay`).

use std::collections::BTreeMap;
use std::rc::Rc;

use super::is_spent;
use crate::executor::chooser::Chooser;
use crate::executor::{Body, Runtime};
use crate::trace::{Choice, Ending, Operation, Site, Stuck, TaskId, Trace};

/// Schedules that are tried.
const SCHEDULES: u32 = 2_000;
/// Steps of all of them together: half a second of a debug build.
const STEPS: usize = 40_000;

/// A failing schedule, and how it ended.
#[derive(Clone, Debug)]
pub(crate) struct Shrunk {
    pub(crate) ending: Ending,
    pub(crate) trace: Trace,
}

/// Makes the schedule of a failing execution of this runtime small.
pub(crate) fn shrink(runtime: &Rc<Runtime>, body: &Body, ending: &Ending, trace: &Trace) -> Shrunk {
    let given = Shrunk {
        ending: ending.clone(),
        trace: trace.clone(),
    };
    let Some(target) = Target::of(ending) else {
        return given;
    };
    let mut shrinking = Shrinking {
        runtime,
        body,
        target,
        schedules: 0,
        steps: 0,
    };
    let Some(found) = shrinking.again(&trace.schedule.choices) else {
        return given;
    };
    let found = shrinking.leave_out(found);
    shrinking.try_shorter(found).failing
}

/// Whether two executions end in the same way, for the same task, at the same place.
pub(crate) fn is_same_failure(one: &Ending, other: &Ending) -> bool {
    Target::of(one).is_some_and(|target| target.is_hit(other))
}

/// What has to stay as it is.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Target {
    Stuck {
        body: bool,
        lead: Lead,
    },
    Looping(Lead),
    Panicked {
        spawned_at: Site,
        site: Option<String>,
    },
}

/// The task that matters, and what it waits for: by places, as names differ between schedules.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Lead {
    spawned_at: Site,
    wait: Option<(Operation, Site)>,
}

impl Lead {
    fn new(task: &Stuck) -> Lead {
        let wait = task.waits.first();
        Lead {
            spawned_at: task.spawned_at,
            wait: wait.map(|wait| (wait.operation, wait.awaited_at)),
        }
    }

    /// The first task that does not just wait for another one's end.
    fn of(tasks: &[Stuck]) -> Option<Lead> {
        let joins = |task: &&Stuck| {
            let mut waits = task.waits.iter();
            waits.any(|wait| wait.operation == Operation::Join)
        };
        let root = tasks.iter().find(|task| !joins(task));
        root.or(tasks.first()).map(Lead::new)
    }

    fn is_in(&self, tasks: &[Stuck]) -> bool {
        tasks.iter().any(|task| Lead::new(task) == *self)
    }
}

impl Target {
    fn of(ending: &Ending) -> Option<Target> {
        match ending {
            Ending::Stuck { body, tasks } => Some(Target::Stuck {
                body: *body,
                lead: Lead::of(tasks)?,
            }),
            Ending::Looping(tasks) => Lead::of(tasks).map(Target::Looping),
            Ending::Panicked(note) => Some(Target::Panicked {
                spawned_at: note.spawned_at,
                site: note.site.clone(),
            }),
            Ending::Unsupported { .. } | Ending::Clean | Ending::Cut => None,
        }
    }

    fn is_hit(&self, ending: &Ending) -> bool {
        match (self, ending) {
            (Target::Stuck { body, lead }, Ending::Stuck { body: other, tasks }) => {
                body == other && lead.is_in(tasks)
            }
            (Target::Looping(lead), Ending::Looping(tasks)) => lead.is_in(tasks),
            (Target::Panicked { .. }, ending) => Target::of(ending).as_ref() == Some(self),
            _ => false,
        }
    }
}

/// A point with more than one way to go on, by what its tasks have done so far: it stays the same
/// when something else is left out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Point {
    /// After so many steps of the task that went last, and so many decisions since the last of them.
    Task(TaskId, u32, u32),
    /// The choice of the task's own after so many others.
    Branch(TaskId, u32),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    Task(TaskId),
    Branch(u32),
}

type Plan = Vec<(Point, Way)>;

/// A decision that an execution came to. The first of its ways is to go straight on.
struct Decision {
    point: Point,
    ways: Vec<Way>,
    taken: Way,
}

/// A failing schedule with its size.
struct Found {
    failing: Shrunk,
    plan: Plan,
    /// Switches, then steps.
    size: (usize, usize),
}

/// An execution under a plan.
struct Attempt {
    ending: Ending,
    decisions: Vec<Decision>,
}

struct Shrinking<'a> {
    runtime: &'a Rc<Runtime>,
    body: &'a Body,
    target: Target,
    schedules: u32,
    steps: usize,
}

impl Shrinking<'_> {
    fn is_over(&self) -> bool {
        let spent = is_spent() || self.runtime.is_retired();
        self.schedules >= SCHEDULES || self.steps >= STEPS || spent
    }

    fn execute(&mut self, follow: &[Choice], plan: &[(Point, Way)]) -> Attempt {
        let mut chooser = Planned {
            follow,
            plan,
            ..Planned::default()
        };
        let ending = self.runtime.run(self.body, &mut chooser);
        self.schedules += 1;
        self.steps += self.runtime.trace().cost();
        Attempt {
            ending,
            decisions: chooser.decisions,
        }
    }

    fn found(&self, attempt: &Attempt) -> Option<Found> {
        if !self.target.is_hit(&attempt.ending) {
            return None;
        }
        let trace = self.runtime.trace();
        let size = size(&trace);
        let departures = attempt.decisions.iter();
        let departures = departures.filter(|decision| decision.taken != decision.ways[0]);
        Some(Found {
            plan: departures.map(|it| (it.point, it.taken)).collect(),
            size,
            failing: Shrunk {
                ending: attempt.ending.clone(),
                trace: trace.clone(),
            },
        })
    }

    /// The failure that is given, as a plan.
    fn again(&mut self, choices: &[Choice]) -> Option<Found> {
        let attempt = self.execute(choices, &[]);
        self.found(&attempt)
    }

    /// Leaves out departures, many at first, then one by one.
    fn leave_out(&mut self, mut best: Found) -> Found {
        let mut chunk = best.plan.len();
        while chunk > 0 {
            let mut start = 0;
            let mut smaller = false;
            while start < best.plan.len() && !self.is_over() {
                let end = (start + chunk).min(best.plan.len());
                let rest: Plan = [&best.plan[..start], &best.plan[end..]].concat();
                let attempt = self.execute(&[], &rest);
                match self.found(&attempt) {
                    Some(found) if found.plan.len() < best.plan.len() => {
                        best = found;
                        smaller = true;
                    }
                    _ => start = end,
                }
            }
            if !(smaller && chunk == 1) {
                chunk /= 2;
            }
            if self.is_over() {
                break;
            }
        }
        best
    }

    /// Tries plans with few departures, fewest first; of one number of departures the smallest
    /// schedule is taken.
    fn try_shorter(&mut self, mut best: Found) -> Found {
        let mut plans: Vec<Plan> = vec![Vec::new()];
        for departures in 0..=best.plan.len() {
            let mut longer = Vec::new();
            let mut found = false;
            for plan in &plans {
                if self.is_over() {
                    return best;
                }
                let attempt = self.execute(&[], plan);
                if let Some(hit) = self.found(&attempt) {
                    found |= hit.plan.len() <= departures;
                    if hit.size < best.size {
                        best = hit;
                    }
                } else if departures < best.plan.len() {
                    extend(plan, &attempt.decisions, &mut longer);
                }
            }
            if found {
                return best;
            }
            plans = longer;
        }
        best
    }
}

/// The plans with one more departure, which comes after those that are there.
fn extend(plan: &Plan, decisions: &[Decision], plans: &mut Vec<Plan>) {
    let last = plan.last().map(|&(point, _)| point);
    let after = last.map_or(0, |last| {
        let place = decisions.iter().position(|it| it.point == last);
        place.map_or(decisions.len(), |place| place + 1)
    });
    for decision in &decisions[after..] {
        for &way in &decision.ways[1..] {
            if plans.len() >= SCHEDULES as usize {
                return;
            }
            plans.push([plan.as_slice(), &[(decision.point, way)]].concat());
        }
    }
}

/// How often another task goes on, and how much happens.
fn size(trace: &Trace) -> (usize, usize) {
    let switches = trace.events.windows(2);
    let switches = switches.filter(|pair| pair[0].task != pair[1].task).count();
    (switches, trace.events.len())
}

/// Follows choices as far as there are any, then a plan, and notes what there was to decide.
#[derive(Default)]
struct Planned<'a> {
    follow: &'a [Choice],
    plan: &'a [(Point, Way)],
    decisions: Vec<Decision>,
    /// Events that were counted, and how many of each task.
    seen: usize,
    steps: BTreeMap<TaskId, u32>,
    branches: BTreeMap<TaskId, u32>,
    last: Option<Point>,
}

impl Planned<'_> {
    fn decide(&mut self, point: Point, ways: Vec<Way>, followed: Option<Way>) -> Way {
        let planned = self.plan.iter().find(|&&(at, _)| at == point);
        let planned = planned
            .map(|&(_, way)| way)
            .filter(|way| ways.contains(way));
        let taken = followed.or(planned).unwrap_or(ways[0]);
        self.decisions.push(Decision { point, ways, taken });
        taken
    }

    fn point(&mut self, trace: &Trace) -> Point {
        for event in &trace.events[self.seen..] {
            *self.steps.entry(event.task).or_default() += 1;
        }
        self.seen = trace.events.len();
        let task = trace.events.last().map_or(TaskId::BODY, |event| event.task);
        let steps = self.steps.get(&task).copied().unwrap_or(0);
        let nth = match self.last {
            Some(Point::Task(before, then, nth)) if (before, then) == (task, steps) => nth + 1,
            _ => 0,
        };
        let point = Point::Task(task, steps, nth);
        self.last = Some(point);
        point
    }

    fn next_choice(&mut self) -> Option<Choice> {
        let (&choice, rest) = self.follow.split_first()?;
        self.follow = rest;
        Some(choice)
    }
}

impl Chooser for Planned<'_> {
    fn next_task(
        &mut self,
        options: &[TaskId],
        running: Option<TaskId>,
        trace: &Trace,
    ) -> Option<usize> {
        let point = self.point(trace);
        let straight = trace.straight(options, running);
        let ranked = trace.in_spawn_order(options);
        let others = ranked.iter().copied().filter(|&option| option != straight);
        let ways = [straight]
            .into_iter()
            .chain(others)
            .map(Way::Task)
            .collect();
        let choice = self.next_choice();
        let followed = choice.map(|choice| {
            let chosen = trace.chosen(choice.taken, options, running);
            chosen.unwrap_or(straight)
        });
        let followed = followed.map(Way::Task);
        match self.decide(point, ways, followed) {
            Way::Task(task) => options.iter().position(|&option| option == task),
            Way::Branch(_) => Some(0),
        }
    }

    fn branch(&mut self, task: TaskId, alternatives: u32, _: &Trace) -> u32 {
        let nth = self.branches.entry(task).or_default();
        let point = Point::Branch(task, *nth);
        *nth += 1;
        let ways = (0..alternatives).map(Way::Branch).collect();
        let choice = self.next_choice();
        match self.decide(
            point,
            ways,
            choice.map(|choice| Way::Branch(choice.taken.unwrap_or(0))),
        ) {
            Way::Branch(way) => way,
            Way::Task(_) => 0,
        }
    }
}
