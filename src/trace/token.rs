//! A schedule as one short word that can be copied into a command line.
//!
//! `lh1-` names the format. The rest is base 32 of bytes: the tasks that could be aborted, the sites
//! that were atomic, the decisions, and one byte to tell a typing error from a token that is of
//! another body. Numbers are in groups of 7 bits, the lowest first. A decision is how many ways
//! there were more than at the one before, and which way was taken, if it was not straight on;
//! those that repeat are counted.
//!
//! What only weak memory shows is no order of steps. `lhm1-` names an execution of loom's by its
//! number: loom goes through them in the same order each time.

use std::fmt;
use std::str::FromStr;

use super::schedule::{Choice, Schedule};
use super::site::hash;

/// The format of today, for decisions.
const PREFIX: &str = "lh1-";
/// The same for what only loom shows.
const LOOM_PREFIX: &str = "lhm1-";
/// Digits that are hard to mistake for one another: no i, l, o and u.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// More decisions than an execution can have: the rest is a typing error.
const MOST: u64 = 1_000_000;

/// What it takes to run one execution again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Token {
    /// On coroutines: follow these decisions.
    Decisions(Decisions),
    /// On loom: go through its executions up to this one.
    Loom(LoomExecution),
}

/// The decisions of one execution.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Decisions {
    /// Tasks whose check for an abort is a step of its own, by the order in which they were
    /// spawned.
    pub(crate) abortable: Vec<u32>,
    /// Marks of the sites before which nothing is switched.
    pub(crate) atomic: Vec<u16>,
    pub(crate) schedule: Schedule,
}

/// One of the executions that loom goes through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct LoomExecution {
    /// The first is 1.
    pub(crate) number: u64,
    /// How many objects were told apart: their number decides what depends on what.
    pub(crate) objects: u32,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (prefix, mut bytes) = match self {
            Token::Decisions(decisions) => (PREFIX, decisions.bytes()),
            Token::Loom(execution) => (LOOM_PREFIX, execution.bytes()),
        };
        bytes.push(checksum(&bytes));
        f.write_str(prefix)?;
        f.write_str(&digits(&bytes))
    }
}

/// Why a text is no token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NoToken {
    /// It is of another version, or none at all.
    Version,
    /// It was not copied whole.
    Damaged,
}

impl FromStr for Token {
    type Err = NoToken;

    fn from_str(text: &str) -> Result<Token, NoToken> {
        let text = text.trim();
        let (of_loom, text) = match (text.strip_prefix(PREFIX), text.strip_prefix(LOOM_PREFIX)) {
            (Some(text), _) => (false, text),
            (_, Some(text)) => (true, text),
            (None, None) => return Err(NoToken::Version),
        };
        let bytes = bytes_of(text).ok_or(NoToken::Damaged)?;
        let (&sum, bytes) = bytes.split_last().ok_or(NoToken::Damaged)?;
        if sum != checksum(bytes) {
            return Err(NoToken::Damaged);
        }
        let token = if of_loom {
            LoomExecution::from_bytes(bytes).map(Token::Loom)
        } else {
            Decisions::from_bytes(bytes).map(Token::Decisions)
        };
        token.ok_or(NoToken::Damaged)
    }
}

impl LoomExecution {
    fn bytes(self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put(&mut bytes, self.number);
        put(&mut bytes, u64::from(self.objects));
        bytes
    }

    fn from_bytes(mut bytes: &[u8]) -> Option<LoomExecution> {
        let number = take(&mut bytes)?;
        let objects = u32::try_from(take(&mut bytes)?).ok()?;
        let whole = bytes.is_empty() && number > 0;
        whole.then_some(LoomExecution { number, objects })
    }
}

impl Decisions {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let has_atomic = u64::from(!self.atomic.is_empty());
        put(&mut bytes, (self.abortable.len() as u64) << 1 | has_atomic);
        for &task in &self.abortable {
            put(&mut bytes, u64::from(task));
        }
        if has_atomic == 1 {
            put(&mut bytes, self.atomic.len() as u64);
            for mark in &self.atomic {
                bytes.extend(mark.to_le_bytes());
            }
        }
        let links = self.links();
        let mut rest = links.as_slice();
        while let Some(&link) = rest.first() {
            let same = rest.iter().take_while(|&&other| other == link).count();
            let same = if same > 2 { same } else { 1 };
            let (more, taken) = link;
            let flags = u64::from(same > 1) << 1 | u64::from(taken.is_some());
            put(&mut bytes, more << 2 | flags);
            taken
                .into_iter()
                .for_each(|way| put(&mut bytes, u64::from(way)));
            if same > 1 {
                put(&mut bytes, same as u64);
            }
            rest = &rest[same..];
        }
        bytes
    }

    fn from_bytes(mut bytes: &[u8]) -> Option<Decisions> {
        let mut token = Decisions::default();
        let lists = take(&mut bytes)?;
        for _ in 0..(lists >> 1).min(MOST) {
            token.abortable.push(u32::try_from(take(&mut bytes)?).ok()?);
        }
        if lists & 1 == 1 {
            for _ in 0..take(&mut bytes)?.min(MOST) {
                let (mark, rest) = bytes.split_first_chunk()?;
                token.atomic.push(u16::from_le_bytes(*mark));
                bytes = rest;
            }
        }
        let mut of: u32 = 2;
        while !bytes.is_empty() {
            let code = take(&mut bytes)?;
            let taken = match code & 1 {
                1 => Some(u32::try_from(take(&mut bytes)?).ok()?),
                _ => None,
            };
            let times = if code & 2 == 2 { take(&mut bytes)? } else { 1 };
            let choices = &mut token.schedule.choices;
            if choices.len() as u64 + times > MOST {
                return None;
            }
            for _ in 0..times {
                of = of.checked_add_signed(signed(code >> 2)?)?;
                choices.push(Choice { taken, of });
            }
        }
        Some(token)
    }

    /// Each decision as how many ways more it has than the one before, and which was taken.
    fn links(&self) -> Vec<(u64, Option<u32>)> {
        let mut before = 2;
        let choices = self.schedule.choices.iter().map(|choice| {
            let more = i64::from(choice.of) - before;
            before = i64::from(choice.of);
            // 0, -1, 1, -2, 2…
            let more = if more < 0 { -2 * more - 1 } else { 2 * more };
            (more.unsigned_abs(), choice.taken)
        });
        choices.collect()
    }
}

fn signed(code: u64) -> Option<i32> {
    let half = i32::try_from(code.div_ceil(2)).ok()?;
    Some(if code & 1 == 1 { -half } else { half })
}

pub(super) fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

pub(super) fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

pub(super) fn checksum(bytes: &[u8]) -> u8 {
    let hash = hash(bytes.iter().copied());
    (hash ^ (hash >> 8) ^ (hash >> 16) ^ (hash >> 24)) as u8
}

pub(super) fn digits(bytes: &[u8]) -> String {
    let (mut text, mut pending, mut bits) = (String::new(), 0_u32, 0);
    for &byte in bytes {
        pending = (pending << 8) | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(DIGITS[(pending >> bits) as usize & 31] as char);
        }
    }
    if bits > 0 {
        text.push(DIGITS[(pending << (5 - bits)) as usize & 31] as char);
    }
    text
}

pub(super) fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut pending, mut bits) = (Vec::new(), 0_u32, 0);
    for digit in text.bytes() {
        let value = DIGITS.iter().position(|&one| one == digit)?;
        pending = (pending << 5) | value as u32;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((pending >> bits) as u8);
        }
        pending &= 0xff;
    }
    // What is left over are the zeros that filled the last digit.
    (bits < 5 && pending & ((1 << bits) - 1) == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(abortable: &[u32], choices: &[(Option<u32>, u32)]) -> Token {
        let choices = choices.iter().map(|&(taken, of)| Choice { taken, of });
        Token::Decisions(Decisions {
            abortable: abortable.to_vec(),
            atomic: Vec::new(),
            schedule: Schedule {
                choices: choices.collect(),
            },
        })
    }

    fn on_loom(number: u64, objects: u32) -> Token {
        Token::Loom(LoomExecution { number, objects })
    }

    #[test]
    fn a_token_survives_the_way_through_its_text() {
        let many: Vec<(Option<u32>, u32)> = (2..40)
            .flat_map(|of| (0..of).map(move |n: u32| (n.checked_sub(1), of)))
            .collect();
        for token in [
            token(&[], &[]),
            token(&[], &[(Some(1), 2)]),
            token(&[1, 300], &[(None, 2), (None, 2), (None, 2), (Some(2), 3)]),
            token(&[], &[(None, 2); 1_000]),
            token(&[], &[(Some(70_000), 100_000), (Some(99), 100)]),
            token(&[], &many),
            Token::Decisions(Decisions {
                abortable: vec![3],
                atomic: vec![0, 7, 65_535],
                schedule: Schedule::default(),
            }),
            on_loom(1, 1),
            on_loom(10_000, 64),
        ] {
            let text = token.to_string();
            assert_eq!(text.parse(), Ok(token), "{text}");
        }
    }

    #[test]
    fn a_token_is_short() {
        assert_eq!(token(&[], &[]).to_string(), "lh1-015g");
        let straight: Vec<(Option<u32>, u32)> = (2..1_000).rev().map(|of| (None, of)).collect();
        assert!(token(&[], &straight).to_string().len() < 20);
        let ten = [0, 1, 1, 0, 2, 1, 0, 1, 0, 1].map(|way: u32| (way.checked_sub(1), 3));
        assert!(token(&[], &ten).to_string().len() < 40);
        assert_eq!(on_loom(3, 2).to_string(), "lhm1-0c156");
    }

    #[test]
    fn what_was_not_copied_whole_is_no_token() {
        let text = token(&[], &[(None, 2), (Some(1), 2), (Some(1), 3), (None, 2)]).to_string();
        for end in PREFIX.len()..text.len() {
            assert_eq!(text[..end].parse::<Token>(), Err(NoToken::Damaged));
        }
        let other = text.replace('2', "3") + "0";
        assert_eq!(other.parse::<Token>(), Err(NoToken::Damaged));
        assert_eq!("lh1-ilou".parse::<Token>(), Err(NoToken::Damaged));
    }

    #[test]
    fn other_versions_are_told_apart() {
        assert_eq!("lh0-015g".parse::<Token>(), Err(NoToken::Version));
        assert_eq!("".parse::<Token>(), Err(NoToken::Version));
        assert_eq!("lhm0-015g".parse::<Token>(), Err(NoToken::Version));
    }
}
