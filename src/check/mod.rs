//! The glue: configuration, engines, verdict, report, panic. The only room that prints.

mod again;
mod attribute;
mod builder;
mod end;
mod engines;
mod examine;
mod leave;
mod output;
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
pub use self::builder::{Builder, check};
#[doc(hidden)]
pub use self::end::run;
pub use self::output::TestOutput;
#[cfg(feature = "proptest")]
pub use self::property::Counterexample;
/// What `#[leak_test]` on a function with arguments expands to.
#[cfg(feature = "proptest")]
#[doc(hidden)]
pub mod arguments {
    pub use super::property::{any, debug, range, run, settings, strategy, values};
}
