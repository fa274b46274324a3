//! The versions of LTI.

use super::words::words;

words! {
    /// A version of LTI that a registration uses.
    Protocol, "protocol", {
        /// LTI 1.3: tokens and keys.
        Lti1p3 = "lti-1.3",
        /// LTI 1.0 and 1.1: forms that are signed with a shared secret.
        Lti1p1 = "lti-1.1",
        /// LTI 2.0: the same with a secret from a tool proxy.
        Lti2p0 = "lti-2.0",
    }
}
