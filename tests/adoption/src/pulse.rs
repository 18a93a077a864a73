//! A pulse that goes on for as long as the program does. `leak-test.toml` says that it may.

use std::time::Duration;

use tokio::sync::watch;

/// Starts the pulse; how often it has beaten.
pub fn start() -> watch::Receiver<u32> {
    let (beats, counted) = watch::channel(0);
    tokio::spawn(beat(beats));
    counted
}

async fn beat(beats: watch::Sender<u32>) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        beats.send_modify(|beats| *beats += 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_pulse_beats() {
        let mut beats = start();
        beats.changed().await.unwrap();
        beats.changed().await.unwrap();
        assert_eq!(*beats.borrow(), 2);
    }
}
