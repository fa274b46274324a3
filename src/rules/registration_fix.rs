//! Fixes for failed dynamic registrations, with the commands of this tool.

use crate::lti::dynamic_registration::RegistrationError;

/// How an admin can fix the problem.
pub fn registration_fix(problem: &RegistrationError) -> &'static str {
    match problem {
        RegistrationError::ConfigurationNotJson
        | RegistrationError::NotLti
        | RegistrationError::Missing { .. } => {
            "open the URL openid_configuration in a browser: it must show the platform's JSON, \
             without signing in"
        }
        RegistrationError::BadUrl { .. } => {
            "the platform's own URL must be https; its admin corrects it in the platform's \
             settings (Moodle: wwwroot)"
        }
        RegistrationError::Unsupported { .. } => {
            "enter the platform by hand with ltictl platform set, or update the platform"
        }
        RegistrationError::IssuerElsewhere { .. } | RegistrationError::EndpointElsewhere { .. } => {
            "open the registration URL from the platform's own URL, or enter the platform \
             by hand with ltictl platform set"
        }
        RegistrationError::NotTheCloud { .. } => {
            "do not trust this registration; if the platform is yours, enter it by hand with \
             ltictl platform set"
        }
        RegistrationError::ResponseNotJson | RegistrationError::NoClientId => {
            "find the tool in the platform: enter its details with ltictl platform set, or \
             delete it there and register again"
        }
    }
}
