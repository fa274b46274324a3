//! `ltictl` registers learning platforms with an LTI tool, publishes resources and serves their launches.

pub mod cli;
pub mod domain;
pub mod lti;
pub mod platform;
pub mod report;
pub mod sandbox;
pub mod server;
pub mod store;
pub mod usecase;
