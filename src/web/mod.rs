//! Pure parsers of what browsers, proxies and servers send: forms, cookies, paths, headers and
//! pages.
//!
//! The input comes from outside and may contain anything. Each parser has a fuzz target (`fuzz/`)
//! that states what is true for every input.

pub mod content_path;
pub mod cookie;
pub mod form;
pub mod header;
pub mod host;
pub mod page_text;
pub mod proxied;
