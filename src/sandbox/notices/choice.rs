//! What is sent, and how the service responds.

use std::time::Duration;

use super::super::words::words;

/// A platform sends it after a tool has set a handler of this type.
pub const HELLO_WORLD: &str = "LtiHelloWorldNotice";
/// A course received content of others.
pub const CONTEXT_COPY: &str = "LtiContextCopyNotice";

/// Whether the platform offers notices, and how its service responds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeOptions {
    /// Whether launches and the OpenID configuration name the service.
    pub offered: bool,
    /// Whether the claim of launches lists the types.
    pub lists_types: bool,
    /// The types that the platform sends.
    pub types: Vec<String>,
    /// Whether a change responds with all handlers, as older versions of Canvas do.
    pub answers_with_all: bool,
    /// Whether the client ID in responses is a number. The client ID of this platform is none, so the
    /// number is another one.
    pub numeric_client_id: bool,
    /// Whether a change is accepted and has no effect, as on platforms where a type has to be switched
    /// on first.
    pub forgets_changes: bool,
    /// How often a notice is sent again after a status of 500 or more.
    pub retries: u32,
    /// How long notices wait before they are sent.
    pub delay: Duration,
}

impl Default for NoticeOptions {
    fn default() -> Self {
        Self {
            offered: false,
            lists_types: true,
            types: [HELLO_WORLD, CONTEXT_COPY].map(str::to_owned).to_vec(),
            answers_with_all: false,
            numeric_client_id: false,
            forgets_changes: false,
            retries: 0,
            delay: Duration::ZERO,
        }
    }
}

impl NoticeOptions {
    /// Notices are offered.
    pub fn offered() -> Self {
        Self { offered: true, ..Self::default() }
    }
}

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeChoice {
    /// Its type.
    pub notice_type: String,
    /// Its ID; a random one by default.
    pub id: Option<String>,
    /// The course that it is about: ID, label and title.
    pub context: Option<[String; 3]>,
    /// The IDs of the courses from which that one was copied.
    pub origins: Vec<String>,
    /// How it differs from a good one.
    pub switches: Vec<NoticeSwitch>,
}

impl NoticeChoice {
    /// A course was copied.
    pub fn copy(context: &str, origins: &[&str]) -> Self {
        Self {
            notice_type: CONTEXT_COPY.to_owned(),
            id: None,
            context: Some([context.to_owned(), "COPY".to_owned(), "Copied course".to_owned()]),
            origins: origins.iter().map(|origin| (*origin).to_owned()).collect(),
            switches: Vec::new(),
        }
    }

    /// A notice of another type, without a course.
    pub fn of_type(notice_type: &str) -> Self {
        Self {
            notice_type: notice_type.to_owned(),
            id: None,
            context: None,
            origins: Vec::new(),
            switches: Vec::new(),
        }
    }

    /// The same with this ID.
    #[must_use]
    pub fn with_id(mut self, id: &str) -> Self {
        self.id = Some(id.to_owned());
        self
    }

    /// The same, differing in this way, too.
    #[must_use]
    pub fn with(mut self, switch: NoticeSwitch) -> Self {
        self.switches.push(switch);
        self
    }
}

words! {
    /// How a notice differs from a good one.
    NoticeSwitch, "notice" {
        Duplicate "duplicate" "Sent twice in one request",
        BadInBatch "bad-in-batch" "Between two others, one of which is not signed by the platform",
        BareStrings "bare-strings" "Tokens as plain texts instead of objects",
        NoOrigins "no-origins" "Without the courses that were copied",
        AudienceList "audience-list" "For another tool, too: aud is a list",
        NoKeyId "no-kid" "Signed without a key ID, as Blackboard does",
        WrongKey "wrong-key" "Signed with a key that is not in the keyset",
        Expired "expired" "Expired an hour ago",
        ForeignDeployment "foreign-deployment" "Of a deployment that the tool does not know",
        ForeignClient "foreign-client" "For another client ID",
        UnknownType "unknown-type" "Of a type that no one knows",
        MessageType "message-type" "With the message type of a launch",
    }
}
