//! What the default runs: which engines, and how far.

use leak_harness::sync::mpsc;
use leak_harness::{Builder, Coverage, Engine, FailureKind, spawn};
use leak_harness_std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use crate::counts::producers;

static FLAG: AtomicU32 = AtomicU32::new(0);

fn default<F>(builder: Builder, body: fn() -> F) -> Coverage
where
    F: Future<Output = ()> + 'static,
{
    let coverage = builder.check(body);
    coverage.unwrap_or_else(|failure| panic!("{failure}"))
}

#[test]
fn a_small_body_is_exhausted_in_a_few_schedules() {
    let coverage = default(Builder::new(), || producers(2, 2, 1));
    assert!(coverage.exhaustive(), "{coverage}");
    // Loom's share is a confirming one: nothing here is about weak memory.
    assert!(coverage.schedules() <= 60, "{coverage}");
}

#[test]
fn loom_has_more_to_do_where_atomics_are_used() {
    let coverage = default(Builder::new(), || async {
        let count = || async {
            for _ in 0..3 {
                FLAG.fetch_add(1, SeqCst);
            }
        };
        spawn(count());
        count().await;
    });
    assert!(coverage.schedules() > 60, "{coverage}");
}

#[test]
fn a_large_body_ends_at_the_budget() {
    let builder = Builder::new().schedules(300);
    let coverage = default(builder.clone(), || producers(6, 6, 1));
    assert!(!coverage.exhaustive(), "{coverage}");
    assert_eq!(
        coverage.schedules() + coverage.redundant(),
        300,
        "{coverage}"
    );
    let failure = builder.exhaustive(true).check(|| producers(6, 6, 1));
    assert_eq!(failure.unwrap_err().kind(), FailureKind::NotExhaustive);
}

#[test]
fn the_coverage_shows_the_share_of_each_engine() {
    let text = default(Builder::new().schedules(300), || producers(6, 6, 1)).to_string();
    for engine in ["systematic", "pos", "pct", "urw"] {
        assert!(text.contains(engine), "{engine} is not in {text}");
    }
}

#[test]
fn samples_are_the_same_for_a_seed() {
    async fn rarely_leaks() {
        let (tx, mut rx) = mpsc::channel::<u32>(1);
        for message in 0..4 {
            let tx = tx.clone();
            spawn(async move { tx.send(message).await });
        }
        // Whatever is not of this order stays: all receivers wait for one more.
        for message in 0..4 {
            if rx.recv().await != Some(message) {
                std::future::pending::<()>().await;
            }
        }
    }
    for engine in [Engine::Auto, Engine::Pct, Engine::Pos, Engine::Urw] {
        let run = |seed| {
            let check = Builder::new().engine(engine).seed(seed);
            let failure = check.check(rarely_leaks).unwrap_err();
            (failure.schedule().clone(), failure.coverage().schedules())
        };
        assert!((0..5).all(|seed| run(seed) == run(seed)), "{engine:?}");
    }
}
