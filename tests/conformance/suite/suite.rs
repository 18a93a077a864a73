//! tokio's own tests, with the one line.

#![allow(warnings, reason = "tokio's code")]

pub extern crate leak_harness as tokio;

include!(concat!(env!("OUT_DIR"), "/suite.rs"));
