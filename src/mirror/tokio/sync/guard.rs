//! What all guards have in common: they stand for the value that they guard.

/// Implements `Deref`, `Debug` and `Display` of a guard through its field `inner`; with `mut` also
/// `DerefMut`.
macro_rules! stands_for_value {
    (mut $guard:ident<$($lifetime:lifetime)? $(,)? $($param:ident),*> => $target:ident) => {
        stands_for_value!($guard<$($lifetime,)? $($param),*> => $target);

        impl<$($lifetime,)? $($param: ?Sized),*> ::std::ops::DerefMut for $guard<$($lifetime,)? $($param),*> {
            fn deref_mut(&mut self) -> &mut $target {
                &mut self.inner
            }
        }
    };
    ($guard:ident<$($lifetime:lifetime)? $(,)? $($param:ident),*> => $target:ident) => {
        impl<$($lifetime,)? $($param: ?Sized),*> ::std::ops::Deref for $guard<$($lifetime,)? $($param),*> {
            type Target = $target;

            fn deref(&self) -> &$target {
                &self.inner
            }
        }

        impl<$($lifetime,)? $($param: ?Sized),*> ::std::fmt::Debug for $guard<$($lifetime,)? $($param),*>
        where
            $target: ::std::fmt::Debug,
        {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<$($lifetime,)? $($param: ?Sized),*> ::std::fmt::Display for $guard<$($lifetime,)? $($param),*>
        where
            $target: ::std::fmt::Display,
        {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                (**self).fmt(f)
            }
        }
    };
}

pub(super) use stands_for_value;
