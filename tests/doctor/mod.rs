//! `ltictl doctor`: a healthy set-up has nothing that fails; each thing that breaks is found by its
//! check, and what the finding says to do heals it.

mod command;
mod customers;
mod history;
mod live;
mod many;
mod online;
mod proxy;
pub(crate) mod setup;
mod stored;
mod targets;
