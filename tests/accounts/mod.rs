//! Accounts: which one a launch opens, what the admin does to them, and who keeps which one.

mod admin;
mod changed_platform;
mod choice;
mod migration;
mod providers;
