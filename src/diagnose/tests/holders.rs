//! Who holds the other end.

use super::{OBJECT, OTHER, Story, assert_held, created, here, receiver};
use crate::outcome::{Cause, HandleKind, HeldBy};
use crate::trace::{Effect, ObjectId, ObjectKind, Operation, Order, Release, Site, TaskId};

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
fn a_receive_that_got_nothing_is_none() {
    let mut story = Story::of(ObjectKind::Mpsc, Some(1));
    story.event(0, Operation::Recv, OBJECT, here()).effect = Effect::Pending;
    story.event(0, Operation::TryRecv, OBJECT, here()).effect = Effect::Idle;
    story.waits(1, Operation::Send, OBJECT);
    story.torn_down(Operation::DropReceiver, created(&story), |_| Some(0));
    let Some(Cause::NoReceiverWillReceive { last, .. }) = story.cause() else {
        panic!("its receiver is alive")
    };
    assert_eq!(last, None);
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

fn release(
    object: ObjectId,
    operation: Operation,
    made_at: Site,
    inside: Option<ObjectId>,
) -> Release {
    Release {
        by: Some(TaskId(2)),
        object,
        operation,
        made_at,
        inside,
    }
}

#[test]
fn a_sender_in_a_message_in_a_message() {
    const THIRD: ObjectId = ObjectId(2);
    let mut story = receiver();
    let mut queue = *story.trace.object(OTHER).unwrap();
    queue.created_at = here();
    story.trace.objects.push(Some(queue));
    let made_at = |object| story.trace.object(object).unwrap().created_at;
    let (inner, outer) = (made_at(OTHER), made_at(THIRD));
    let releases = vec![
        release(THIRD, Operation::DropReceiver, outer, None),
        release(OTHER, Operation::DropReceiver, inner, Some(THIRD)),
        release(OBJECT, Operation::DropSender, made_at(OBJECT), Some(OTHER)),
    ];
    let order = Order::First(TaskId(2));
    story.holdings.teardowns.push((order, releases));
    story.waits(2, Operation::Lock, OBJECT);
    let tasks = story.tell();
    assert_eq!(tasks[1].follows(), Some(TaskId(2)));
    let Some(Cause::AnswerNeverReceived {
        senders, receivers, ..
    }) = tasks[1].cause()
    else {
        panic!("it is in a message")
    };
    let inside = |channel| HeldBy::Message {
        channel,
        sent_at: None,
    };
    assert_eq!(senders[0].by, inside(inner));
    assert_eq!(receivers[0].by, inside(outer));
    assert_eq!(receivers[1].made_at, outer);
    assert_eq!(receivers[1].by, HeldBy::Task(TaskId(2)));
}

/// The channel that is torn down first has the sender that was made last.
#[test]
fn with_messages_in_two_channels_the_receiver_is_that_of_the_first_sender() {
    const THIRD: ObjectId = ObjectId(2);
    const FOURTH: ObjectId = ObjectId(3);
    let mut story = receiver();
    story.event(0, Operation::DropSender, OBJECT, created(&story));
    let (first, second) = (here(), here());
    let mut queue = *story.trace.object(OTHER).unwrap();
    for queue_at in [here(), here()] {
        queue.created_at = queue_at;
        story.trace.objects.push(Some(queue));
    }
    let made_at = |channel| story.trace.object(channel).unwrap().created_at;
    let (third_at, fourth_at) = (made_at(THIRD), made_at(FOURTH));
    let releases = vec![
        release(FOURTH, Operation::DropReceiver, fourth_at, None),
        release(OBJECT, Operation::DropSender, second, Some(FOURTH)),
        release(THIRD, Operation::DropReceiver, third_at, None),
        release(OBJECT, Operation::DropSender, first, Some(THIRD)),
    ];
    let order = Order::First(TaskId(2));
    story.holdings.teardowns.push((order, releases));
    let Some(Cause::AnswerNeverReceived {
        senders, receivers, ..
    }) = story.cause()
    else {
        panic!("both are in messages")
    };
    let made: Vec<Site> = senders.iter().map(|sender| sender.made_at).collect();
    assert_eq!(made, [first, second]);
    assert_eq!(receivers[0].made_at, third_at);
}
