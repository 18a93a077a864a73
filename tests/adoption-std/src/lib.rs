//! A crate that uses std's threads and locks beside tokio, and knows nothing of leak tests, but for
//! two lines: in its unit tests, every `tokio::` and every `std::` path means the mirror.

#[cfg(test)]
pub extern crate leak_harness as tokio;
#[cfg(test)]
#[macro_use]
extern crate leak_harness_std as std;

pub mod bridge;
pub mod cache;
pub mod pool;
