//! The glue: configuration, engines, verdict, report, panic. The only room that prints.

mod attribute;
mod builder;
mod engines;
mod examine;
mod portfolio;
#[cfg(feature = "proptest")]
mod property;
mod supervise;
mod verdict;

#[doc(hidden)]
pub use self::attribute::{leak_test, tokio_test};
pub use self::builder::{Builder, TestOutput, check};
#[doc(hidden)]
pub use self::builder::{run, run_expecting_leak};
