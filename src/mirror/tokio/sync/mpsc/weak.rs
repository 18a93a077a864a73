//! What the senders of both channels have in common, and their weak senders.

/// What both senders can do but for sending, `Clone`, `Debug`, and the weak sender.
macro_rules! sender {
    ($sender:ident, $weak:ident, $path:literal, $weak_path:literal) => {
        impl<T> $sender<T> {
            #[doc = concat!("Waits until the receiver is gone or closed: `", $path, "::closed`.")]
            #[track_caller]
            pub fn closed(&self) -> impl ::std::future::Future<Output = ()> {
                let site = Site::caller();
                let closed = self.inner.closed();
                leaf(self.handle.cell(), Operation::Closed, site, closed, same).unbudgeted()
            }

            fn look<R>(&self, site: Site, look: impl FnOnce(&real::$sender<T>) -> R) -> R {
                let look = || look(&self.inner);
                perform(self.handle.cell(), Operation::Inspect, site, look, idle)
            }

            #[doc = concat!("Whether the receiver is gone or closed: `", $path, "::is_closed`.")]
            #[track_caller]
            pub fn is_closed(&self) -> bool {
                self.look(Site::caller(), |inner| inner.is_closed())
            }

            #[doc = concat!("Whether both send to one channel: `", $path, "::same_channel`.")]
            pub fn same_channel(&self, other: &Self) -> bool {
                self.inner.same_channel(&other.inner)
            }

            #[doc = concat!("A sender that does not keep the channel open: `", $path, "::downgrade`.")]
            #[must_use = "downgrading leaves the sender as it is"]
            pub fn downgrade(&self) -> $weak<T> {
                $weak {
                    cell: self.handle.shared(),
                    inner: self.inner.downgrade(),
                }
            }

            #[doc = concat!("How many senders there are: `", $path, "::strong_count`.")]
            #[track_caller]
            pub fn strong_count(&self) -> usize {
                self.look(Site::caller(), |inner| inner.strong_count())
            }

            #[doc = concat!("How many weak senders there are: `", $path, "::weak_count`.")]
            #[track_caller]
            pub fn weak_count(&self) -> usize {
                self.look(Site::caller(), |inner| inner.weak_count())
            }
        }

        impl<T> Clone for $sender<T> {
            #[track_caller]
            fn clone(&self) -> $sender<T> {
                let handle = self.handle.another(Operation::DropSender);
                let clone = || self.inner.clone();
                let inner = perform(handle.cell(), Operation::CloneSender, handle.made_at(), clone, done);
                $sender { handle, inner }
            }
        }

        impl<T> ::std::fmt::Debug for $sender<T> {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                self.inner.fmt(f)
            }
        }

        #[doc = concat!("A sender that does not keep the channel open: `", $weak_path, "`.")]
        pub struct $weak<T> {
            cell: ::std::sync::Arc<ObjectCell>,
            inner: real::$weak<T>,
        }

        impl<T> $weak<T> {
            #[doc = concat!("A sender, if there still is one: `", $weak_path, "::upgrade`.")]
            #[track_caller]
            pub fn upgrade(&self) -> Option<$sender<T>> {
                let site = Site::caller();
                let upgrade = || self.inner.upgrade();
                let inner = perform(&self.cell, Operation::Upgrade, site, upgrade, done_if_some)?;
                let handle = Handle::of(::std::sync::Arc::clone(&self.cell), Operation::DropSender, site);
                Some($sender { handle, inner })
            }

            #[doc = concat!("How many senders there are: `", $weak_path, "::strong_count`.")]
            #[track_caller]
            pub fn strong_count(&self) -> usize {
                let look = || self.inner.strong_count();
                perform(&self.cell, Operation::Inspect, Site::caller(), look, idle)
            }

            #[doc = concat!("How many weak senders there are: `", $weak_path, "::weak_count`.")]
            #[track_caller]
            pub fn weak_count(&self) -> usize {
                let look = || self.inner.weak_count();
                perform(&self.cell, Operation::Inspect, Site::caller(), look, idle)
            }
        }

        impl<T> Clone for $weak<T> {
            fn clone(&self) -> $weak<T> {
                $weak {
                    cell: ::std::sync::Arc::clone(&self.cell),
                    inner: self.inner.clone(),
                }
            }
        }

        impl<T> ::std::fmt::Debug for $weak<T> {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                self.inner.fmt(f)
            }
        }
    };
}

/// Conversions of a weak sender.
macro_rules! weak_converts {
    ($name:ident<T>: $kind:ident) => {
        converts!($name<T>:
            weak => {
                $crate::executor::foreign::give_here(&weak.cell);
                weak.inner
            },
            inner => {
                let cell = ::std::sync::Arc::new(ObjectCell::shared(ObjectKind::$kind, None));
                $name { cell, inner }
            }
        );
    };
}

pub(super) use {sender, weak_converts};
