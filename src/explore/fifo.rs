//! Permits in FIFO order, as a shadow: which releases stand behind which grant.
//!
//! Follows what an execution did; where it does not add up, the caller treats the object as one
//! that the table does not know.

/// The shadow of a lock, a semaphore, or the room in a channel.
#[derive(Default, Debug)]
pub(super) struct Fifo {
    permits: u32,
    closed: bool,
    queue: Vec<Ticket>,
    granted: Vec<Granted>,
    /// Permits asked for by all tickets so far, less what there was at the start.
    demand: i64,
    /// Releases in order: the event, and how many permits.
    released: Vec<(u32, u32)>,
}

#[derive(Clone, Copy, Debug)]
struct Ticket {
    leaf: u32,
    missing: u32,
    amount: u32,
    /// Releases that it needs: the shortest prefix of the log that covers all tickets up to it.
    needs: i64,
}

#[derive(Clone, Copy, Debug)]
struct Granted {
    leaf: u32,
    amount: u32,
    needs: i64,
    /// The release that completed it.
    by: u32,
}

/// A grant that a poll found.
pub(super) struct Grant {
    /// Releases that stand behind it.
    pub(super) behind: Vec<u32>,
    /// The release that completed it.
    pub(super) by: u32,
}

impl Clone for Fifo {
    fn clone(&self) -> Fifo {
        let mut fifo = Fifo::default();
        fifo.clone_from(self);
        fifo
    }

    /// Without new buffers.
    fn clone_from(&mut self, other: &Fifo) {
        let Fifo {
            permits,
            closed,
            queue,
            granted,
            demand,
            released,
        } = other;
        self.permits = *permits;
        self.closed = *closed;
        self.queue.clone_from(queue);
        self.granted.clone_from(granted);
        self.demand = *demand;
        self.released.clone_from(released);
    }
}

impl Fifo {
    pub(super) fn new(permits: u32) -> Fifo {
        let mut fifo = Fifo::default();
        fifo.reset(permits);
        fifo
    }

    /// Makes it one with so many permits, none of which was asked for. Its buffers are kept.
    pub(super) fn reset(&mut self, permits: u32) {
        self.permits = permits;
        self.closed = false;
        self.queue.clear();
        self.granted.clear();
        self.demand = -i64::from(permits);
        self.released.clear();
    }

    fn behind(&self, needs: i64) -> Vec<u32> {
        let mut covered = 0;
        let enough = |&&(_, amount): &&(u32, u32)| {
            let missing = covered < needs;
            covered += i64::from(amount);
            missing
        };
        self.released
            .iter()
            .take_while(enough)
            .map(|&(event, _)| event)
            .collect()
    }

    /// A first poll. The releases behind it if it was granted at once; none if it was queued.
    pub(super) fn ticket(&mut self, leaf: u32, amount: u32) -> Option<Vec<u32>> {
        self.demand += i64::from(amount);
        let needs = self.demand;
        if self.permits >= amount && self.queue.is_empty() {
            self.permits -= amount;
            return Some(self.behind(needs));
        }
        let missing = amount - self.permits.min(amount);
        self.permits -= self.permits.min(amount);
        self.queue.push(Ticket {
            leaf,
            missing,
            amount,
            needs,
        });
        None
    }

    /// Whether the permits of the start are enough for all tickets so far and this one.
    pub(super) fn can_spare(&self, amount: u32) -> bool {
        self.demand + i64::from(amount) <= 0
    }

    /// Whether a try would get its permits now.
    pub(super) fn has(&self, amount: u32) -> bool {
        self.permits >= amount
    }

    pub(super) fn release(&mut self, event: u32, amount: u32) {
        self.released.push((event, amount));
        self.give(event, amount);
    }

    fn give(&mut self, event: u32, mut amount: u32) {
        while amount > 0 {
            let Some(first) = self.queue.first_mut() else {
                self.permits += amount;
                return;
            };
            let given = amount.min(first.missing);
            first.missing -= given;
            amount -= given;
            if first.missing == 0 {
                let Ticket {
                    leaf,
                    amount,
                    needs,
                    ..
                } = self.queue.remove(0);
                self.granted.push(Granted {
                    leaf,
                    amount,
                    needs,
                    by: event,
                });
            }
        }
    }

    /// A later poll that was ready: its grant, if there was one.
    pub(super) fn take_grant(&mut self, leaf: u32) -> Option<Grant> {
        let place = self
            .granted
            .iter()
            .position(|granted| granted.leaf == leaf)?;
        let granted = self.granted.remove(place);
        Some(Grant {
            behind: self.behind(granted.needs),
            by: granted.by,
        })
    }

    pub(super) fn is_granted(&self, leaf: u32) -> bool {
        self.granted.iter().any(|granted| granted.leaf == leaf)
    }

    /// A wait is given up; whether it had a place.
    pub(super) fn cancel(&mut self, leaf: u32, event: u32) -> bool {
        if let Some(place) = self.granted.iter().position(|granted| granted.leaf == leaf) {
            let granted = self.granted.remove(place);
            self.released.push((event, granted.amount));
            self.give(event, granted.amount);
            return true;
        }
        if let Some(place) = self.queue.iter().position(|ticket| ticket.leaf == leaf) {
            let ticket = self.queue.remove(place);
            self.released.push((event, ticket.amount));
            self.give(event, ticket.amount - ticket.missing);
            return true;
        }
        false
    }

    /// Nothing is granted any more: those who wait are told so.
    pub(super) fn close(&mut self) {
        self.closed = true;
        self.queue.clear();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }
}
