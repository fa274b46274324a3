//! How the platform behaves when a tool registers itself.

use super::super::words::words;

/// One tool being added by registration URL, as somebody wants it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RegistrationChoice {
    /// Whose manners the platform has.
    pub manner: Manner,
    /// What the platform gets wrong or refuses.
    pub trouble: Option<Trouble>,
}

words! {
    /// Whose manners the platform has when a tool registers itself.
    #[derive(Default)]
    Manner, "manner" {
        /// A token; refusals in plain text; deployment ID within the tool's part.
        #[default]
        Moodle "moodle" "Like Moodle",
        /// A token; refusals as a list in JSON, also for empty fields and unknown scopes;
        /// deployment ID at the top level.
        Canvas "canvas" "Like Canvas",
        /// No token; no deployment.
        Brightspace "brightspace" "Like Brightspace: no registration token, no deployment ID",
        /// A token; a question mark before its parameters even where the URL has one already;
        /// refusals as RFC 7591 has them.
        Ilias "ilias" "Like an older ILIAS: a second question mark in the registration URL",
    }
}

words! {
    /// What the platform gets wrong or refuses when a tool registers itself.
    Trouble, "trouble" {
        /// 401 `token_already_used`.
        TokenUsed "token-used" "Refuse: the registration token was used before",
        /// 400 `domain_targetlinkuri_mismatch`.
        DomainMismatch "domain-mismatch" "Refuse: the tool's domain does not fit",
        /// A page of HTML with status 500.
        Html "html" "Refuse with a page of HTML",
        /// A long refusal with control characters, which repeats the token.
        Babble "babble" "Refuse at length, with control characters and the token in it",
        /// A redirect.
        Redirect "redirect" "Redirect the registration to another host",
        /// An answer without a client ID.
        NoClientId "no-client-id" "Accept, but name no client ID",
        /// An answer without a deployment ID.
        NoDeployment "no-deployment" "Accept, but name no deployment ID",
        /// The configuration is a page of HTML.
        ConfigurationHtml "configuration-html" "The configuration is a page of HTML",
        /// The configuration is larger than a megabyte.
        ConfigurationTooBig "configuration-too-big" "The configuration is larger than a \
            megabyte",
        /// The configuration is not there.
        ConfigurationMissing "configuration-missing" "The configuration is not there (404)",
        /// A redirect from the configuration to the address where clouds keep their credentials.
        ConfigurationRedirect "configuration-redirect" "The configuration redirects to a \
            cloud's metadata address",
        /// The configuration speaks for another host's issuer.
        ForeignIssuer "foreign-issuer" "The configuration speaks for another platform",
        /// The registration endpoint lies on another host.
        ForeignEndpoint "foreign-endpoint" "The registration endpoint lies on another host",
    }
}
