//! What the body of a test may return.
//!
//! Not here: what becomes of an error (`verdict`).

use std::fmt;

#[cfg(feature = "proptest")]
use super::property;
use crate::report::messages;

/// What the body of a leak test may return: `()`, or a `Result` whose error fails the test.
#[diagnostic::on_unimplemented(
    message = "a leak test returns `()` or `Result<(), E>` with `E: Debug`, not `{Self}`",
    label = "not a result that a leak test can judge"
)]
pub trait TestOutput: private::Sealed {
    /// The error's text, if it is one.
    #[doc(hidden)]
    fn into_result(self) -> Result<(), String>;

    /// Why the body did not want its input, if it did not.
    #[doc(hidden)]
    #[cfg(feature = "proptest")]
    fn rejection(&self) -> Option<String> {
        None
    }
}

mod private {
    pub trait Sealed {}
    impl Sealed for () {}
    impl<E> Sealed for Result<(), E> {}
}

impl TestOutput for () {
    fn into_result(self) -> Result<(), String> {
        Ok(())
    }
}

impl<E: fmt::Debug + 'static> TestOutput for Result<(), E> {
    #[cfg(feature = "proptest")]
    fn into_result(self) -> Result<(), String> {
        self.map_err(|error| {
            let complaint = property::complaint(&error);
            complaint.unwrap_or_else(|| messages::body_returned(&error))
        })
    }

    #[cfg(not(feature = "proptest"))]
    fn into_result(self) -> Result<(), String> {
        self.map_err(|error| messages::body_returned(&error))
    }

    #[cfg(feature = "proptest")]
    fn rejection(&self) -> Option<String> {
        let error = self.as_ref().err()?;
        property::rejection(error)
    }
}
