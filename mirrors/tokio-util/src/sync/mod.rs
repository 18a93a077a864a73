//! `tokio_util::sync`, controlled.

mod cancellation_token;
mod guard;
mod poll_semaphore;
mod poll_sender;
mod run_until;

pub use ::tokio_util::sync::ReusableBoxFuture;

pub use self::cancellation_token::{
    CancellationToken, WaitForCancellationFuture, WaitForCancellationFutureOwned,
};
pub use self::guard::{DropGuard, DropGuardRef};
pub use self::poll_semaphore::PollSemaphore;
pub use self::poll_sender::{PollSendError, PollSender};
pub(crate) use self::run_until::{RunUntilCancelled, RunUntilCancelledOwned};
