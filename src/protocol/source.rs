//! A script as the source of a program that does the same.
//!
//! Not here: what each step comes to (`statement`), and how it runs (`run`, `actor`). Both must do
//! the same things in the same order: a test compiles what is printed, and compares the verdicts.

use std::fmt::{self, Write};

use super::script::{End, Script, Step, Thing};

/// What a program may import, in the order in which it does, and what shows that it has to.
const IMPORTS: [(&str, &str); 7] = [
    ("std::sync::Arc", "Arc::"),
    ("std::time::Duration", "Duration::"),
    ("leak_harness::select", "select! {"),
    ("leak_harness::spawn", "spawn("),
    ("leak_harness::task::yield_now", "yield_now("),
    ("leak_harness::time::sleep", " sleep("),
    ("leak_harness::time::timeout", "timeout("),
];

/// What of `leak_harness::sync` it may import.
const SYNC: [&str; 9] = [
    "Barrier",
    "Mutex",
    "Notify",
    "RwLock",
    "Semaphore",
    "broadcast",
    "mpsc",
    "oneshot",
    "watch",
];

const CANCELLED: &str = "\
async fn cancelled(token: &watch::Sender<bool>) {
    let mut seen = token.subscribe();
    seen.wait_for(|cancelled| *cancelled).await.ok();
}
";

impl Script {
    /// Rust source of an `async fn` of this name that does the same, with the imports that it
    /// needs: the body of a leak test.
    ///
    /// ```
    /// use leak_harness::protocol::{Party, Script, Step, Thing};
    ///
    /// let steps = vec![Step::Send(0), Step::Recv(0)];
    /// let body = Party { role: "body", steps };
    /// let script = Script { things: vec![Thing::Mpsc { room: 2 }], parties: vec![body] };
    /// assert_eq!(
    ///     script.source("sends_and_receives"),
    ///     "use leak_harness::sync::mpsc;
    ///
    /// pub async fn sends_and_receives() {
    ///     let (tx0, mut rx0) = mpsc::channel::<u32>(2);
    ///     tx0.send(1).await.ok();
    ///     rx0.recv().await;
    /// }
    /// ",
    /// );
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the script has a [`problem`](Script::problem).
    pub fn source(&self, name: &str) -> String {
        self.must_be_possible();
        let mut text = String::new();
        let waits = |step: &Step| matches!(step, Step::Cancelled(_) | Step::EachUntil { .. });
        if self.has_step(waits) {
            text.push_str(CANCELLED);
            text.push('\n');
        }
        let mut body = Printer {
            script: self,
            party: 0,
            text: String::new(),
            depth: 1,
        };
        body.body();
        let _ = write!(text, "pub async fn {name}() {{\n{}}}\n", body.text);
        imports(&text) + &text
    }
}

/// The imports of a program, and an empty line if there are any.
fn imports(text: &str) -> String {
    let needed = IMPORTS.iter().filter(|(_, sign)| text.contains(sign));
    let mut paths: Vec<String> = needed.map(|(path, _)| (*path).to_owned()).collect();
    let needed = SYNC
        .iter()
        .filter(|name| text.contains(&format!("{name}::")));
    let needed: Vec<&str> = needed.copied().collect();
    match needed[..] {
        [] => {}
        [one] => paths.push(format!("leak_harness::sync::{one}")),
        _ => paths.push(format!("leak_harness::sync::{{{}}}", needed.join(", "))),
    }
    let mut lines: String = paths.iter().map(|path| format!("use {path};\n")).collect();
    if !lines.is_empty() {
        lines.push('\n');
    }
    lines
}

/// The source of the script: see [`Script::source`].
impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.source("script").trim_end())
    }
}

/// The source of the script, as it is what a report of a property shows.
impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

pub(super) struct Printer<'a> {
    script: &'a Script,
    /// Whose steps are printed.
    party: usize,
    text: String,
    depth: usize,
}

impl Printer<'_> {
    pub(super) fn line(&mut self, line: &str) {
        for _ in 0..self.depth {
            self.text.push_str("    ");
        }
        self.text.push_str(line);
        self.text.push('\n');
    }

    pub(super) fn block(&mut self, opening: &str, inside: impl FnOnce(&mut Self), closing: &str) {
        self.line(opening);
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        self.line(closing);
    }

    pub(super) fn thing(&self, place: usize) -> Thing {
        self.script.things[place]
    }

    fn body(&mut self) {
        for place in 0..self.script.things.len() {
            self.create(place);
        }
        for party in 1..self.script.parties.len() {
            self.spawn(party);
        }
        self.party = 0;
        let script = self.script;
        self.steps(&script.parties[0].steps);
    }

    /// Who has an end: none of the parties, the only one, or several.
    fn owners(&self, end: End) -> Vec<usize> {
        let parties = self.script.parties.iter().enumerate();
        let owners = parties.filter(|(_, party)| party.ends().contains(&end));
        owners.map(|(place, _)| place).collect()
    }

    /// The pattern that an end is bound to in the body.
    fn binding(&self, end: End) -> String {
        let name = self.name(end);
        match self.owners(end)[..] {
            [] => "_".to_owned(),
            // Who gets the end itself: the body, or else the last. A clone is bound anew.
            [0, ..] => self.mutable(0, end) + &name,
            [.., last] => self.mutable(last, end) + &name,
        }
    }

    fn mutable(&self, party: usize, end: End) -> String {
        let steps = &self.script.parties[party].steps;
        let needs = |step: &Step| match *step {
            Step::Recv(place) | Step::Each(place, _) => {
                let changes = !matches!(self.thing(place), Thing::Queue { .. } | Thing::Oneshot);
                changes && end == End::Receiver(place)
            }
            Step::TryRecv(place) | Step::Serve(place, _) | Step::EachUntil { from: place, .. } => {
                end == End::Receiver(place)
            }
            Step::Closed(place) => end == End::Sender(place) && self.thing(place) == Thing::Oneshot,
            _ => false,
        };
        let needed = steps.iter().any(|step| step.any(&needs));
        if needed {
            "mut ".to_owned()
        } else {
            String::new()
        }
    }

    pub(super) fn name(&self, end: End) -> String {
        match end {
            End::Sender(place) => format!("tx{place}"),
            End::Receiver(place) => format!("rx{place}"),
            End::Task(party) => format!("task{party}"),
            End::Shared(place) => {
                let kind = match self.thing(place) {
                    Thing::Mutex => "lock",
                    Thing::RwLock => "data",
                    Thing::Semaphore { .. } => "permits",
                    Thing::Notify => "notify",
                    Thing::Barrier { .. } => "barrier",
                    Thing::Gate => "gate",
                    _ => "token",
                };
                format!("{kind}{place}")
            }
        }
    }

    fn create(&mut self, place: usize) {
        let make = match self.thing(place) {
            Thing::Mpsc { room } | Thing::Queue { room } => format!("mpsc::channel::<u32>({room})"),
            Thing::Unbounded => "mpsc::unbounded_channel::<u32>()".to_owned(),
            Thing::Requests { room, .. } => {
                format!("mpsc::channel::<mpsc::Sender<u32>>({room})")
            }
            Thing::Oneshot => "oneshot::channel::<u32>()".to_owned(),
            Thing::Broadcast { room } => format!("broadcast::channel::<u32>({room})"),
            Thing::Watch => "watch::channel(0)".to_owned(),
            Thing::Mutex => "Mutex::new(0)".to_owned(),
            Thing::RwLock => "RwLock::new(0)".to_owned(),
            Thing::Semaphore { permits } => format!("Semaphore::new({permits})"),
            Thing::Notify => "Notify::new()".to_owned(),
            Thing::Barrier { parties } => format!("Barrier::new({parties})"),
            Thing::Gate => "(Mutex::new(false), Notify::new())".to_owned(),
            Thing::Token => "watch::Sender::new(false)".to_owned(),
        };
        if !self.thing(place).is_channel() {
            let name = self.binding(End::Shared(place));
            self.line(&format!("let {name} = Arc::new({make});"));
            return;
        }
        let (sender, receiver) = (End::Sender(place), End::Receiver(place));
        let bindings = (self.binding(sender), self.binding(receiver));
        self.line(&format!("let ({}, {}) = {make};", bindings.0, bindings.1));
        let queue = matches!(self.thing(place), Thing::Queue { .. });
        if queue && bindings.1 != "_" {
            let name = bindings.1;
            self.line(&format!("let {name} = Arc::new(Mutex::new({name}));"));
        }
    }

    fn spawn(&mut self, party: usize) {
        self.party = party;
        let script = self.script;
        let ends = script.parties[party].ends();
        let clones = ends
            .iter()
            .filter(|end| !script.is_last_owner(party, **end));
        let clones: Vec<String> = clones.map(|&end| self.clone_of(end)).collect();
        let handle = End::Task(party);
        let handle = match self.owners(handle)[..] {
            [] => String::new(),
            _ => format!("let {} = ", self.name(handle)),
        };
        let role = script.task_name(party);
        self.line(&format!("// {role}"));
        let steps = &script.parties[party].steps;
        if clones.is_empty() {
            let opening = format!("{handle}spawn(async move {{");
            self.block(&opening, |this| this.steps(steps), "});");
            return;
        }
        let inside = |this: &mut Self| {
            clones.iter().for_each(|clone| this.line(clone));
            this.block("async move {", |this| this.steps(steps), "}");
        };
        self.block(&format!("{handle}spawn({{"), inside, "});");
    }

    fn clone_of(&self, end: End) -> String {
        let name = self.name(end);
        let binding = self.mutable(self.party, end) + &name;
        let broadcast = |place: usize| matches!(self.thing(place), Thing::Broadcast { .. });
        match end {
            End::Receiver(place) if broadcast(place) => {
                format!("let {binding} = {name}.resubscribe();")
            }
            _ => format!("let {binding} = {name}.clone();"),
        }
    }
}
