//! Plain loom, with its own threads and primitives.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use loom::sync::{Arc, Mutex, mpsc};
use loom::thread;

use crate::{LIMIT, Model, Run};

/// None where the model has more tasks than loom has threads.
pub fn loom(model: Model) -> Option<Run> {
    let body: fn(Model) = match model {
        Model::PingPong(_) => ping_pong,
        Model::Producers(..) => producers,
        Model::Pairs(1..=2) => pairs,
        Model::Philosophers(1..=4) => philosophers,
        Model::Pairs(_) | Model::Philosophers(_) => return None,
    };
    let count = std::sync::Arc::new(AtomicU64::new(0));
    let counted = std::sync::Arc::clone(&count);
    let mut builder = loom::model::Builder::new();
    builder.max_threads = 5;
    builder.max_branches = 100_000;
    builder.max_duration = Some(LIMIT);
    builder.checkpoint_interval = 1;
    let began = Instant::now();
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        body(model);
    });
    let time = began.elapsed();
    Some(Run {
        executions: count.load(Ordering::Relaxed),
        time,
        exhausted: time < LIMIT,
    })
}

fn ping_pong(model: Model) {
    let Model::PingPong(rounds) = model else {
        return;
    };
    let (ping, pings) = mpsc::channel::<u32>();
    let (pong, pongs) = mpsc::channel::<u32>();
    let player = thread::spawn(move || {
        for _ in 0..rounds {
            pong.send(pings.recv().unwrap()).unwrap();
        }
    });
    for ball in 0..rounds {
        ping.send(ball).unwrap();
        pongs.recv().unwrap();
    }
    player.join().unwrap();
}

fn producers(model: Model) {
    let Model::Producers(tasks, messages) = model else {
        return;
    };
    let (tx, rx) = mpsc::channel::<u32>();
    for _ in 0..tasks {
        let tx = tx.clone();
        thread::spawn(move || (0..messages).for_each(|message| tx.send(message).unwrap()));
    }
    for _ in 0..tasks * messages {
        rx.recv().unwrap();
    }
}

fn pairs(model: Model) {
    let Model::Pairs(pairs) = model else { return };
    for _ in 0..pairs {
        let (tx, rx) = mpsc::channel::<u32>();
        thread::spawn(move || (1..=2).for_each(|message| tx.send(message).unwrap()));
        thread::spawn(move || (1..=2).for_each(|_| assert!(rx.recv().is_ok())));
    }
}

fn philosophers(model: Model) {
    let Model::Philosophers(n) = model else {
        return;
    };
    let forks: Vec<_> = (0..n).map(|_| Arc::new(Mutex::new(()))).collect();
    for me in 0..n as usize {
        let next = (me + 1) % n as usize;
        let (first, second) = (me.min(next), me.max(next));
        let (first, second) = (Arc::clone(&forks[first]), Arc::clone(&forks[second]));
        thread::spawn(move || {
            let _first = first.lock().unwrap();
            let _second = second.lock().unwrap();
        });
    }
}
