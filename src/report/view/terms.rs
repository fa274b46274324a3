//! What each platform calls the things of LTI 1.1 and 2.0.

use super::{list, or_dash};
use crate::lms::TermsOfLms;
use crate::report::table::column;

list! {
    /// The terms of every platform.
    TermsList of TermsOfLms {
        noun: "terms",
        columns: &[
            column("PLATFORM", |terms| terms.platform.to_owned()),
            column("TOOL", |terms| terms.tool.to_owned()),
            column("LAUNCH URL", |terms| terms.launch_url.to_owned()),
            column("KEY", |terms| terms.consumer_key.to_owned()),
            column("SECRET", |terms| terms.shared_secret.to_owned()),
            column("CARTRIDGE", |terms| or_dash(terms.cartridge)),
            column("REGISTRATION URL", |terms| or_dash(terms.registration_url)),
        ],
        identifier: |terms| terms.platform.to_owned(),
        empty: "There are no terms.",
    }
}
