//! The inputs of a property: drawn by proptest from seeds that a token can name, and those that
//! failed before, from proptest's files.
//!
//! Not here: what is done with an input (`run`).

use std::fmt::Write;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{
    Config, PersistedSeed, Reason, RngAlgorithm, RngSeed, TestRng, TestRunner,
};

use crate::trace::input::unhex;
use crate::trace::{InputSeed, InputToken};

/// Ends the bytes from which an input is drawn, so that they are known again in proptest's files.
const MARK: &[u8; 16] = b"leak-harness p1 ";

/// Draws inputs.
pub(super) struct Inputs<S> {
    runner: TestRunner,
    strategy: S,
    /// What inputs are drawn from, together with their numbers.
    seed: u64,
}

impl<S: Strategy> Inputs<S> {
    /// Inputs that are drawn from the configuration's seed, or from the given one if it has none.
    pub(super) fn new(config: Config, strategy: S, seed: u64) -> Inputs<S> {
        let seed = match config.rng_seed {
            RngSeed::Fixed(fixed) => fixed,
            RngSeed::Random => seed,
        };
        // Every input has a generator of its own; this one only stands there until the first.
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        Inputs {
            runner: TestRunner::new_with_rng(config, rng),
            strategy,
            seed,
        }
    }

    pub(super) fn config(&self) -> &Config {
        self.runner.config()
    }

    /// The seed of the input with a number.
    pub(super) fn seed(&self, number: u64) -> InputSeed {
        InputSeed::Drawn {
            seed: self.seed,
            number,
        }
    }

    /// Draws the input of a seed. None if the seed is none that proptest knows.
    ///
    /// # Errors
    ///
    /// Why the strategy gives no input.
    pub(super) fn draw(&mut self, seed: &InputSeed) -> Option<Result<S::Tree, Reason>> {
        *self.runner.rng() = generator(seed)?;
        Some(self.strategy.new_tree(&mut self.runner))
    }

    /// The input that a token names. None if the strategy does not have it (any more).
    pub(super) fn again(&mut self, token: &InputToken) -> Option<S::Value> {
        let mut tree = self.draw(&token.seed)?.ok()?;
        let Some((_, before)) = token.path.split_last() else {
            return Some(tree.current());
        };
        let mut exists = tree.simplify();
        for &failed in before {
            exists = exists && next(&mut tree, failed);
        }
        exists.then(|| tree.current())
    }

    /// The seeds of inputs that failed before, the latest first.
    pub(super) fn kept(&self) -> Vec<InputSeed> {
        let config = self.config();
        let files = config.failure_persistence.iter();
        let seeds = files.flat_map(|files| files.load_persisted_failures2(config.source_file));
        let mut seeds: Vec<_> = seeds.map(|seed| known(seed.to_string())).collect();
        seeds.reverse();
        seeds
    }

    /// Has proptest keep the seed of an input that failed.
    pub(super) fn keep(&self, seed: &InputSeed, smallest: &S::Value) {
        let config = self.config();
        let text = match seed {
            InputSeed::Drawn { seed, number } => text_of(&bytes_of(*seed, *number)),
            InputSeed::Kept(text) => text.clone(),
        };
        if let (Some(mut files), Ok(seed)) = (
            config.failure_persistence.clone(),
            text.parse::<PersistedSeed>(),
        ) {
            files.save_persisted_failure2(config.source_file, seed, smallest);
        }
    }
}

/// Moves on to the next smaller input that proptest would try, after one that failed or did not.
/// Whether there is one.
pub(super) fn next(tree: &mut impl ValueTree, failed: bool) -> bool {
    if failed {
        tree.simplify()
    } else {
        tree.complicate()
    }
}

fn bytes_of(seed: u64, number: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&number.to_le_bytes());
    bytes[16..].copy_from_slice(MARK);
    bytes
}

/// A seed as proptest writes it.
fn text_of(bytes: &[u8]) -> String {
    bytes.iter().fold("cc ".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A seed from a file: one of ours, if it is one.
fn known(text: String) -> InputSeed {
    let ours = text.strip_prefix("cc ").and_then(unhex).and_then(|bytes| {
        let number = |part: &[u8]| Some(u64::from_le_bytes(part.try_into().ok()?));
        let (seed, rest) = bytes.split_at_checked(8)?;
        let (index, mark) = rest.split_at_checked(8)?;
        (mark == MARK).then_some(InputSeed::Drawn {
            seed: number(seed)?,
            number: number(index)?,
        })
    });
    ours.unwrap_or(InputSeed::Kept(text))
}

fn generator(seed: &InputSeed) -> Option<TestRng> {
    let text = match seed {
        InputSeed::Drawn { seed, number } => {
            let bytes = bytes_of(*seed, *number);
            return Some(TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        }
        InputSeed::Kept(text) => text,
    };
    let (key, rest) = text.split_once(' ')?;
    let (algorithm, bytes) = match key {
        "cc" => (RngAlgorithm::ChaCha, unhex(rest)?),
        "xs" => {
            let words = rest.split(' ').map(|word| word.parse::<u32>().ok());
            let words: Option<Vec<u32>> = words.collect();
            let bytes = words?.into_iter().flat_map(u32::to_le_bytes).collect();
            (RngAlgorithm::XorShift, bytes)
        }
        "pt" => (RngAlgorithm::PassThrough, unhex(rest)?),
        _ => return None,
    };
    let length = bytes.len();
    let fits = match algorithm {
        RngAlgorithm::ChaCha => length == 32,
        RngAlgorithm::XorShift => length == 16,
        _ => true,
    };
    fits.then(|| TestRng::from_seed(algorithm, &bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_seeds_are_known_in_proptests_files() {
        for (seed, number) in [(0, 0), (u64::MAX, 12)] {
            let text = text_of(&bytes_of(seed, number));
            let kept: PersistedSeed = text.parse().unwrap();
            assert_eq!(kept.to_string(), text);
            assert_eq!(known(text), InputSeed::Drawn { seed, number });
        }
    }

    #[test]
    fn seeds_of_every_kind_draw_what_proptest_drew() {
        let zeros = format!("cc {}", "00".repeat(32));
        for text in [zeros.as_str(), "xs 1 2 3 4", "pt 0102ff"] {
            let kept: PersistedSeed = text.parse().unwrap();
            let seed = known(kept.to_string());
            assert_eq!(seed, InputSeed::Kept(text.to_owned()));
            assert!(generator(&seed).is_some(), "{text}");
        }
        for text in ["cc 00", "xs 1 2", "zz 1", "cc"] {
            assert!(generator(&InputSeed::Kept(text.to_owned())).is_none());
        }
    }

    #[test]
    fn a_token_draws_the_same_input_and_walks_the_same_way() {
        let inputs = || Inputs::new(Config::default(), (0..1_000_u32, 0..1_000_u32), 5);
        let seed = inputs().seed(3);
        let mut tree = inputs().draw(&seed).unwrap().unwrap();
        let mut path = Vec::new();
        let mut meant = (tree.current(), 0);
        let mut more = tree.simplify();
        while more {
            let failed = tree.current().0 + tree.current().1 > 100;
            path.push(failed);
            if failed {
                meant = (tree.current(), path.len());
            }
            more = next(&mut tree, failed);
        }
        path.truncate(meant.1);
        assert!(path.len() > 5, "{path:?}");
        let token = InputToken { seed, path };
        assert_eq!(inputs().again(&token), Some(meant.0));
        let longer = [&token.path[..], &[true; 64]].concat();
        let none = InputToken {
            path: longer,
            ..token
        };
        assert_eq!(inputs().again(&none), None);
    }
}
