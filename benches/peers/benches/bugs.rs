//! Prints after how many executions each tool finds a bug.
//!
//! Not here: how long it takes to find all that there is (`peers`).

use leak_harness::Engine;
use leak_harness_peers::{Bug, EXECUTIONS, Scheduler, ours_to_bug, shuttle_to_bug};

const SEEDS: u64 = 20;

fn main() {
    // What a tool says of the bugs that it is there to find.
    std::panic::set_hook(Box::new(|_| {}));
    println!(
        "\nExecutions to the first failure (median of {SEEDS} seeds; `-`: not within {EXECUTIONS} or the limit)\n"
    );
    println!(
        "| bug | auto | pos | pct | urw | random | shuttle random | shuttle pct | shuttle urw |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for bug in [Bug::LostWakeup, Bug::Order, Bug::Window] {
        let engines = [
            Engine::Auto,
            Engine::Pos,
            Engine::Pct,
            Engine::Urw,
            Engine::Random,
        ];
        let mut cells: Vec<String> = engines
            .map(|engine| median(|seed| ours_to_bug(bug, engine, seed)))
            .into();
        for scheduler in [Scheduler::Random, Scheduler::Pct, Scheduler::Urw] {
            cells.push(median(|seed| shuttle_to_bug(bug, scheduler, seed)));
        }
        println!("| {bug:?} | {} |", cells.join(" | "));
    }
}

fn median(run: impl Fn(u64) -> Option<u64>) -> String {
    let mut all: Vec<u64> = (0..SEEDS)
        .map(|seed| run(seed).unwrap_or(u64::MAX))
        .collect();
    all.sort_unstable();
    match all[all.len() / 2] {
        u64::MAX => "-".to_owned(),
        median => median.to_string(),
    }
}
