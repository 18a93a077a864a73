//! The glue: configuration, engines, verdict, report, panic. The only room that prints.

mod again;
mod attribute;
mod builder;
mod engines;
mod examine;
mod leave;
mod portfolio;
#[cfg(feature = "proptest")]
mod property;
mod real;
mod supervise;
mod thread;
mod verdict;
mod work;

#[doc(hidden)]
pub use self::attribute::{leak_test, tokio_test};
pub use self::builder::{Builder, TestOutput, check};
#[doc(hidden)]
pub use self::builder::{run, run_expecting_leak};
#[cfg(feature = "proptest")]
pub use self::property::Counterexample;
/// What `#[leak_test]` on a function with arguments expands to.
#[cfg(feature = "proptest")]
#[doc(hidden)]
pub mod arguments {
    pub use super::property::{
        any, debug, range, run, run_expecting_leak, settings, strategy, values,
    };
}
