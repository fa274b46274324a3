//! Content selection: the deep linking request and the tool's response (Deep Linking 2.0, 4.4 and
//! 4.5).

mod choice;
mod claims;
mod endpoint;
mod requests;
mod response;

pub use self::choice::DeepLinkingChoice;
pub(super) use self::claims::change_claims;
pub(super) use self::endpoint::{return_url, returned};
pub(super) use self::requests::Requests;
