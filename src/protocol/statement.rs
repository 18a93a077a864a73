//! A step of a script as Rust statements.
//!
//! Not here: what stands around the steps of a party (`source`).

use super::script::{End, Patience, Step, Thing};
use super::source::Printer;

impl Printer<'_> {
    pub(super) fn steps(&mut self, steps: &[Step]) {
        steps.iter().for_each(|step| self.step(step));
    }

    fn step(&mut self, step: &Step) {
        let end = step.ends().next();
        let name = end.map_or_else(String::new, |end| self.name(end));
        match step {
            Step::Send(place) => {
                let waits = matches!(self.thing(*place), Thing::Mpsc { .. } | Thing::Queue { .. });
                let wait = if waits { ".await" } else { "" };
                self.line(&format!("{name}.send(1){wait}.ok();"));
            }
            Step::Recv(place) => self.line(&match self.thing(*place) {
                Thing::Queue { .. } => format!("{name}.lock().await.recv().await;"),
                Thing::Oneshot => format!("{name}.await.ok();"),
                Thing::Broadcast { .. } => format!("{name}.recv().await.ok();"),
                Thing::Watch => format!("{name}.changed().await.ok();"),
                _ => format!("{name}.recv().await;"),
            }),
            Step::TryRecv(_) => self.line(&format!("{name}.try_recv().ok();")),
            Step::Each(place, steps) => {
                let got = match self.thing(*place) {
                    Thing::Queue { .. } => format!("{name}.lock().await.recv().await.is_some()"),
                    Thing::Broadcast { .. } => {
                        format!("{name}.recv().await != Err(broadcast::error::RecvError::Closed)")
                    }
                    Thing::Watch => format!("{name}.changed().await.is_ok()"),
                    _ => format!("{name}.recv().await.is_some()"),
                };
                self.within(&format!("while {got} {{"), steps);
            }
            Step::EachUntil { from, steps, .. } => {
                let from = self.name(End::Receiver(*from));
                self.line("while select! {");
                self.line("    biased;");
                self.line(&format!("    () = cancelled(&{name}) => false,"));
                self.line(&format!("    got = {from}.recv() => got.is_some(),"));
                self.within("} {", steps);
            }
            Step::Closed(_) => self.line(&format!("{name}.closed().await;")),
            Step::Ask(place, patience) => self.ask(&name, *place, *patience),
            Step::Serve(place, steps) => self.serve(&name, *place, steps),
            Step::Drop(_) => self.line(&format!("drop({name});")),
            Step::Keep(_) => self.line(&format!("std::mem::forget({name});")),
            Step::Lock(_, steps) => self.guarded(&format!("{name}.lock().await"), steps),
            Step::Read(_, steps) => self.guarded(&format!("{name}.read().await"), steps),
            Step::Write(_, steps) => self.guarded(&format!("{name}.write().await"), steps),
            Step::Permit(_, steps) => self.guarded(&format!("{name}.acquire().await"), steps),
            Step::TakeForGood(place) => self.line(&match self.thing(*place) {
                Thing::Mutex => format!("std::mem::forget({name}.lock().await);"),
                _ => format!("{name}.acquire().await.unwrap().forget();"),
            }),
            Step::NotifyOne(_) => self.line(&format!("{name}.notify_one();")),
            Step::NotifyAll(_) => self.line(&format!("{name}.notify_waiters();")),
            Step::Notified(_) => self.line(&format!("{name}.notified().await;")),
            Step::Arrive(_) => self.line(&format!("{name}.wait().await;")),
            Step::Open(_) => {
                self.line(&format!("*{name}.0.lock().await = true;"));
                self.line(&format!("{name}.1.notify_waiters();"));
            }
            Step::Pass(_) => self.block(
                "{",
                |this| {
                    this.line(&format!("let notified = {name}.1.notified();"));
                    this.line(&format!("let open = *{name}.0.lock().await;"));
                    this.block("if !open {", |this| this.line("notified.await;"), "}");
                },
                "}",
            ),
            Step::PassLate(_) => self.block(
                "{",
                |this| {
                    this.line(&format!("let open = *{name}.0.lock().await;"));
                    let wait = format!("{name}.1.notified().await;");
                    this.block("if !open {", |this| this.line(&wait), "}");
                },
                "}",
            ),
            Step::Cancel(_) => self.line(&format!("{name}.send_replace(true);")),
            Step::Cancelled(_) => self.line(&format!("cancelled(&{name}).await;")),
            Step::Until(_, steps) => self.within(&format!("while !*{name}.borrow() {{"), steps),
            Step::Repeat(times, steps) => self.within(&format!("for _ in 0..{times} {{"), steps),
            Step::Timeout(step) => self.block(
                "timeout(Duration::from_secs(1), async {",
                |this| this.step(step),
                "}).await.ok();",
            ),
            Step::Sleep => self.line("sleep(Duration::from_secs(1)).await;"),
            Step::Yield => self.line("yield_now().await;"),
            Step::Panic => self.line("panic!(\"as scripted\");"),
            Step::Join(_) => self.line(&format!("{name}.await.ok();")),
            Step::Abort(_) => self.line(&format!("{name}.abort();")),
        }
    }

    fn within(&mut self, opening: &str, steps: &[Step]) {
        if steps.is_empty() {
            self.line(&format!("{opening}}}"));
            return;
        }
        self.block(opening, |this| this.steps(steps), "}");
    }

    fn guarded(&mut self, guard: &str, steps: &[Step]) {
        let guard = format!("let _guard = {guard};");
        let inside = |this: &mut Self| {
            this.line(&guard);
            this.steps(steps);
        };
        self.block("{", inside, "}");
    }

    fn ask(&mut self, name: &str, place: usize, patience: Patience) {
        let Thing::Requests { answer_room, .. } = self.thing(place) else {
            return;
        };
        let reads = if patience == Patience::Leaves {
            "_answer"
        } else {
            "mut answer"
        };
        let inside = |this: &mut Self| {
            this.line(&format!(
                "let (reply, {reads}) = mpsc::channel({answer_room});"
            ));
            this.line(&format!("{name}.send(reply).await.ok();"));
            let read = "while answer.recv().await.is_some() {}";
            match patience {
                Patience::Leaves => {}
                Patience::Waits => this.line(read),
                Patience::GivesUp | Patience::GivesUpAndKeeps => this.block(
                    "timeout(Duration::from_secs(1), async {",
                    |this| this.line(read),
                    "}).await.ok();",
                ),
            }
            if patience == Patience::GivesUpAndKeeps {
                this.line("std::mem::forget(answer);");
            }
        };
        self.block("{", inside, "}");
    }

    fn serve(&mut self, name: &str, place: usize, steps: &[Step]) {
        let Thing::Requests { parts, .. } = self.thing(place) else {
            return;
        };
        let inside = |this: &mut Self| {
            this.steps(steps);
            let answer = "reply.send(1).await.ok();";
            match parts {
                1 => this.line(answer),
                _ => {
                    let opening = format!("for _ in 0..{parts} {{");
                    this.block(&opening, |this| this.line(answer), "}");
                }
            }
        };
        self.block(
            &format!("while let Some(reply) = {name}.recv().await {{"),
            inside,
            "}",
        );
    }
}
