//! Top floor: the launch server.
