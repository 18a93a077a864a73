//! Guards that cancel a token when they are dropped.

use leak_harness::Site;

use super::CancellationToken;

const PRESENT: &str = "the token is there until the guard is disarmed";

/// Cancels its token when it is dropped: `tokio_util::sync::DropGuard`.
#[derive(Debug)]
pub struct DropGuard {
    inner: Option<CancellationToken>,
    made_at: Site,
}

impl DropGuard {
    pub(super) fn new(token: CancellationToken, made_at: Site) -> DropGuard {
        let inner = Some(token);
        DropGuard { inner, made_at }
    }

    /// The token: `tokio_util::sync::DropGuard::token`.
    pub fn token(&self) -> &CancellationToken {
        self.inner.as_ref().expect(PRESENT)
    }

    /// The token, which is not cancelled then: `tokio_util::sync::DropGuard::disarm`.
    pub fn disarm(mut self) -> CancellationToken {
        self.inner.take().expect(PRESENT)
    }
}

impl Drop for DropGuard {
    fn drop(&mut self) {
        if let Some(token) = &self.inner {
            token.cancel_at(self.made_at);
        }
    }
}

/// Cancels its token when it is dropped: `tokio_util::sync::DropGuardRef`.
#[derive(Debug)]
pub struct DropGuardRef<'a> {
    inner: Option<&'a CancellationToken>,
    made_at: Site,
}

impl<'a> DropGuardRef<'a> {
    pub(super) fn new(token: &'a CancellationToken, made_at: Site) -> DropGuardRef<'a> {
        let inner = Some(token);
        DropGuardRef { inner, made_at }
    }

    /// The token: `tokio_util::sync::DropGuardRef::token`.
    pub fn token(&self) -> &CancellationToken {
        self.inner.expect(PRESENT)
    }

    /// The token, which is not cancelled then: `tokio_util::sync::DropGuardRef::disarm`.
    pub fn disarm(mut self) -> &'a CancellationToken {
        self.inner.take().expect(PRESENT)
    }
}

impl Drop for DropGuardRef<'_> {
    fn drop(&mut self) {
        if let Some(token) = self.inner {
            token.cancel_at(self.made_at);
        }
    }
}
