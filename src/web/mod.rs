//! Ground floor: what browsers, proxies and servers send around the protocol, as pure functions
//! from text to values: forms, cookies, paths, headers and pages.
//!
//! All of it comes from outside and may hold anything. Each parser has a fuzz target (`fuzz/`) that
//! states what must hold for every input.

pub mod content_path;
pub mod cookie;
pub mod form;
pub mod header;
pub mod host;
pub mod page_text;
