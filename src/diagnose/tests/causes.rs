//! Why a task is stuck, and which of several is to blame.

use super::{OBJECT, OTHER, Story, assert_held, created, held, here, receiver};
use crate::outcome::{Cause, Endless, HandleKind, HeldBy, StuckTask};
use crate::trace::{ObjectKind, Operation, Site, StuckState, TaskId};

#[test]
fn a_semaphore_used_as_a_lock_in_a_ring() {
    let mut story = Story::of(ObjectKind::Semaphore, Some(1));
    let taken = here();
    story.event(1, Operation::Acquire, OBJECT, taken);
    story.event(1, Operation::Forget, OBJECT, taken);
    story.waits(1, Operation::Lock, OTHER).held_by = held(2);
    story.waits(2, Operation::Acquire, OBJECT);
    let tasks = story.tell();
    let Some(Cause::LockCycle { cycle }) = tasks[0].cause() else {
        panic!("{:?}", tasks[0].cause())
    };
    assert_eq!((cycle[0].task, cycle[0].took_at), (TaskId(1), taken));
    assert_eq!(tasks[1].follows(), Some(TaskId(1)));
}

#[test]
fn what_names_the_fault_leads_and_comes_first_among_the_waits_of_a_task() {
    let mut story = Story::of(ObjectKind::Mutex, None);
    story.waits(0, Operation::Cancelled, OTHER);
    let taken = held(1);
    let taken_at = taken.as_ref().unwrap().taken_at;
    story.waits(1, Operation::Cancelled, OTHER);
    story.waits(2, Operation::Lock, OBJECT).held_by = taken;
    let lock = story.stuck.pop().unwrap().waits.remove(0);
    story.stuck[1].waits.push(lock);
    let tasks = story.tell();
    let ids: Vec<TaskId> = tasks.iter().map(StuckTask::id).collect();
    assert_eq!(ids, [TaskId(1), TaskId(0)]);
    assert_eq!(tasks[0].cause(), Some(&Cause::LockTakenTwice { taken_at }));
    assert_eq!(tasks[0].waits()[0].operation, Operation::Lock);
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
    let by = TaskId(2);
    assert_eq!(story.cause(), Some(Cause::Forgotten { what, by, at }));
}

#[test]
fn a_permit_that_was_forgotten() {
    let what = HandleKind::Permit;
    let by = TaskId(2);
    let at = here();
    let mut by_hand = Story::of(ObjectKind::Semaphore, Some(1));
    by_hand.event(2, Operation::Acquire, OBJECT, here());
    by_hand.event(2, Operation::Forget, OBJECT, at);
    by_hand.waits(1, Operation::Acquire, OBJECT);
    assert_eq!(by_hand.cause(), Some(Cause::Forgotten { what, by, at }));

    let mut leaked = Story::of(ObjectKind::Semaphore, Some(1));
    leaked.event(2, Operation::Acquire, OBJECT, at);
    leaked.waits(1, Operation::Acquire, OBJECT);
    leaked.torn_down(Operation::Release, at, |_| None);
    assert_eq!(leaked.cause(), Some(Cause::Forgotten { what, by, at }));
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
fn permits_that_were_forgotten_and_made_up_for_are_not_missing() {
    let mut signal = Story::of(ObjectKind::Semaphore, Some(0));
    let at = here();
    for _ in 0..2 {
        signal.event(0, Operation::AddPermits, OBJECT, here());
        signal.event(1, Operation::Acquire, OBJECT, at);
        signal.event(1, Operation::Forget, OBJECT, here());
    }
    signal.waits(1, Operation::Acquire, OBJECT);
    signal.torn_down(Operation::Release, at, |_| None);
    assert_eq!(signal.cause(), Some(Cause::NeverSignalled));

    let mut lock = Story::of(ObjectKind::Semaphore, Some(1));
    let held_at = here();
    lock.event(1, Operation::Acquire, OBJECT, at);
    lock.event(1, Operation::Forget, OBJECT, here());
    lock.event(1, Operation::AddPermits, OBJECT, here());
    lock.event(2, Operation::Acquire, OBJECT, held_at);
    lock.waits(1, Operation::Acquire, OBJECT);
    lock.torn_down(Operation::Release, held_at, |_| Some(2));
    assert_held(lock, HandleKind::Permit, &HeldBy::Task(TaskId(2)));
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
