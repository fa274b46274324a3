//! The rules that every way of changing the tool follows: commands, manifests, dynamic
//! registrations, launches and synchronization.

pub mod account;
pub mod app_key;
pub mod carry_over;
pub mod client;
pub mod consumer;
pub mod content_selection;
pub mod course_copy;
pub mod enrolment;
pub mod fairness;
pub mod framing;
pub mod grade;
pub mod identity;
pub mod identity_provider;
pub mod notice;
pub mod outcome;
pub mod passwords;
pub mod profile;
pub mod progress;
pub mod provider_refusal;
pub mod proxy_change;
pub mod refusal;
pub mod registration;
pub mod registration_fix;
pub mod resource;
pub mod session;
pub mod setting;
pub mod settings;
pub mod signed_message;
pub mod signed_nonce;
pub mod signing_key;
pub mod state_key;
pub mod tenancy;
pub mod throttle;
pub mod waiting_launch;
pub mod web_app;
