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

pub(super) use {converts, converts_whole};
