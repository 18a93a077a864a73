//! What happened, as a ladder: a column for each task, a rung for each step, and who woke or
//! spawned whom.
//!
//! Not here: how it is drawn (`text` in letters, `html` as a picture), and the words for a step
//! (`messages`).

pub(super) mod text;

use super::messages;
use crate::outcome::{Failure, FailureKind};
use crate::trace::{Effect, Event, Operation, Site, TaskId, Trace};

/// The most rungs that repeat as one.
const PERIOD: usize = 8;
/// How often rungs must follow each other to be told once.
const REPEATS: usize = 3;

/// What stands above one another: a task, or many alike.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) tasks: Vec<TaskId>,
    /// Whether any of them never ends.
    pub(super) is_stuck: bool,
}

impl Column {
    /// Whether it is the clock's.
    pub(super) fn is_clock(&self) -> bool {
        self.tasks == [TaskId::CLOCK]
    }
}

/// A step in its column.
#[derive(Clone)]
pub(super) struct Rung {
    pub(super) column: usize,
    /// Whose it is, where a column has several.
    pub(super) who: Option<TaskId>,
    pub(super) what: String,
    pub(super) site: Site,
    pub(super) effect: Effect,
    /// Whom it woke or spawned.
    pub(super) to: Option<usize>,
    pub(super) spawns: bool,
    /// Which columns have a task that is alive.
    pub(super) alive: Vec<bool>,
}

impl Rung {
    /// Whether the same is to be said.
    fn says_the_same(&self, other: &Rung) -> bool {
        let key = |it: &Rung| (it.column, it.site, it.to);
        key(self) == key(other) && self.what == other.what && self.alive == other.alive
    }
}

/// Whether the steps of such a failure show what is wrong.
pub(super) fn explains(kind: FailureKind) -> bool {
    !matches!(kind, FailureKind::Nondeterminism | FailureKind::Replay)
}

/// The body, the tasks in the order in which they were spawned, the clock: who did something. Where
/// these are more than `most`, those that were spawned at one place have one column.
pub(super) fn columns(failure: &Failure, most: usize) -> Vec<Column> {
    let trace = failure.trace();
    let mut acts = vec![false; trace.tasks.len()];
    for event in &trace.events {
        let rank = trace.rank(event.task);
        rank.into_iter().for_each(|rank| acts[rank] = true);
    }
    let clock = trace.events.iter().any(|event| event.task == TaskId::CLOCK);
    let acting = trace.tasks.iter().zip(acts);
    let acting = acting.filter_map(|(task, acts)| acts.then_some(task));
    let mut groups: Vec<(Site, Vec<TaskId>)> = Vec::new();
    let together = acting.clone().count() + usize::from(clock) > most;
    for task in acting {
        let alike = |(site, _): &&mut (Site, Vec<TaskId>)| together && *site == task.spawned_at;
        match groups.iter_mut().skip(1).find(alike) {
            Some((_, group)) => group.push(task.id),
            None => groups.push((task.spawned_at, vec![task.id])),
        }
    }
    let mut stuck: Vec<TaskId> = failure.stuck().iter().map(|task| task.id()).collect();
    stuck.sort_unstable();
    let column = |tasks: Vec<TaskId>| Column {
        name: messages::column_name(&messages::short_name_of(trace, tasks[0]), tasks.len()),
        is_stuck: tasks.iter().any(|task| stuck.binary_search(task).is_ok()),
        tasks,
    };
    let mut columns: Vec<Column> = groups.into_iter().map(|(_, tasks)| column(tasks)).collect();
    if clock {
        columns.push(column(vec![TaskId::CLOCK]));
    }
    columns
}

/// The files that steps are in: with one alone, its name is said once.
pub(super) fn files(trace: &Trace) -> Vec<&'static str> {
    let told = trace.events.iter().filter(|event| is_told(event));
    let mut files: Vec<&str> = told.map(|event| event.site.file()).collect();
    files.sort_unstable();
    files.dedup();
    files
}

/// Where a step is, in short.
pub(super) fn place(site: Site, one_file: bool) -> String {
    if one_file {
        return format!(":{}", site.line());
    }
    let file = site.file().rsplit(['/', '\\']).next().unwrap_or_default();
    format!("{file}:{}", site.line())
}

/// A text in so many characters.
pub(super) fn fitted(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// For each event the task that it woke or spawned, if that is another one.
pub(super) fn targets(trace: &Trace) -> Vec<Option<TaskId>> {
    let mut woken: Vec<Option<TaskId>> = vec![None; trace.events.len()];
    for event in &trace.events {
        let by = event.woken_by.and_then(|by| woken.get_mut(by as usize));
        by.into_iter().for_each(|by| *by = by.or(Some(event.task)));
    }
    let mut spawned = trace.tasks.iter().skip(1);
    let targets = trace.events.iter().zip(woken);
    let targets = targets.map(|(event, woken)| match event.operation {
        Operation::Spawn => spawned.next().map(|task| task.id),
        _ => woken.filter(|&task| task != event.task),
    });
    targets.collect()
}

pub(super) fn rungs(trace: &Trace, columns: &[Column]) -> Vec<Rung> {
    let mut places: Vec<(TaskId, usize)> = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        places.extend(column.tasks.iter().map(|&task| (task, index)));
    }
    places.sort_unstable();
    let place = |task: TaskId| {
        let found = places.binary_search_by_key(&task, |&(task, _)| task);
        found.ok().map(|at| places[at].1)
    };
    let mut living = vec![0_usize; columns.len()];
    let mut rungs = Vec::new();
    for (event, target) in trace.events.iter().zip(targets(trace)) {
        let Some(own) = place(event.task) else {
            continue;
        };
        if event.task != TaskId::CLOCK {
            living[own] = living[own].max(1);
        }
        if event.operation == Operation::Complete {
            living[own] = living[own].saturating_sub(1);
        }
        let to = target.and_then(place);
        if is_told(event) {
            rungs.push(Rung {
                column: own,
                who: (columns[own].tasks.len() > 1).then_some(event.task),
                what: messages::step(event),
                site: event.site,
                effect: event.effect,
                to,
                spawns: event.operation == Operation::Spawn,
                alive: living.iter().map(|&tasks| tasks > 0).collect(),
            });
        }
        if let (Operation::Spawn, Some(to)) = (event.operation, to) {
            living[to] += 1;
        }
    }
    rungs
}

/// The end of the body is told by what the failure is.
pub(super) fn is_told(event: &Event) -> bool {
    !(event.operation == Operation::Complete && event.task == TaskId::BODY)
}

/// A part of a ladder.
pub(super) enum Part<'a> {
    Rung(&'a Rung),
    /// The last so many rungs come again so many times.
    Repeated {
        rungs: usize,
        times: usize,
    },
}

impl<'a> Part<'a> {
    /// The rung, if it is one.
    pub(super) fn rung(&self) -> Option<&'a Rung> {
        match self {
            Part::Rung(rung) => Some(rung),
            Part::Repeated { .. } => None,
        }
    }
}

/// Tells rungs that repeat once.
pub(super) fn folded(rungs: &[Rung]) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut at = 0;
    while at < rungs.len() {
        let best = (1..=PERIOD)
            .map(|period| (period, repeats(&rungs[at..], period)))
            .filter(|&(_, times)| times >= REPEATS)
            .max_by_key(|&(period, times)| (period * times, usize::MAX - period));
        match best {
            Some((period, times)) => {
                parts.extend(rungs[at..at + period].iter().map(Part::Rung));
                parts.push(Part::Repeated {
                    rungs: period,
                    times: times - 1,
                });
                at += period * times;
            }
            None => {
                parts.push(Part::Rung(&rungs[at]));
                at += 1;
            }
        }
    }
    parts
}

/// How often the first rungs follow each other.
fn repeats(rungs: &[Rung], period: usize) -> usize {
    let Some(first) = rungs.get(..period) else {
        return 0;
    };
    let same = |chunk: &&[Rung]| {
        let mut pairs = chunk.iter().zip(first);
        pairs.all(|(one, other)| one.says_the_same(other))
    };
    rungs.chunks_exact(period).take_while(same).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repeats_is_told_once() {
        let site = Site::caller();
        let rung = |column, what: &str| Rung {
            column,
            who: None,
            what: what.to_owned(),
            site,
            effect: Effect::Done,
            to: None,
            spawns: false,
            alive: vec![true; 3],
        };
        let (a, b) = (rung(0, "a"), rung(1, "b"));
        let rungs = [a.clone(), a.clone(), b.clone(), a.clone(), b.clone(), a, b];
        let parts = folded(&rungs);
        let notes = parts
            .iter()
            .filter(|part| matches!(part, Part::Repeated { .. }));
        assert_eq!((parts.len(), notes.count()), (4, 1));
    }
}
