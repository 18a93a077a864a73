//! Places in the user's code.

use std::fmt;
use std::panic::Location;

/// A place in the user's code: file, line and column.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site(&'static Location<'static>);

impl Site {
    /// The place that called the function which calls this.
    #[track_caller]
    pub const fn caller() -> Site {
        Site(Location::caller())
    }

    /// Whether it is the same place, by address: one comparison of pointers.
    pub(crate) fn is_same(self, other: Site) -> bool {
        std::ptr::eq(self.0, other.0)
    }

    /// This place, or the other one if this is in the standard library: a future that is polled
    /// through `Pin<&mut F>` or a box has that as its caller.
    pub(crate) fn or(self, other: Site) -> Site {
        if self.is_in_std() { other } else { self }
    }

    /// Whether it is in the standard library, as its published builds name their files.
    pub(crate) fn is_in_std(self) -> bool {
        self.file().starts_with("/rustc/")
    }

    /// A number for this place, which another process has for it as well.
    pub(crate) fn mark(self) -> u16 {
        let place = [self.line().to_le_bytes(), self.column().to_le_bytes()];
        let hash = hash(self.file().bytes().chain(place.into_iter().flatten()));
        (hash ^ (hash >> 16)) as u16
    }

    /// The source file, as the compiler was given it.
    pub fn file(&self) -> &'static str {
        self.0.file()
    }

    /// The line, from 1.
    pub fn line(&self) -> u32 {
        self.0.line()
    }

    /// The column, from 1.
    pub fn column(&self) -> u32 {
        self.0.column()
    }
}

impl From<&'static Location<'static>> for Site {
    fn from(location: &'static Location<'static>) -> Site {
        Site(location)
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file(), self.line(), self.column())
    }
}

/// Fowler, Noll and Vo's hash.
pub(super) fn hash(bytes: impl IntoIterator<Item = u8>) -> u32 {
    bytes.into_iter().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}
