//! `ltictl` registers learning platforms with an LTI tool, publishes resources and serves their launches.

pub mod domain;
pub mod lti;
pub mod sandbox;
