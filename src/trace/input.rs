//! Which input of a property: what it takes to draw it and to make it as small again, as the second
//! part of a token.
//!
//! It stands behind the token of the schedule: `-p1-` names the format, and the rest is base 32 of
//! bytes, as there. They are the seed that the input was drawn from, what came of each smaller input
//! that was tried up to the one that is meant, and one byte against typing errors.
//!
//! Not here: drawing inputs and making them small (`check`).

use std::fmt;
use std::str::FromStr;

use super::token::{NoToken, bytes_of, checksum, digits, put, take};

/// The format of today.
const PREFIX: &str = "-p1-";
/// More attempts than anybody waits for: the rest is a typing error.
const MOST: u64 = 1_000_000;
/// Begins the text of a seed that proptest keeps in a file, of its usual kind.
const USUAL: &str = "cc ";

const LOW_HALF: u64 = 0xffff_ffff;

/// An input of a property.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct InputToken {
    pub(crate) seed: InputSeed,
    /// For each smaller input that was tried, whether it failed as well. The last one did, and it
    /// is the one that is meant; with none it is the input as it was drawn.
    pub(crate) path: Vec<bool>,
}

/// What an input was drawn from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum InputSeed {
    /// The input with this number of a test's seed.
    Drawn { seed: u64, number: u64 },
    /// A seed from a file of proptest's, as it writes it.
    Kept(String),
}

/// A token as its two parts, the second with what names its format. The first has one hyphen, behind
/// what names its own format: whatever digit comes next, a second one begins the other part.
pub(crate) fn split(text: &str) -> (&str, Option<&str>) {
    match text.match_indices('-').nth(1) {
        Some((at, _)) => (&text[..at], Some(&text[at..])),
        None => (text, None),
    }
}

impl fmt::Display for InputToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        f.write_str(&digits(&self.bytes()))
    }
}

impl FromStr for InputToken {
    type Err = NoToken;

    fn from_str(text: &str) -> Result<InputToken, NoToken> {
        let text = text.trim().strip_prefix(PREFIX).ok_or(NoToken::Version)?;
        let bytes = bytes_of(text).ok_or(NoToken::Damaged)?;
        let (&sum, mut bytes) = bytes.split_last().ok_or(NoToken::Damaged)?;
        if sum != checksum(bytes) {
            return Err(NoToken::Damaged);
        }
        let seed = take_seed(&mut bytes).ok_or(NoToken::Damaged)?;
        let path = take_path(&mut bytes).ok_or(NoToken::Damaged)?;
        bytes
            .is_empty()
            .then_some(InputToken { seed, path })
            .ok_or(NoToken::Damaged)
    }
}

impl InputToken {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_seed(&mut bytes, &self.seed);
        put_path(&mut bytes, &self.path);
        bytes.push(checksum(&bytes));
        bytes
    }
}

/// The number and whether there is a seed but 0, one higher, and that seed; or 0 and the text.
fn put_seed(bytes: &mut Vec<u8>, seed: &InputSeed) {
    match seed {
        InputSeed::Drawn { seed, number } => {
            put(bytes, (number << 1 | u64::from(*seed != 0)) + 1);
            if *seed != 0 {
                put(bytes, seed & LOW_HALF);
                put(bytes, seed >> 32);
            }
        }
        InputSeed::Kept(text) => {
            put(bytes, 0);
            // Digits in base 16 take half the room.
            let packed = text.strip_prefix(USUAL).and_then(unhex);
            let kept = packed.as_deref().unwrap_or(text.as_bytes());
            put(
                bytes,
                (kept.len() as u64) << 1 | u64::from(packed.is_some()),
            );
            bytes.extend_from_slice(kept);
        }
    }
}

fn take_seed(bytes: &mut &[u8]) -> Option<InputSeed> {
    if let Some(drawn) = take(bytes)?.checked_sub(1) {
        let seed = match drawn & 1 {
            1 => take(bytes)? & LOW_HALF | take(bytes)? << 32,
            _ => 0,
        };
        let number = drawn >> 1;
        return Some(InputSeed::Drawn { seed, number });
    }
    let head = take(bytes)?;
    let (kept, rest) = bytes.split_at_checked(usize::try_from(head >> 1).ok()?)?;
    *bytes = rest;
    let text = match head & 1 {
        1 => kept
            .iter()
            .fold(USUAL.to_owned(), |text, byte| format!("{text}{byte:02x}")),
        _ => String::from_utf8(kept.to_vec()).ok()?,
    };
    Some(InputSeed::Kept(text))
}

/// Bytes from their digits in base 16, which are small.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let is_digit = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
    if !text.len().is_multiple_of(2) || !text.bytes().all(is_digit) {
        return None;
    }
    let pairs = (0..text.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
        .collect()
}

/// A bit for each attempt, or the lengths of those runs of attempts that came to the same,
/// beginning with failures: whichever is shorter.
fn put_path(bytes: &mut Vec<u8>, path: &[bool]) {
    let mut runs = Vec::new();
    let mut rest = path;
    let mut fails = true;
    while !rest.is_empty() {
        let same = rest.iter().take_while(|&&it| it == fails).count();
        put(&mut runs, same as u64);
        rest = &rest[same..];
        fails = !fails;
    }
    let packed = path.chunks(8).map(|eight| {
        let bits = eight.iter().enumerate();
        bits.fold(0, |byte, (bit, &fails)| byte | u8::from(fails) << bit)
    });
    let packed: Vec<u8> = packed.collect();
    let in_runs = runs.len() < packed.len();
    put(bytes, (path.len() as u64) << 1 | u64::from(in_runs));
    bytes.extend(if in_runs { runs } else { packed });
}

fn take_path(bytes: &mut &[u8]) -> Option<Vec<bool>> {
    let head = take(bytes)?;
    if head >> 1 > MOST {
        return None;
    }
    let length = (head >> 1) as usize;
    if head & 1 == 0 {
        let (packed, rest) = bytes.split_at_checked(length.div_ceil(8))?;
        *bytes = rest;
        let bits = (0..length).map(|at| packed[at / 8] >> (at % 8) & 1 == 1);
        return Some(bits.collect());
    }
    let (mut path, mut fails) = (Vec::new(), true);
    while path.len() < length {
        let same = usize::try_from(take(bytes)?).ok()?;
        if same > length - path.len() {
            return None;
        }
        path.extend(std::iter::repeat_n(fails, same));
        fails = !fails;
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u64, number: u64, path: &[bool]) -> InputToken {
        InputToken {
            seed: InputSeed::Drawn { seed, number },
            path: path.to_vec(),
        }
    }

    fn kept(text: &str) -> InputToken {
        InputToken {
            seed: InputSeed::Kept(text.to_owned()),
            path: vec![true],
        }
    }

    #[test]
    fn an_input_survives_the_way_through_its_text() {
        let alternating: Vec<bool> = (0..99).map(|n| n % 2 == 0).collect();
        for input in [
            drawn(0, 0, &[]),
            drawn(7, 255, &[true]),
            drawn(0, 3, &[false, false, true, false, true]),
            drawn(u64::MAX, 1 << 40, &alternating),
            drawn(0, 0, &[&[false; 300][..], &[true]].concat()),
            kept("cc 00ff10"),
            kept("xs 1 2 3 4"),
            kept("cc not hex"),
        ] {
            let text = input.to_string();
            assert_eq!(text.parse(), Ok(input), "{text}");
            assert_eq!(
                split(&format!("lh1-015g{text}")),
                ("lh1-015g", Some(text.as_str()))
            );
        }
    }

    #[test]
    fn an_input_is_short() {
        assert_eq!(drawn(0, 0, &[]).to_string(), "-p1-040ec");
        let shrunk = [&[false; 30][..], &[true; 4], &[false; 9], &[true]].concat();
        assert!(drawn(0, 200, &shrunk).to_string().len() < 25);
    }

    #[test]
    fn what_was_not_copied_whole_is_no_input() {
        let text = drawn(3, 77, &[false, true, false, true]).to_string();
        for end in PREFIX.len()..text.len() {
            assert_eq!(text[..end].parse::<InputToken>(), Err(NoToken::Damaged));
        }
        assert_eq!("-p2-0400".parse::<InputToken>(), Err(NoToken::Version));
    }

    #[test]
    fn the_second_part_begins_at_the_second_hyphen() {
        assert_eq!(split("lh1-015g"), ("lh1-015g", None));
        // A digit may be a `p`: this is the execution of loom's with the number 180.
        assert_eq!(split("lhm1-pg0"), ("lhm1-pg0", None));
        assert_eq!(split("lhm1-pg0-p1-p0"), ("lhm1-pg0", Some("-p1-p0")));
    }
}
