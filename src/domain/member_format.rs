//! How platforms list members.

use super::words::words;

words! {
    /// The service with which a platform lists the members of a link or a course.
    #[derive(Default)]
    MemberFormat, "member format", {
        /// Names and Role Provisioning Services 2.0: that of LTI 1.3, which platforms of LTI 1.1 may
        /// have, too.
        #[default]
        Nrps = "nrps",
        /// Membership Service 1.0, of LTI 2.0.
        Lis = "lis",
        /// The oldest one, an extension of LTI 1.0 that is requested by a signed form.
        Extension = "extension",
    }
}
