//! Who holds the handles of an object that are alive at the end of an execution.
//!
//! What a trace says is how many were made and not dropped; what the teardowns say is with whom
//! they went, and which were in messages that nobody received. What is left over went with nobody.

use std::collections::BTreeMap;

use crate::outcome::{HandleKind, HeldBy, Holder};
use crate::trace::{
    Effect, Event, Holdings, ObjectId, ObjectKind, Operation, Order, Release, Site, TaskId, Trace,
};

/// The holders of one kind of handle of an object.
pub(super) fn holders(
    trace: &Trace,
    holdings: &Holdings,
    object: ObjectId,
    handle: HandleKind,
) -> Vec<Holder> {
    let is_one = |release: &&Release| is_end(release, object, handle) && release.inside.is_none();
    let with = |order: Order| {
        let mut sites: BTreeMap<Site, usize> = BTreeMap::new();
        for release in holdings.with(order).filter(is_one) {
            *sites.entry(release.made_at).or_default() += 1;
        }
        sites
    };
    // What goes with each task when it goes first, and when it goes last.
    let tasks = holdings.tasks();
    let tasks: Vec<_> = tasks
        .map(|task| (task, with(Order::First(task)), with(Order::Last(task))))
        .collect();
    let mut found: BTreeMap<(Site, HeldBy), usize> = BTreeMap::new();
    let mut gone: BTreeMap<Site, usize> = BTreeMap::new();
    let mut released: BTreeMap<Site, Vec<Option<TaskId>>> = BTreeMap::new();
    for release in holdings.any() {
        if !is_end(release, object, handle) {
            continue;
        }
        let site = release.made_at;
        *gone.entry(site).or_default() += 1;
        match release.inside {
            None => released.entry(site).or_default().push(release.by),
            Some(channel) => add(&mut found, site, in_message(trace, channel), 1),
        }
    }
    for (&site, by) in &released {
        let mut left = by.len();
        for (task, alone, _) in &tasks {
            let own = alone.get(&site).copied().unwrap_or(0).min(left);
            left -= own;
            add(&mut found, site, HeldBy::Task(*task), own);
        }
        let outputs = by.iter().filter(|by| by.is_none()).count().min(left);
        left -= outputs;
        add(&mut found, site, HeldBy::Output, outputs);
        let shares = tasks.iter();
        let shares = shares.filter(|(_, alone, last)| last.get(&site) > alone.get(&site));
        let shares: Vec<TaskId> = shares.map(|(task, ..)| *task).collect();
        let is_asked = |task: &TaskId| tasks.iter().any(|(asked, ..)| asked == task);
        let rest = by.iter().flatten().find(|task| !is_asked(task));
        match (shares.as_slice(), rest) {
            ([], Some(&task)) => add(&mut found, site, HeldBy::Task(task), left),
            ([task], _) => add(&mut found, site, HeldBy::Task(*task), left),
            _ => add(&mut found, site, HeldBy::Tasks(shares), left),
        }
    }
    if !holdings.teardowns.is_empty() {
        let foreign = trace.object(object).is_some_and(|info| info.foreign);
        for (site, made) in alive(trace, object, handle) {
            let gone = gone.get(&site).copied().unwrap_or(0);
            let by = if foreign {
                HeldBy::RealTokio
            } else {
                HeldBy::Nobody
            };
            add(&mut found, site, by, made.saturating_sub(gone));
        }
    }
    let holders = found.into_iter().map(|((made_at, by), count)| Holder {
        handle,
        made_at,
        by,
        count,
    });
    holders.collect()
}

fn is_end(release: &Release, object: ObjectId, handle: HandleKind) -> bool {
    release.object == object && release.operation == end_of(handle)
}

/// In what was sent into a channel, and not received.
fn in_message(trace: &Trace, channel: ObjectId) -> HeldBy {
    let Some(info) = trace.object(channel) else {
        return HeldBy::Nobody;
    };
    HeldBy::Message {
        channel: info.created_at,
        sent_at: sent_at(trace, channel),
    }
}

/// The handles of an object that are in messages: where each was made, and in which channel it is.
pub(super) fn messages(
    holdings: &Holdings,
    object: ObjectId,
    handle: HandleKind,
) -> impl Iterator<Item = (Site, ObjectId)> {
    let releases = holdings.any().iter();
    let of_this = releases.filter(move |release| is_end(release, object, handle));
    of_this.filter_map(|release| Some((release.made_at, release.inside?)))
}

/// Where all messages were sent that a channel still has, if that was one place.
fn sent_at(trace: &Trace, channel: ObjectId) -> Option<Site> {
    let done = || {
        let events = trace.events.iter();
        events.filter(|event| event.object == Some(channel) && event.effect == Effect::Done)
    };
    let sent = done().filter(|event| event.operation.sends());
    let takes_one =
        |event: &&Event| matches!(event.operation, Operation::Recv | Operation::TryRecv);
    let received = done().filter(takes_one).count();
    // How many one `recv_many` took is not known: then the first ones may have been received.
    let mut left = sent.map(|event| event.site).skip(received);
    let first = left.next()?;
    left.all(|site| site == first).then_some(first)
}

fn add(found: &mut BTreeMap<(Site, HeldBy), usize>, site: Site, by: HeldBy, count: usize) {
    if count > 0 {
        *found.entry((site, by)).or_default() += count;
    }
}

fn end_of(handle: HandleKind) -> Operation {
    match handle {
        HandleKind::Sender => Operation::DropSender,
        HandleKind::Receiver => Operation::DropReceiver,
        HandleKind::Guard => Operation::Unlock,
        HandleKind::Permit => Operation::Release,
    }
}

/// Handles that were made and neither dropped nor used up, by where they were made.
fn alive(trace: &Trace, object: ObjectId, handle: HandleKind) -> BTreeMap<Site, usize> {
    let mut sites: BTreeMap<Site, usize> = BTreeMap::new();
    let info = trace.object(object);
    // Of these the receiver may be made later, or never.
    let one_end = |kind| matches!(kind, ObjectKind::Watch | ObjectKind::Broadcast);
    let both_ends = matches!(handle, HandleKind::Sender)
        || (handle == HandleKind::Receiver && info.is_some_and(|info| !one_end(info.kind)));
    if let Some(info) = info.filter(|_| both_ends) {
        sites.insert(info.created_at, 1);
    }
    let events = trace.events.iter();
    for event in events.filter(|event| event.object == Some(object)) {
        if makes(event, handle) {
            *sites.entry(event.site).or_default() += 1;
        } else if event.operation == end_of(handle)
            && let Some(count) = sites.get_mut(&event.site)
        {
            *count = count.saturating_sub(1);
        } else if ends(event, handle, info.map(|info| info.kind)) {
            sites.clear();
        }
    }
    sites.retain(|_, count| *count > 0);
    sites
}

fn makes(event: &Event, handle: HandleKind) -> bool {
    let operation = match handle {
        HandleKind::Sender => {
            matches!(event.operation, Operation::CloneSender | Operation::Upgrade)
        }
        HandleKind::Receiver => matches!(
            event.operation,
            Operation::CloneReceiver | Operation::Subscribe
        ),
        HandleKind::Guard => matches!(
            event.operation,
            Operation::Lock
                | Operation::TryLock
                | Operation::Read
                | Operation::TryRead
                | Operation::Write
                | Operation::TryWrite
        ),
        HandleKind::Permit => matches!(event.operation, Operation::Acquire | Operation::TryAcquire),
    };
    operation && event.effect == Effect::Done
}

/// Operations that use up the one handle there is.
fn ends(event: &Event, handle: HandleKind, kind: Option<ObjectKind>) -> bool {
    let done = matches!(event.effect, Effect::Done | Effect::Closed);
    match (handle, kind) {
        (HandleKind::Sender, Some(ObjectKind::Oneshot)) => event.operation == Operation::Send,
        (HandleKind::Receiver, Some(ObjectKind::Oneshot)) => {
            event.operation == Operation::Recv && done
        }
        _ => false,
    }
}
