//! Who holds the other end.

use super::{OBJECT, OTHER, Story, assert_held, created, here, receiver};
use crate::outcome::{Cause, HandleKind, HeldBy};
use crate::trace::{ObjectKind, Operation, Order, Release, Site, TaskId};

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

#[test]
fn a_sender_in_a_message_that_nobody_receives() {
    let mut story = receiver();
    let (made_at, sent_at) = (created(&story), here());
    let queue = story.trace.object(OTHER).unwrap().created_at;
    story.event(1, Operation::Send, OTHER, sent_at);
    story.torn_down(Operation::DropSender, made_at, |_| Some(2));
    for (_, releases) in &mut story.holdings.teardowns {
        let receiver = Release {
            object: OTHER,
            operation: Operation::DropReceiver,
            made_at: queue,
            ..releases[0]
        };
        releases[0].inside = Some(OTHER);
        releases.insert(0, receiver);
    }
    story.waits(2, Operation::Lock, OTHER);
    let tasks = story.tell();
    assert_eq!(
        tasks[0].id(),
        TaskId(2),
        "who has that channel's receiver leads"
    );
    let Some(Cause::AnswerNeverReceived {
        senders,
        receivers,
        last,
    }) = tasks[1].cause()
    else {
        panic!("{:?}", tasks[1].cause())
    };
    let sent_at = Some(sent_at);
    let channel = queue;
    assert_eq!(senders[0].by, HeldBy::Message { channel, sent_at });
    assert_eq!(receivers[0].by, HeldBy::Task(TaskId(2)));
    assert_eq!(*last, None);
}
