//! One budget of schedules for all cases of a property: what small cases leave over, large ones may
//! use.
//!
//! Half of an even share is kept for every case that is still to come. What is left but for that is
//! spare, and each case may use a quarter of it: so a large case among the first is explored as far
//! as one among the last, and a property of large cases only does not spend all on the first of them.
//!
//! Not here: what a case does with what it may use (`engines`).

use crate::config::{Config, Shares};

/// Schedules for each case, on average, unless the test says how many there are for all.
const EACH: u64 = 100;
/// Schedules for all cases, at the least.
const ALL: u64 = 10_000;
/// Schedules that each case may run, however many cases there are: the first one, which is also
/// run a second time, the samples before the search, and the begin of that.
const LEAST: u64 = 16;
/// Schedules of loom for all cases together, and for each at the least, where atomics are used.
const LOOM: u64 = 2_000;
const LOOM_LEAST: u64 = 10;
/// Schedules in which loom confirms what is known of a case, and in how many cases it does.
const CONFIRM: u64 = 10;
const CONFIRMED: u64 = 8;

/// A case may use one part in so many of what is spare.
const SPARE_PARTS: u64 = 4;

/// A number of schedules, spread over cases.
struct Purse {
    left: u64,
    /// For each case, were all the same.
    share: u64,
    /// For each case that is still to come, whatever those before it use.
    kept: u64,
}

impl Purse {
    fn new(all: u64, cases: u64, least: u64) -> Purse {
        let share = (all / cases.max(1)).max(least);
        Purse {
            left: all.max(share * cases),
            share,
            kept: (share / 2).max(least),
        }
    }

    /// What a case may use that so many more come after.
    fn allowance(&self, later: u64) -> u64 {
        let kept = self.kept.saturating_mul(later + 1);
        let spare = self.left.saturating_sub(kept);
        self.kept + spare / SPARE_PARTS.min(later + 1)
    }

    fn spend(&mut self, schedules: u64) {
        self.left = self.left.saturating_sub(schedules);
    }
}

/// What the cases of a property may use.
pub(super) struct Budget {
    schedules: Purse,
    loom: Purse,
    /// Cases in which loom may still confirm what is known.
    confirms: u64,
    /// For smaller inputs than one that failed.
    smaller: u64,
}

/// What one case may use.
#[derive(Clone, Copy)]
pub(super) struct Allowance {
    pub(super) schedules: u64,
    pub(super) shares: Shares,
}

impl Budget {
    pub(super) fn new(config: &Config, cases: u64) -> Budget {
        let all = config.schedules.map(|schedules| schedules as u64);
        let all = all.unwrap_or(ALL.max(EACH.saturating_mul(cases)));
        let schedules = Purse::new(all, cases, LEAST);
        Budget {
            smaller: schedules.left,
            schedules,
            loom: Purse::new(LOOM, cases, LOOM_LEAST),
            confirms: CONFIRMED,
        }
    }

    /// What a case may use that so many more come after.
    pub(super) fn allowance(&self, later: u64) -> Allowance {
        Allowance {
            schedules: self.schedules.allowance(later),
            shares: Shares {
                // Most cases need no more than their share to be searched through.
                first_search: Some(self.schedules.share),
                loom: Some(self.loom.allowance(later)),
                confirm: Some(if self.confirms > 0 { CONFIRM } else { 0 }),
            },
        }
    }

    /// What a smaller input may use than one that failed within its allowance, as long as anything
    /// is left. Loom has a part only if it was loom that found the failure.
    pub(super) fn smaller(&self, failed: Allowance, by_loom: bool) -> Option<Allowance> {
        let without_loom = Shares {
            loom: Some(0),
            confirm: Some(0),
            ..failed.shares
        };
        (self.smaller > 0).then_some(Allowance {
            schedules: failed.schedules,
            shares: if by_loom { failed.shares } else { without_loom },
        })
    }

    /// Takes what a case used.
    pub(super) fn spend(&mut self, schedules: u64, of_loom: u64) {
        self.schedules.spend(schedules);
        self.loom.spend(of_loom);
        self.confirms -= u64::from(of_loom > 0 && self.confirms > 0);
    }

    /// Takes what a smaller input used.
    pub(super) fn spend_smaller(&mut self, schedules: u64) {
        self.smaller = self.smaller.saturating_sub(schedules);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_small_cases_leave_over_a_large_one_may_use() {
        let mut purse = Purse::new(1_000, 10, 16);
        // 50 are kept for each, and 500 are spare.
        assert_eq!(purse.allowance(9), 50 + 500 / 4);
        (0..9).for_each(|_| purse.spend(10));
        assert_eq!(purse.allowance(0), 1_000 - 90);
    }

    #[test]
    fn large_cases_use_all_and_no_more() {
        let mut purse = Purse::new(10_000, 100, 16);
        for later in (0..100).rev() {
            let allowance = purse.allowance(later);
            assert!((50..2_000).contains(&allowance), "{allowance}");
            assert!(allowance <= purse.left);
            purse.spend(allowance);
        }
        assert_eq!(purse.left, 0);
    }

    #[test]
    fn every_case_has_the_least() {
        let mut purse = Purse::new(100, 50, 16);
        for later in (0..50).rev() {
            assert_eq!(purse.allowance(later), 16);
            purse.spend(16);
        }
        assert_eq!(purse.left, 0);
    }

    #[test]
    fn more_cases_have_more_unless_the_test_says_how_many() {
        let of = |schedules, cases| {
            let config = Config {
                schedules,
                ..Config::default()
            };
            Budget::new(&config, cases).schedules.left
        };
        assert_eq!(of(None, 8), ALL);
        assert_eq!(of(None, 256), 25_600);
        assert_eq!(of(Some(1_000), 8), 1_000);
        assert_eq!(of(Some(1_000), 256), 256 * LEAST);
    }
}
