//! Fixes for failed dynamic registrations, with the commands of this tool.

use crate::domain::Slug;
use crate::lti::dynamic_registration::RegistrationError;

/// How an admin can fix the problem in the registration with this slug.
pub fn registration_fix(problem: &RegistrationError, slug: &Slug) -> String {
    match problem {
        RegistrationError::ConfigurationNotJson
        | RegistrationError::NotLti
        | RegistrationError::Missing { .. } => {
            "open the URL openid_configuration in a browser: it must show the platform's JSON, \
             without signing in"
                .to_owned()
        }
        RegistrationError::BadUrl { .. } => {
            "the platform's own URL must be https; its admin corrects it in the platform's \
             settings (Moodle: wwwroot)"
                .to_owned()
        }
        RegistrationError::Unsupported { .. } => {
            format!(
                "enter the platform by hand with `ltictl platform set {slug}`, or update the platform"
            )
        }
        RegistrationError::IssuerElsewhere { .. } | RegistrationError::EndpointElsewhere { .. } => {
            format!(
                "open the registration URL from the platform's own URL, or enter the platform \
             by hand with `ltictl platform set {slug}`"
            )
        }
        RegistrationError::NotTheCloud { .. } => {
            format!(
                "do not trust this registration; if the platform is yours, enter it by hand with \
             `ltictl platform set {slug}`"
            )
        }
        RegistrationError::ResponseNotJson | RegistrationError::NoClientId => {
            format!(
                "find the tool in the platform: enter its details with `ltictl platform set {slug}`, or \
             delete it there and register again"
            )
        }
    }
}
