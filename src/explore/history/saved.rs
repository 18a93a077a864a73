//! Shadows as they were at some events of the path: an execution that begins with the same events
//! need not follow them again.
//!
//! Not here: which events are the same (`search`).

use super::channel::Channel;
use super::{Shadow, State};

/// How many states are kept, at most: what is older is followed again.
const ROOM: usize = 8;

/// States of executions that began as the current one does, each with the event that it stands
/// before; in order.
#[derive(Default)]
pub(super) struct Saved {
    states: Vec<(u32, State)>,
    /// States that are not needed any more, for their buffers.
    spare: Vec<State>,
}

impl Saved {
    /// Keeps a state, which stands before this event and after those that are kept.
    pub(super) fn save(&mut self, event: u32, now: &State) {
        let mut state = if self.states.len() < ROOM {
            self.spare.pop().unwrap_or_default()
        } else {
            self.states.remove(0).1
        };
        state.copy(now);
        self.states.push((event, state));
    }

    /// Makes `now` the latest state that is known and stands at this event or before it; at which
    /// event that is. Those that stand after it are given up.
    pub(super) fn restore(
        &mut self,
        event: u32,
        now: &mut State,
        channels: &mut Vec<Channel>,
    ) -> u32 {
        while let Some((_, state)) = self.states.pop_if(|(at, _)| *at > event) {
            self.spare.push(state);
        }
        let last = self.states.last();
        now.shrink(last.map_or(0, |(_, state)| state.objects.len()), channels);
        match last {
            None => {
                now.clear();
                0
            }
            Some((at, state)) => {
                now.copy(state);
                *at
            }
        }
    }
}

impl State {
    /// Forgets the objects from this one on, but for the buffers of channels.
    fn shrink(&mut self, objects: usize, channels: &mut Vec<Channel>) {
        let first = objects.min(self.objects.len());
        for shadow in self.objects.drain(first..).flatten() {
            if let Shadow::Channel(channel) = shadow {
                channels.push(channel);
            }
        }
    }

    /// Becomes the state before the first event.
    fn clear(&mut self) {
        self.objects.clear();
        self.leaves.clear();
        self.spawned = 0;
        self.given_up.clear();
    }

    /// Becomes as another state, without new buffers where there are some.
    fn copy(&mut self, other: &State) {
        let State {
            objects,
            leaves,
            spawned,
            given_up,
        } = other;
        self.objects.truncate(objects.len());
        for (own, other) in self.objects.iter_mut().zip(objects) {
            match (own, other) {
                (Some(Shadow::Channel(own)), Some(Shadow::Channel(other))) => own.clone_from(other),
                (own, other) => own.clone_from(other),
            }
        }
        let known = self.objects.len();
        self.objects.extend_from_slice(&objects[known..]);
        self.leaves.clone_from(leaves);
        self.spawned = *spawned;
        self.given_up.clone_from(given_up);
    }
}
