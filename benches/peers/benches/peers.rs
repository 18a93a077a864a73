//! Prints how much each tool explores, and how fast.
//!
//! Not here: how soon each finds a bug (`bugs`).

use std::time::Duration;

use leak_harness_peers::{Model, Run, loom, ours, shuttle};

const MODELS: [Model; 9] = [
    Model::PingPong(2),
    Model::PingPong(8),
    Model::Producers(2, 2),
    Model::Producers(3, 2),
    Model::Producers(4, 1),
    Model::Pairs(2),
    Model::Pairs(4),
    Model::Philosophers(3),
    Model::Philosophers(5),
];

fn main() {
    exhaustion();
    speed();
}

fn exhaustion() {
    println!(
        "\nSchedules and time to exhaust (`>`: stopped at the limit of {:?})\n",
        leak_harness_peers::LIMIT
    );
    println!("| model | leak-harness | loom | shuttle, depth first |");
    println!("|---|---|---|---|");
    for model in MODELS {
        let ours = best(|| Some(ours(model, None)));
        let (loom, shuttle) = (once(|| loom(model)), once(|| Some(shuttle(model, None))));
        println!("| {model:?} | {ours} | {loom} | {shuttle} |");
    }
}

fn once(run: impl Fn() -> Option<Run>) -> String {
    let Some(run) = run() else {
        return "-".to_owned();
    };
    let more = if run.exhausted { "" } else { ">" };
    format!("{more}{} in {}", run.executions, time(run.time))
}

/// The fastest of twenty.
fn best(run: impl Fn() -> Option<Run>) -> String {
    let fastest = (0..20).filter_map(|_| run()).min_by_key(|run| run.time);
    once(|| fastest)
}

fn time(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds >= 1.0 => format!("{seconds:.1} s"),
        seconds => format!("{:.3} ms", seconds * 1e3),
    }
}

fn speed() {
    println!("\nRandom schedules a second\n");
    println!("| model | leak-harness | shuttle |");
    println!("|---|---|---|");
    for model in [Model::PingPong(8), Model::Producers(3, 2), Model::Pairs(4)] {
        let rate = |run: &dyn Fn() -> Run| {
            let best = (0..3)
                .map(|_| run())
                .map(|run| run.executions as f64 / run.time.as_secs_f64());
            best.fold(0.0, f64::max)
        };
        let (ours, shuttle) = (
            rate(&|| ours(model, Some(2_000))),
            rate(&|| shuttle(model, Some(2_000))),
        );
        println!("| {model:?} | {ours:.0} | {shuttle:.0} |");
    }
}
