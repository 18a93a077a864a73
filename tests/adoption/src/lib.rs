//! A crate that uses tokio and knows nothing of leak tests, but for one line: in its unit tests,
//! every `tokio::` path means the mirror.

#[cfg(test)]
pub extern crate leak_harness as tokio;

pub mod pulse;
pub mod worker;

#[cfg(test)]
mod leaky;
