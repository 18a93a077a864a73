//! Conversions into tokio's own types and back, for crates whose signatures want those.
//!
//! Not here: what it means that real tokio has a part of something (`executor::foreign`).

/// `From` both ways, between a type of the mirror and the one of that name in `real`.
macro_rules! converts {
    ($name:ident $(<$param:ident>)?: $ours:pat => $give:expr, $real:ident => $take:expr) => {
        impl $(<$param>)? From<$name $(<$param>)?> for real::$name $(<$param>)? {
            /// For a crate whose signatures want tokio's own type. What is done to it there is not
            /// seen: in a leak test every order is explored from then on, whether it can differ or
            /// not, and the coverage says so.
            #[track_caller]
            fn from($ours: $name $(<$param>)?) -> real::$name $(<$param>)? {
                $give
            }
        }

        impl $(<$param>)? From<real::$name $(<$param>)?> for $name $(<$param>)? {
            /// For what another crate made. Of a channel it may keep other ends, and what is done to
            /// those is not seen: in a leak test every order is explored from then on, whether it can
            /// differ or not, and the coverage says so.
            #[track_caller]
            fn from($real: real::$name $(<$param>)?) -> $name $(<$param>)? {
                $take
            }
        }
    };
}

/// The same for a type that is given as a whole, and is an object of its kind's name.
macro_rules! converts_whole {
    ($name:ident $(<$param:ident>)?) => {
        converts!($name $(<$param>)?:
            whole => {
                foreign::give_here(&whole.cell);
                whole.inner
            },
            inner => $name {
                cell: ObjectCell::new(ObjectKind::$name),
                inner,
            }
        );
    };
}

/// `From` for what is shared by an `Arc`, which is no type of ours: from a reference, and from the
/// `Arc` of tokio's.
macro_rules! converts_shared {
    ($name:ident) => {
        impl From<&$name> for ::std::sync::Arc<real::$name> {
            /// For a crate whose signatures want an `Arc` of tokio's own type: both act on the same.
            /// What is done to it there is not seen: in a leak test every order is explored from then
            /// on, whether it can differ or not, and the coverage says so.
            #[track_caller]
            fn from(shared: &$name) -> ::std::sync::Arc<real::$name> {
                foreign::give_here(&shared.cell);
                ::std::sync::Arc::clone(shared.inner())
            }
        }

        impl From<::std::sync::Arc<real::$name>> for $name {
            /// For what another crate made, and uses as well. What it does is not seen: in a leak
            /// test every order is explored from then on, whether it can differ or not, and the
            /// coverage says so.
            #[track_caller]
            fn from(shared: ::std::sync::Arc<real::$name>) -> $name {
                $name::foreign(shared)
            }
        }
    };
}

/// `From` into tokio's own, for a guard that borrows. There is no way back: ours would borrow a lock
/// of ours.
macro_rules! converts_guard {
    ($name:ident<'a, $param:ident $(: ?$bound:ident)?>) => {
        impl<'a, $param $(: ?$bound)?> From<$name<'a, $param>> for real::$name<'a, $param> {
            /// For a crate whose signatures want tokio's own type. When it ends there is not seen: in
            /// a leak test every order is explored from then on, whether it can differ or not, and
            /// the coverage says so.
            #[track_caller]
            fn from(guard: $name<'a, $param>) -> real::$name<'a, $param> {
                guard.note.give();
                guard.inner
            }
        }
    };
}

pub(super) use {converts, converts_guard, converts_shared, converts_whole};
