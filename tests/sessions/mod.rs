//! Sessions: what a launched person sees, and how a session ends.

mod end;
mod navigation;
