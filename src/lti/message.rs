//! Which message a platform has sent, by its parameters alone: a message that arrives at the URL of
//! another one is a mistake in the platform's form, and can be named as such.

use crate::web::form::Parameters;

/// A URL of the tool at which a message of a platform may arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// Where logins start (Security Framework 1.0, 5.1.1.1).
    Login,
    /// Where launches arrive (Security Framework 1.0, 5.1.1.3).
    Launch,
    /// Where launches and content selections of LTI 1.1 arrive (LTI 1.1.1, 3).
    Launch1p1,
    /// Where content selections arrive (Deep Linking 2.0, 4.4.1).
    DeepLinking,
    /// Where the platform registers the tool (Dynamic Registration 1.0).
    Registration,
    /// Where the tool's public keys are (Security Framework 1.0, 6.3).
    Keyset,
    /// Where the tool's configuration is.
    Configuration,
}

impl Endpoint {
    /// The name of the URL in the tool details.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Login => "Initiate login URL",
            Self::Launch => "Tool URL",
            Self::Launch1p1 => "Launch URL of LTI 1.1",
            Self::DeepLinking => "Deep linking URL",
            Self::Registration => "Registration URL",
            Self::Keyset => "JWKS URL",
            Self::Configuration => "Configuration URL",
        }
    }
}

/// The part of a message that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessagePart {
    /// The parameter with this name.
    Parameter(String),
    /// The whole form.
    Form,
    /// The query of the URL.
    Query,
}

/// A message that can be recognized by its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// A login request (Security Framework 1.0, 5.1.1.1).
    Login,
    /// The response to an authentication request, with a token or an error (Security Framework 1.0,
    /// 5.1.1.3).
    Response,
    /// A launch or registration of LTI 1.1 or 2.0 (LTI 1.1, 3).
    Legacy,
}

impl Message {
    /// The message with these parameters; `None` if it could be several or none of them.
    fn of(parameters: &Parameters) -> Option<Self> {
        let has = |name: &str| value(parameters, name).is_some();
        let is_login = has("iss") && has("login_hint");
        let is_response = has("id_token") || (has("error") && has("state"));
        let is_legacy = has("lti_message_type")
            || has("oauth_consumer_key")
            || value(parameters, "lti_version").is_some_and(|version| version.starts_with("LTI-"));
        match (is_login, is_response, is_legacy) {
            (true, false, _) => Some(Self::Login),
            (false, true, _) => Some(Self::Response),
            (false, false, true) => Some(Self::Legacy),
            (true, true, _) | (false, false, false) => None,
        }
    }

    /// The message with these parameters, if it does not belong at the URL where it arrived; `None`
    /// if it may belong there, or cannot be recognized.
    pub fn misplaced_at(endpoint: Endpoint, parameters: &Parameters) -> Option<Self> {
        Self::of(parameters).filter(|message| !message.belongs_at(endpoint))
    }

    /// Whether the message arrives at this URL if the platform is set up correctly.
    fn belongs_at(self, endpoint: Endpoint) -> bool {
        match self {
            Self::Login => endpoint == Endpoint::Login,
            Self::Response => matches!(endpoint, Endpoint::Launch | Endpoint::DeepLinking),
            Self::Legacy => endpoint == Endpoint::Launch1p1,
        }
    }
}

/// The first value of a parameter that is not empty.
pub fn value<'p>(parameters: &'p Parameters, name: &str) -> Option<&'p str> {
    let mut values = parameters.iter().filter(|(one, _)| one == name);
    values.find_map(|(_, value)| (!value.is_empty()).then_some(value.as_str()))
}

/// How a platform describes itself in a launch of LTI 1.1 (LTI 1.1, 3): its name, its domain or
/// another text by which an administrator recognizes it.
pub fn legacy_platform(parameters: &Parameters) -> Option<&str> {
    [
        "tool_consumer_instance_name",
        "tool_consumer_instance_guid",
        "tool_consumer_instance_url",
        "launch_presentation_return_url",
    ]
    .into_iter()
    .find_map(|name| value(parameters, name))
    // A return URL may contain a secret of the platform behind its host.
    .map(|text| match text.split_once("://") {
        Some((_, rest)) => {
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            authority.rsplit('@').next().unwrap_or_default()
        }
        None => text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(query: &str) -> Parameters {
        let mut parameters = Parameters::new();
        crate::web::form::decode(query.as_bytes(), &mut parameters).expect("a query");
        parameters
    }

    #[test]
    fn messages_are_recognized_by_their_parameters() {
        for (query, expected) in [
            ("iss=i&login_hint=h", Some(Message::Login)),
            ("iss=i&login_hint=h&target_link_uri=t&state=s", Some(Message::Login)),
            ("iss=i&login_hint=h&lti_message_type=x", Some(Message::Login)),
            ("iss=i", None),
            ("iss=i&login_hint=", None),
            ("id_token=t", Some(Message::Response)),
            ("id_token=t&state=s", Some(Message::Response)),
            ("error=e&state=s", Some(Message::Response)),
            ("error=e", None),
            ("state=s", None),
            ("id_token=t&iss=i&login_hint=h", None),
            ("lti_message_type=basic-lti-launch-request", Some(Message::Legacy)),
            ("lti_message_type=ContentItemSelectionRequest", Some(Message::Legacy)),
            ("lti_message_type=ToolProxyRegistrationRequest", Some(Message::Legacy)),
            ("oauth_consumer_key=k", Some(Message::Legacy)),
            ("lti_version=LTI-1p0", Some(Message::Legacy)),
            ("lti_version=1.3.0", None),
            ("oauth_consumer_key=", None),
            ("", None),
        ] {
            assert_eq!(Message::of(&parameters(query)), expected, "{query}");
        }
    }

    #[test]
    fn messages_belong_at_their_urls() {
        use Endpoint as E;
        let everywhere =
            [E::Login, E::Launch, E::DeepLinking, E::Registration, E::Keyset, E::Configuration];
        for (query, own) in [
            ("iss=i&login_hint=h", &[E::Login][..]),
            ("id_token=t", &[E::Launch, E::DeepLinking]),
            ("lti_message_type=x", &[]),
            ("x=y", &everywhere),
        ] {
            let found: Vec<Endpoint> = everywhere
                .into_iter()
                .filter(|endpoint| Message::misplaced_at(*endpoint, &parameters(query)).is_none())
                .collect();
            assert_eq!(found, own, "{query}");
        }
    }

    #[test]
    fn a_legacy_platform_is_described_without_secrets() {
        for (query, expected) in [
            ("tool_consumer_instance_name=School&tool_consumer_instance_guid=g", Some("School")),
            ("tool_consumer_instance_guid=lms.example", Some("lms.example")),
            (
                "launch_presentation_return_url=https%3A%2F%2Flms.example%2Fa%3Ftoken%3Dsecret",
                Some("lms.example"),
            ),
            ("oauth_consumer_key=k", None),
        ] {
            assert_eq!(legacy_platform(&parameters(query)), expected, "{query}");
        }
    }
}
