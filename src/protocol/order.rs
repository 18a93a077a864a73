//! Whether replies to calls that ran at the same time are those of a model, in some order.
//!
//! Not here: who calls, and when (`component`).

/// What a component is to answer, if it were asked one thing at a time.
pub trait Model: Clone {
    /// What it is asked.
    type Request;
    /// What it answers.
    type Reply: PartialEq;

    /// Its answer, and what that changes.
    fn apply(&mut self, request: &Self::Request) -> Self::Reply;
}

/// A call, in the order of its client.
pub(super) struct Call<Request, Reply> {
    pub(super) client: usize,
    pub(super) request: Request,
    /// None if its client does not know whether it ever happened.
    pub(super) reply: Option<Reply>,
}

/// Whether there is an order of the calls that keeps each client's own, and in which the model gives
/// every reply that was seen. What has no reply happens at some time after its client's calls before
/// it, or never.
///
/// This is sequential consistency (Lamport, 1979), which unlike linearizability asks for no clock.
pub(super) fn exists<M: Model>(
    model: M,
    clients: usize,
    calls: &[Call<M::Request, M::Reply>],
) -> bool {
    let queues = (0..clients).map(|client| {
        let own = calls.iter().filter(|call| call.client == client);
        own.collect::<Vec<_>>()
    });
    Search {
        queues: queues.collect(),
    }
    .goes_on(&model, &mut vec![0; clients], &mut Vec::new())
}

struct Search<'a, M: Model> {
    /// The calls of each client.
    queues: Vec<Vec<&'a Call<M::Request, M::Reply>>>,
}

impl<'a, M: Model> Search<'a, M> {
    /// `done` says how many calls of each client are behind us, `open` which calls without a reply
    /// may still happen.
    fn goes_on(
        &self,
        model: &M,
        done: &mut [usize],
        open: &mut Vec<&'a Call<M::Request, M::Reply>>,
    ) -> bool {
        let mut finished = true;
        for client in 0..done.len() {
            let Some(call) = self.queues[client].get(done[client]) else {
                continue;
            };
            let Some(reply) = &call.reply else {
                done[client] += 1;
                open.push(call);
                let found = self.goes_on(model, done, open);
                open.pop();
                done[client] -= 1;
                return found;
            };
            finished = false;
            let mut next = model.clone();
            if next.apply(&call.request) == *reply {
                done[client] += 1;
                let found = self.goes_on(&next, done, open);
                done[client] -= 1;
                if found {
                    return true;
                }
            }
        }
        finished || self.with_an_open_one(model, done, open)
    }

    /// One of those whose clients gave up happens now.
    fn with_an_open_one(
        &self,
        model: &M,
        done: &mut [usize],
        open: &mut Vec<&'a Call<M::Request, M::Reply>>,
    ) -> bool {
        (0..open.len()).any(|place| {
            let call = open.swap_remove(place);
            let mut next = model.clone();
            next.apply(&call.request);
            let found = self.goes_on(&next, done, open);
            open.push(call);
            let last = open.len() - 1;
            open.swap(place, last);
            found
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds, and answers the sum.
    #[derive(Clone, Default)]
    struct Sum(u32);

    impl Model for Sum {
        type Request = u32;
        type Reply = u32;
        fn apply(&mut self, n: &u32) -> u32 {
            self.0 += n;
            self.0
        }
    }

    fn fits(calls: &[(usize, u32, Option<u32>)]) -> bool {
        let calls: Vec<_> = calls
            .iter()
            .map(|&(client, request, reply)| Call {
                client,
                request,
                reply,
            })
            .collect();
        exists(Sum::default(), 2, &calls)
    }

    #[test]
    fn any_order_of_two_clients_will_do() {
        assert!(fits(&[(0, 1, Some(3)), (1, 2, Some(2))]));
        assert!(fits(&[(0, 1, Some(1)), (1, 2, Some(3))]));
        assert!(!fits(&[(0, 1, Some(1)), (1, 2, Some(2))]));
    }

    #[test]
    fn a_client_s_own_order_is_kept() {
        assert!(fits(&[(0, 1, Some(1)), (0, 2, Some(3))]));
        assert!(!fits(&[(0, 1, Some(3)), (0, 2, Some(2))]));
    }

    #[test]
    fn a_call_without_a_reply_happens_late_or_never() {
        assert!(fits(&[(0, 5, None), (0, 1, Some(1)), (0, 1, Some(7))]));
        assert!(fits(&[(0, 5, None), (1, 1, Some(1))]));
        assert!(!fits(&[(0, 1, Some(6)), (0, 5, None)]));
    }
}
