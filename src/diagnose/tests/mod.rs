//! Hand-written traces, one for each cause: how they are written.

mod causes;
mod holders;

use super::diagnose;
use crate::outcome::{Cause, HandleKind, HeldBy, StuckTask};
use crate::trace::{
    Effect, Event, Held, Holdings, ObjectId, ObjectInfo, ObjectKind, Operation, Order, Release,
    Site, Stuck, StuckState, TaskId, TaskInfo, Trace, Waiting,
};

const OBJECT: ObjectId = ObjectId(0);
const OTHER: ObjectId = ObjectId(1);

/// The end of an execution in which some tasks are stuck.
struct Story {
    trace: Trace,
    holdings: Holdings,
    stuck: Vec<Stuck>,
}

#[track_caller]
fn here() -> Site {
    Site::caller()
}

impl Story {
    /// The body and two tasks; two objects of a kind.
    #[track_caller]
    fn of(kind: ObjectKind, capacity: Option<u32>) -> Story {
        let site = here();
        let object = ObjectInfo {
            kind,
            created_at: site,
            capacity,
            namesake: None,
            foreign: false,
        };
        let task = |id| TaskInfo {
            id: TaskId(id),
            name: None,
            spawned_at: site,
            future: "",
            group: id as usize,
        };
        Story {
            trace: Trace {
                tasks: (0..3).map(task).collect(),
                objects: vec![Some(object); 2],
                ..Trace::default()
            },
            holdings: Holdings::default(),
            stuck: Vec::new(),
        }
    }

    fn event(
        &mut self,
        task: u32,
        operation: Operation,
        object: ObjectId,
        site: Site,
    ) -> &mut Event {
        let event = Event::new(TaskId(task), operation, Some(object), site);
        self.trace.events.push(event);
        self.trace.events.last_mut().unwrap()
    }

    #[track_caller]
    fn waits(&mut self, task: u32, operation: Operation, object: ObjectId) -> &mut Waiting {
        let site = here();
        self.event(task, operation, object, site).effect = Effect::Pending;
        let info = *self.trace.object(object).unwrap();
        self.stuck.push(Stuck {
            task: TaskId(task),
            name: None,
            spawned_at: info.created_at,
            future: "",
            state: StuckState::Parked,
            waits: vec![Waiting {
                operation,
                object: Some(object),
                kind: Some(info.kind),
                created_at: Some(info.created_at),
                awaited_at: site,
                held_by: None,
            }],
        });
        &mut self.stuck.last_mut().unwrap().waits[0]
    }

    /// Every task is torn down first and last; `by` says who drops the handle, in which orders.
    fn torn_down(
        &mut self,
        operation: Operation,
        made_at: Site,
        by: impl Fn(Order) -> Option<u32>,
    ) {
        let orders = (0..3).flat_map(|id| [Order::First(TaskId(id)), Order::Last(TaskId(id))]);
        for order in orders {
            let release = by(order).map(|task| Release {
                by: Some(TaskId(task)),
                object: OBJECT,
                operation,
                made_at,
                inside: None,
            });
            let teardowns = &mut self.holdings.teardowns;
            match teardowns.iter_mut().find(|(it, _)| *it == order) {
                Some((_, releases)) => releases.extend(release),
                None => teardowns.push((order, release.into_iter().collect())),
            }
        }
    }

    fn tell(self) -> Vec<StuckTask> {
        diagnose(&self.trace, &self.holdings, self.stuck)
    }

    fn cause(self) -> Option<Cause> {
        self.tell()[0].cause().cloned()
    }
}

fn created(story: &Story) -> Site {
    story.trace.object(OBJECT).unwrap().created_at
}

#[track_caller]
fn assert_held(story: Story, handle: HandleKind, by: &HeldBy) {
    let tasks = story.tell();
    let holders = tasks[0].holders();
    assert_eq!(holders.len(), 1, "{holders:?}");
    assert_eq!((holders[0].handle, &holders[0].by), (handle, by));
}

fn receiver() -> Story {
    let mut story = Story::of(ObjectKind::Mpsc, Some(1));
    story.waits(1, Operation::Recv, OBJECT);
    story
}

#[track_caller]
fn held(task: u32) -> Option<Held> {
    Some(Held {
        task: TaskId(task),
        taken_at: here(),
    })
}
