//! Authentication codes under the tool's own key (HMAC-SHA256). Each has a purpose, so that a value
//! for one purpose is not accepted for another.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use zeroize::Zeroizing;

/// The tool's own secret, from which everything in this module is derived. It has no `Debug` or
/// `Display`, and its memory is wiped when it is dropped.
pub struct MacKey(Zeroizing<[u8; 32]>);

impl MacKey {
    /// A key from 32 secret bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    fn hmac(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.0.as_slice())
    }
}

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Authenticates the `state` parameter of a login.
    LoginState,
    /// Binds a login to the browser by a cookie.
    LoginCookie,
    /// Binds a login to the browser by a value in the platform's storage.
    PlatformStorage,
    /// The token of a registration URL.
    Invitation,
    /// Authenticates the form that confirms a dynamic registration.
    Confirmation,
    /// The key of the app behind a resource.
    AppKey,
    /// The token of a registration URL of LTI 2.0.
    ProxyUrl,
    /// Authenticates the form that confirms a registration by LTI 2.0.
    ProxyConfirmation,
    /// Authenticates the form that confirms the change of one.
    ProxyChange,
    /// Takes a session to the web app behind a resource.
    AppTicket,
    /// The cookie of a session to such an app.
    AppEntry,
    /// Signs a person in to an app.
    AuthorizationCode,
    /// Lets an app ask about a person who has signed in.
    AccessToken,
    /// The cookie of an app's request that waits for a launch.
    WaitingRequest,
    /// Names an account to one app.
    PairwiseSubject,
    /// Names a person without an account to one app.
    GuestSubject,
    /// Names a session to one app.
    SessionId,
    /// The cookie of a sign-in at an identity provider.
    ProviderCookie,
    /// The `state` parameter of such a sign-in.
    ProviderState,
    /// The nonce of such a sign-in.
    ProviderNonce,
    /// The PKCE verifier of such a sign-in.
    ProviderVerifier,
    /// Authenticates the form that confirms whom the provider has found.
    ProviderProof,
}

impl Purpose {
    /// Every purpose.
    #[cfg(test)]
    const ALL: [Self; 22] = [
        Self::LoginState,
        Self::LoginCookie,
        Self::PlatformStorage,
        Self::Invitation,
        Self::Confirmation,
        Self::AppKey,
        Self::ProxyUrl,
        Self::ProxyConfirmation,
        Self::ProxyChange,
        Self::AppTicket,
        Self::AppEntry,
        Self::AuthorizationCode,
        Self::AccessToken,
        Self::WaitingRequest,
        Self::PairwiseSubject,
        Self::GuestSubject,
        Self::SessionId,
        Self::ProviderCookie,
        Self::ProviderState,
        Self::ProviderNonce,
        Self::ProviderVerifier,
        Self::ProviderProof,
    ];

    /// The prefix of the text that the code authenticates. It ends with its only dot, so no prefix
    /// starts with another one, and no text can imitate one.
    fn prefix(self) -> &'static str {
        match self {
            Self::LoginState => "state.",
            Self::LoginCookie => "cookie.",
            Self::PlatformStorage => "storage.",
            Self::Invitation => "invitation.",
            Self::Confirmation => "confirmation.",
            Self::AppKey => "app.",
            Self::ProxyUrl => "proxy.",
            Self::ProxyConfirmation => "proxyconfirmation.",
            Self::ProxyChange => "proxychange.",
            Self::AppTicket => "ticket.",
            Self::AppEntry => "entry.",
            Self::AuthorizationCode => "code.",
            Self::AccessToken => "access.",
            Self::WaitingRequest => "waiting.",
            Self::PairwiseSubject => "pairwise.",
            Self::GuestSubject => "guest.",
            Self::SessionId => "sid.",
            Self::ProviderCookie => "providercookie.",
            Self::ProviderState => "providerstate.",
            Self::ProviderNonce => "providernonce.",
            Self::ProviderVerifier => "providerverifier.",
            Self::ProviderProof => "providerproof.",
        }
    }
}

/// The code of a text, in base64url.
pub(super) fn mac(key: &MacKey, purpose: Purpose, text: &str) -> String {
    let mut context = hmac::Context::with_key(&key.hmac());
    context.update(purpose.prefix().as_bytes());
    context.update(text.as_bytes());
    URL_SAFE_NO_PAD.encode(context.sign())
}

/// Whether `code` is the code of a text, compared in constant time.
pub(super) fn mac_matches(key: &MacKey, purpose: Purpose, text: &str, code: &str) -> bool {
    let message = format!("{}{text}", purpose.prefix());
    URL_SAFE_NO_PAD
        .decode(code)
        .is_ok_and(|code| hmac::verify(&key.hmac(), message.as_bytes(), &code).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_accepted_for_its_own_purpose_only() {
        let (key, other_key) = (MacKey::new([7; 32]), MacKey::new([8; 32]));
        for made_for in Purpose::ALL {
            for text in ["", "a", "state.a", "cookie.a", "1.2"] {
                let code = mac(&key, made_for, text);
                for checked_for in Purpose::ALL {
                    assert_eq!(
                        mac_matches(&key, checked_for, text, &code),
                        made_for == checked_for,
                        "{made_for:?} as {checked_for:?}, {text:?}"
                    );
                }
                assert!(
                    !mac_matches(&other_key, made_for, text, &code)
                        && !mac_matches(&key, made_for, "b", &code)
                );
                assert!(
                    !mac_matches(&key, made_for, text, &code[1..])
                        && !mac_matches(&key, made_for, text, "")
                );
            }
        }
    }

    #[test]
    fn no_prefix_can_be_imitated() {
        for purpose in Purpose::ALL {
            let prefix = purpose.prefix();
            assert_eq!(prefix.find('.'), Some(prefix.len() - 1), "{purpose:?}");
            let same = Purpose::ALL.into_iter().filter(|other| other.prefix() == prefix).count();
            assert_eq!(same, 1, "{purpose:?}");
        }
    }
}
