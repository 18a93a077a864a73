//! Hand-written traces, one for each cause.

use super::diagnose;
use crate::outcome::{Cause, Endless, HandleKind, HeldBy, StuckTask};
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

#[test]
fn a_sender_that_the_stuck_task_holds_itself() {
    let mut story = receiver();
    let site = created(&story);
    story.torn_down(Operation::DropSender, site, |_| Some(1));
    assert_held(story, HandleKind::Sender, &HeldBy::Task(TaskId(1)));
}

#[test]
fn a_sender_that_another_stuck_task_holds_and_that_one_leads() {
    let mut story = receiver();
    let site = created(&story);
    story.torn_down(Operation::DropSender, site, |_| Some(2));
    story.waits(2, Operation::Recv, OTHER);
    let tasks = story.tell();
    assert_eq!(tasks[0].id(), TaskId(2));
    assert_eq!(tasks[1].follows(), Some(TaskId(2)));
    assert_eq!(tasks[1].holders()[0].by, HeldBy::Task(TaskId(2)));
}

#[test]
fn a_sender_that_two_tasks_share() {
    let mut story = receiver();
    let site = created(&story);
    // Whichever of them goes last takes it along.
    story.torn_down(Operation::DropSender, site, |order| match order {
        Order::Last(TaskId(1)) => Some(1),
        Order::First(TaskId(2)) => Some(1),
        _ => Some(2),
    });
    assert_held(
        story,
        HandleKind::Sender,
        &HeldBy::Tasks(vec![TaskId(1), TaskId(2)]),
    );
}

#[test]
fn a_sender_that_nobody_drops() {
    let mut story = receiver();
    story.torn_down(Operation::DropReceiver, created(&story), |_| Some(1));
    assert_held(story, HandleKind::Sender, &HeldBy::Nobody);
}

#[test]
fn a_sender_that_was_dropped_is_not_held() {
    let mut story = Story::of(ObjectKind::Mpsc, Some(1));
    let (first, clone) = (created(&story), here());
    story.event(0, Operation::CloneSender, OBJECT, clone);
    story.event(0, Operation::DropSender, OBJECT, first);
    story.waits(1, Operation::Recv, OBJECT);
    story.torn_down(Operation::DropReceiver, first, |_| Some(1));
    let tasks = story.tell();
    let sites: Vec<Site> = tasks[0].holders().iter().map(|one| one.made_at).collect();
    assert_eq!(sites, [clone]);
}

fn sender() -> Story {
    let mut story = Story::of(ObjectKind::Mpsc, Some(1));
    let received = here();
    story.event(0, Operation::Recv, OBJECT, received);
    story.waits(1, Operation::Send, OBJECT);
    story
}

#[test]
fn a_receiver_that_went_quiet() {
    for (holder, by) in [
        (Some(1), HeldBy::Task(TaskId(1))),
        (Some(2), HeldBy::Task(TaskId(2))),
        (None, HeldBy::Nobody),
    ] {
        let mut story = sender();
        let site = created(&story);
        story.torn_down(Operation::DropReceiver, site, |_| holder);
        let Some(Cause::NoReceiverWillReceive { receivers, last }) = story.cause() else {
            panic!("held by {holder:?}")
        };
        assert_eq!(receivers[0].by, by);
        assert_eq!(last.unwrap().0, TaskId::BODY);
    }
}

#[test]
fn a_channel_that_is_never_closed() {
    let mut story = Story::of(ObjectKind::Mpsc, Some(1));
    story.waits(1, Operation::Closed, OBJECT);
    story.torn_down(Operation::DropReceiver, created(&story), |_| Some(0));
    assert!(matches!(story.cause(), Some(Cause::NeverClosed { .. })));
}

#[track_caller]
fn held(task: u32) -> Option<Held> {
    Some(Held {
        task: TaskId(task),
        taken_at: here(),
    })
}

#[test]
fn locks_in_a_ring() {
    let mut story = Story::of(ObjectKind::Mutex, None);
    story.waits(1, Operation::Lock, OBJECT).held_by = held(2);
    story.waits(2, Operation::Lock, OTHER).held_by = held(1);
    let wants: Vec<Site> = story
        .stuck
        .iter()
        .map(|task| task.waits[0].awaited_at)
        .collect();
    let tasks = story.tell();
    let Some(Cause::LockCycle { cycle }) = tasks[0].cause() else {
        panic!("{:?}", tasks[0].cause())
    };
    let steps: Vec<_> = cycle
        .iter()
        .map(|step| (step.task, step.wants_at))
        .collect();
    assert_eq!(steps, [(TaskId(1), wants[0]), (TaskId(2), wants[1])]);
    assert_eq!(tasks[1].follows(), Some(TaskId(1)), "one of the ring leads");
}

#[test]
fn a_lock_of_a_task_outside_of_any_ring() {
    let mut story = Story::of(ObjectKind::Mutex, None);
    story.waits(1, Operation::Lock, OBJECT).held_by = held(2);
    let Some(Cause::LockHeld { by, .. }) = story.cause() else {
        panic!("another task holds it")
    };
    assert_eq!(by, TaskId(2));
}

#[test]
fn a_lock_that_is_taken_twice() {
    let mut story = Story::of(ObjectKind::Mutex, None);
    let taken = held(1);
    let taken_at = taken.as_ref().unwrap().taken_at;
    story.waits(1, Operation::Lock, OBJECT).held_by = taken;
    story.torn_down(Operation::Unlock, taken_at, |_| Some(1));
    assert_eq!(story.cause(), Some(Cause::LockTakenTwice { taken_at }));
}

#[test]
fn a_guard_that_was_forgotten() {
    let mut story = Story::of(ObjectKind::Mutex, None);
    let taken = held(2);
    let at = taken.as_ref().unwrap().taken_at;
    story.event(2, Operation::Lock, OBJECT, at);
    story.waits(1, Operation::Lock, OBJECT).held_by = taken;
    story.torn_down(Operation::Unlock, at, |_| None);
    let what = HandleKind::Guard;
    assert_eq!(story.cause(), Some(Cause::Forgotten { what, at }));
}

#[test]
fn a_permit_that_was_forgotten() {
    let what = HandleKind::Permit;
    let at = here();
    let mut by_hand = Story::of(ObjectKind::Semaphore, Some(1));
    by_hand.event(2, Operation::Acquire, OBJECT, here());
    by_hand.event(2, Operation::Forget, OBJECT, at);
    by_hand.waits(1, Operation::Acquire, OBJECT);
    assert_eq!(by_hand.cause(), Some(Cause::Forgotten { what, at }));

    let mut leaked = Story::of(ObjectKind::Semaphore, Some(1));
    leaked.event(2, Operation::Acquire, OBJECT, at);
    leaked.waits(1, Operation::Acquire, OBJECT);
    leaked.torn_down(Operation::Release, at, |_| None);
    assert_eq!(leaked.cause(), Some(Cause::Forgotten { what, at }));
}

#[test]
fn permits_that_others_have_or_that_nobody_adds() {
    let mut story = Story::of(ObjectKind::Semaphore, Some(1));
    let at = here();
    story.event(2, Operation::Acquire, OBJECT, at);
    story.waits(1, Operation::Acquire, OBJECT);
    story.torn_down(Operation::Release, at, |_| Some(2));
    assert_held(story, HandleKind::Permit, &HeldBy::Task(TaskId(2)));

    let mut empty = Story::of(ObjectKind::Semaphore, Some(0));
    empty.waits(1, Operation::Acquire, OBJECT);
    assert_eq!(empty.cause(), Some(Cause::NeverSignalled));
}

#[test]
fn a_wakeup_that_came_before_the_wait() {
    let mut story = Story::of(ObjectKind::Notify, None);
    let notified_at = here();
    story.event(0, Operation::NotifyWaiters, OBJECT, notified_at);
    story.waits(1, Operation::Notified, OBJECT);
    let by = TaskId::BODY;
    assert_eq!(story.cause(), Some(Cause::LostWakeup { by, notified_at }));
}

#[test]
fn a_wakeup_that_came_after_is_not_lost() {
    let mut story = Story::of(ObjectKind::Notify, None);
    story.waits(1, Operation::Notified, OBJECT);
    story.event(0, Operation::NotifyWaiters, OBJECT, here());
    assert_eq!(story.cause(), Some(Cause::NeverSignalled));
}

#[test]
fn a_join_leads_to_its_root() {
    let mut story = Story::of(ObjectKind::Task, None);
    let site = created(&story);
    // The body spawns task 1, then task 2; the body joins 1, which joins 2, which is stuck.
    story.event(0, Operation::Spawn, OBJECT, site);
    story.event(0, Operation::Spawn, OTHER, site);
    story.waits(0, Operation::Join, OBJECT);
    story.waits(1, Operation::Join, OTHER);
    story.waits(2, Operation::Recv, OBJECT);
    let tasks = story.tell();
    let ids: Vec<TaskId> = tasks.iter().map(StuckTask::id).collect();
    assert_eq!(ids, [TaskId(2), TaskId(0), TaskId(1)]);
    assert_eq!(tasks[1].cause(), Some(&Cause::Joins { task: TaskId(1) }));
    assert_eq!(tasks[1].follows(), Some(TaskId(1)));
}

#[test]
fn a_barrier_that_is_short_of_arrivals() {
    let mut story = Story::of(ObjectKind::Barrier, Some(3));
    story.waits(1, Operation::Wait, OBJECT);
    story.waits(2, Operation::Wait, OBJECT);
    let of = Some(3);
    assert_eq!(story.cause(), Some(Cause::BarrierShort { arrived: 2, of }));
}

#[test]
fn a_token_that_nobody_cancels_and_a_tracker_that_nobody_closes() {
    let mut token = Story::of(ObjectKind::CancellationToken, None);
    token.waits(1, Operation::Cancelled, OBJECT);
    assert_eq!(token.cause(), Some(Cause::NeverSignalled));

    let mut tracker = Story::of(ObjectKind::TaskTracker, None);
    tracker.event(2, Operation::Track, OBJECT, here());
    tracker.waits(1, Operation::Wait, OBJECT);
    let open = Cause::TrackerOpen {
        is_closed: false,
        tracked: 1,
    };
    assert_eq!(tracker.cause(), Some(open));
}

#[test]
fn a_task_that_waits_for_others_is_led_by_them_although_it_holds_a_sender_too() {
    let mut story = receiver();
    let site = created(&story);
    story.torn_down(Operation::DropSender, site, |_| Some(1));
    story.torn_down(Operation::DropSender, here(), |_| Some(2));
    story.waits(2, Operation::Recv, OTHER);
    let tasks = story.tell();
    assert_eq!(
        (tasks[0].id(), tasks[1].follows()),
        (TaskId(2), Some(TaskId(2)))
    );
}

#[test]
fn loops_by_what_they_repeat() {
    for (operation, by) in [
        (Operation::Sleep, Endless::Timer),
        (Operation::Yield, Endless::Yield),
        (Operation::TryRecv, Endless::Try),
    ] {
        let mut story = Story::of(ObjectKind::Mpsc, None);
        story.waits(1, operation, OBJECT);
        story.stuck[0].state = StuckState::Looping;
        assert_eq!(story.cause(), Some(Cause::NoExit { by }));
    }
}

#[test]
fn where_nothing_fits_nothing_is_said() {
    let mut unknown = Story::of(ObjectKind::Mpsc, None);
    unknown.waits(1, Operation::Recv, OBJECT);
    unknown.stuck[0].waits.clear();
    assert_eq!(unknown.cause(), None);
    // Without teardowns nobody knows who holds what.
    assert_eq!(receiver().cause(), None);
}
