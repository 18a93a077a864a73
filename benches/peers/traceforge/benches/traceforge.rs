//! Prints how much TraceForge explores, over its own messages: of the models of `peers`, those that
//! have a message-passing form.

use std::time::{Duration, Instant};

use traceforge::thread::{main_thread_id, spawn};
use traceforge::{Config, recv_msg_block, send_msg, verify};

fn main() {
    println!("\n| model | TraceForge |");
    println!("|---|---|");
    explore("PingPong(2)", || ping_pong(2));
    explore("PingPong(8)", || ping_pong(8));
    explore("Producers(2, 2)", || producers(2, 2));
    explore("Producers(3, 2)", || producers(3, 2));
    explore("Producers(4, 1)", || producers(4, 1));
    explore("Pairs(2)", || disjoint(2));
    explore("Pairs(4)", || disjoint(4));
}

/// The fastest of twenty.
fn explore(name: &str, body: fn()) {
    let mut best = (0, Duration::MAX);
    for _ in 0..20 {
        let config = Config::builder()
            .with_progress_report(u32::MAX as usize)
            .build();
        let began = Instant::now();
        let stats = verify(config, body);
        let time = began.elapsed();
        if time < best.1 {
            best = (stats.execs + stats.block, time);
        }
    }
    println!(
        "| {name} | {} in {:.3} ms |",
        best.0,
        best.1.as_secs_f64() * 1e3
    );
}

fn ping_pong(rounds: u32) {
    let player = spawn(move || {
        for _ in 0..rounds {
            let ball: u32 = recv_msg_block();
            send_msg(main_thread_id(), ball);
        }
    });
    for ball in 0..rounds {
        send_msg(player.thread().id(), ball);
        let _: u32 = recv_msg_block();
    }
    let _ = player.join();
}

fn producers(tasks: u32, messages: u32) {
    for _ in 0..tasks {
        spawn(move || (0..messages).for_each(|message| send_msg(main_thread_id(), message)));
    }
    for _ in 0..tasks * messages {
        let _: u32 = recv_msg_block();
    }
}

fn disjoint(pairs: u32) {
    for _ in 0..pairs {
        let receiver = spawn(|| {
            let _: u32 = recv_msg_block();
            let _: u32 = recv_msg_block();
        });
        let to = receiver.thread().id();
        spawn(move || (1..=2_u32).for_each(|message| send_msg(to.clone(), message)));
    }
}
