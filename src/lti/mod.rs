//! Ground floor: what we speak.
//!
//! The LTI 1.3 protocol as pure functions: bytes and a clock in, values or a [`Refusal`] out. No I/O, no store, no async.

pub mod refusal;

pub use self::refusal::{Actor, Refusal};
