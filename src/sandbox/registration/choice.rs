//! How the platform behaves during dynamic registration.

use super::super::words::words;

/// How to add one tool by its registration URL.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RegistrationChoice {
    /// The LMS that the platform behaves like.
    pub behaviour: LmsBehaviour,
    /// The platform's fault or refusal.
    pub fault: Option<RegistrationFault>,
}

words! {
    /// The LMS that the platform behaves like during dynamic registration.
    #[derive(Default)]
    LmsBehaviour, "manner" {
        /// Token; refusals in plain text; deployment ID within the tool's part.
        #[default]
        Moodle "moodle" "Like Moodle",
        /// Token; refusals as a JSON list, also for empty fields and unknown scopes; deployment ID
        /// at the top level.
        Canvas "canvas" "Like Canvas",
        /// No token; no deployment.
        Brightspace "brightspace" "Like Brightspace: no registration token, no deployment ID",
        /// Token; a question mark before its parameters even if the URL contains one already;
        /// refusals as in RFC 7591.
        Ilias "ilias" "Like an older ILIAS: a second question mark in the registration URL",
    }
}

words! {
    /// A fault or refusal of the platform during dynamic registration.
    RegistrationFault, "trouble" {
        /// 401 `token_already_used`.
        TokenUsed "token-used" "Refuse: the registration token was used before",
        /// 400 `domain_targetlinkuri_mismatch`.
        DomainMismatch "domain-mismatch" "Refuse: the tool's domain does not match",
        /// An HTML page with status 500.
        Html "html" "Refuse with an HTML page",
        /// A long refusal with control characters that repeats the token.
        LongText "babble" "Refuse with a long text that contains control characters and the token",
        /// A redirect.
        Redirect "redirect" "Redirect the registration to another host",
        /// A response without a client ID.
        NoClientId "no-client-id" "Accept, but send no client ID",
        /// A response without a deployment ID.
        NoDeployment "no-deployment" "Accept, but send no deployment ID",
        /// The configuration is an HTML page.
        ConfigurationHtml "configuration-html" "The configuration is an HTML page",
        /// The configuration is larger than a megabyte.
        ConfigurationTooBig "configuration-too-big" "The configuration is larger than a \
            megabyte",
        /// The configuration does not exist.
        ConfigurationMissing "configuration-missing" "The configuration does not exist (404)",
        /// A redirect from the configuration to the address at which clouds serve credentials.
        ConfigurationRedirect "configuration-redirect" "The configuration redirects to a \
            cloud's metadata address",
        /// The configuration has the issuer of another host.
        ForeignIssuer "foreign-issuer" "The configuration has the issuer of another platform",
        /// The registration endpoint is on another host.
        ForeignEndpoint "foreign-endpoint" "The registration endpoint is on another host",
    }
}
