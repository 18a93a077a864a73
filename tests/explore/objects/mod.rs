//! The families of objects that joined the random programs last, each in a file of its own.
//!
//! A family has the operations that are its own (`Act`), what genes mean for it (`decode`), what a
//! task holds of it, and what its operations do. Not here: the objects that programs began with,
//! whose operations are `Op`'s own (`decode`, `actor`).

pub mod channels;
pub mod locks;
pub mod once;
pub mod pipe;
pub mod stop;
pub mod tasks;
