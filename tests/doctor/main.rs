//! `ltictl doctor`: a healthy set-up has nothing that fails; each thing that breaks is found by its
//! check, and what the finding says to do heals it.

mod command;
#[path = "../commands/mod.rs"]
mod commands;
mod desk;
mod history;
#[path = "../lab/mod.rs"]
mod lab;
mod live;
mod online;
mod proxy;
mod stored;
