//! The manifest's shape: what is read, what is exported, and what the published schema describes.
//!
//! Keys have the words that the `-o json` outputs have.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use super::given::{Entries, Given};
use crate::domain::{
    AccountOrigin, AppKeyRule, DeploymentPolicy, GradeSync, Identity, MemberSync, Provisioning,
    ResourceKind,
};

/// A mapping of the manifest, every key of which may be left out.
macro_rules! entry {
    ($(#[$documentation:meta])* $name:ident { $($(#[$field_documentation:meta])* $field:ident: $type:ty,)+ }) => {
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(default)]
        #[schemars(deny_unknown_fields)]
        $(#[$documentation])*
        pub struct $name {
            $($(#[$field_documentation])* #[serde(skip_serializing_if = "Given::is_missing")] pub $field: Given<$type>,)+
        }
    };
}

entry! {
    /// What a tool is to have, as `ltictl apply` takes it and `ltictl export` writes it. What is
    /// left out is not touched; a new thing gets the default of every key that is left out.
    ManifestDocument {
        /// What holds for the whole tool.
        settings: SettingsEntry,
        /// Learning platforms that use this tool, by their slugs.
        registrations: Entries<RegistrationEntry>,
        /// Courses and activities that platforms can link to, by their slugs.
        resources: Entries<ResourceEntry>,
        /// People's accounts on the tool, by their usernames. Passwords are never here.
        accounts: Entries<AccountEntry>,
    }
}

entry! {
    /// What holds for the whole tool.
    SettingsEntry {
        /// The tool's address, as the world sees it.
        #[schemars(extend("format" = "uri"))]
        url: String,
        /// What the tool is called.
        name: String,
        /// The https URL of the tool's picture; null takes it away.
        #[schemars(extend("format" = "uri"))]
        logo: Option<String>,
        /// How long a launched person may stay without a new launch, such as 8h.
        session_lifetime: String,
        /// How often `serve` synchronizes grades and members, such as 30m, or off.
        sync_interval: String,
        /// Whether an app needs its key to record scores.
        app_key: AppKeyRule,
        /// How long the launch log keeps what it has, such as 90d, or off.
        launch_retention: String,
        /// How old the key that signs gets before another takes its place, such as 90d, or off.
        key_rotation: String,
        /// How many launches of one registration may wait for their people at the same time.
        waiting_launch_limit: u32,
        /// How many accounts launches and member lists may create for one registration.
        account_limit: u32,
        /// Take a url with http:// that is not on this machine. It is not stored: it stands beside
        /// such a url.
        allow_http: bool,
    }
}

entry! {
    /// One platform's use of the tool.
    RegistrationEntry {
        /// What people call the platform; the slug, unless it is given.
        name: String,
        /// Whether launches are let in.
        enabled: bool,
        /// What the platform told you about itself. Left out, a draft stays a draft until dynamic
        /// registration or `ltictl platform set` tells it.
        platform: PlatformEntry,
        /// Which product the platform is, such as moodle.
        product: Option<String>,
        /// Where the platform's OpenID configuration is.
        #[schemars(extend("format" = "uri"))]
        openid_configuration_url: Option<String>,
        /// How the tool treats this platform.
        policy: PolicyEntry,
        /// What happens to people when issuer, client_id or policy.identity changes, which identify
        /// them: true carries their accounts, enrolments and grades over, because the platform has
        /// the same users under the new details; false leaves them, and they arrive as new people.
        /// Without it, such a change is rejected if there are people. It is not stored, and has no
        /// effect without such a change.
        keep_users: bool,
        /// Installations of the tool within the platform. Those that come by launches or dynamic
        /// registration stay, whether they are listed or not.
        deployments: Vec<Given<DeploymentEntry>>,
    }
}

entry! {
    /// The five values that an LMS shows once the tool is set up there: all of them the first time.
    PlatformEntry {
        /// Platform ID (issuer).
        #[schemars(extend("format" = "uri"))]
        issuer: String,
        /// Client ID. Digits alone need quotes.
        client_id: String,
        /// Public keyset URL.
        #[schemars(extend("format" = "uri"))]
        keyset_url: String,
        /// Access token URL.
        #[schemars(extend("format" = "uri"))]
        access_token_url: String,
        /// Authentication request URL.
        #[schemars(extend("format" = "uri"))]
        authentication_request_url: String,
    }
}

entry! {
    /// How the tool treats a platform.
    PolicyEntry {
        /// Audience of client assertions, when it is not the access token URL.
        token_audience: Option<String>,
        /// What launches may be signed with: RS256, RS384, RS512, PS256, PS384, PS512, ES256 and
        /// ES384.
        algorithms: Vec<Given<String>>,
        /// What happens to launches from deployments that nobody entered.
        deployments: DeploymentPolicy,
        /// How far the clocks may differ, in seconds.
        #[schemars(range(max = 300))]
        leeway_seconds: u16,
        /// Whether launches without a user are let in.
        allow_anonymous: bool,
        /// Whether end points may use http without being on this machine.
        allow_http: bool,
        /// Whether end points may lie in a private network.
        allow_private_network: bool,
        /// Further origins that may frame the tool's pages.
        frame_ancestors: Vec<Given<String>>,
        /// By what users are told apart from those of other registrations; null leaves it to what
        /// is known of the issuer.
        identity: Option<Identity>,
    }
}

entry! {
    /// One installation of the tool within a platform.
    #[schemars(extend("required" = ["deployment_id"]))]
    DeploymentEntry {
        /// The platform's deployment ID. Digits alone need quotes.
        deployment_id: String,
        /// What people call it; the deployment ID, unless it is given.
        name: String,
    }
}

entry! {
    /// A course or an activity.
    ResourceEntry {
        /// What links carry as the custom parameter `id`. It never changes; a new resource gets a
        /// random one, unless it is given.
        #[schemars(extend("format" = "uuid"))]
        uuid: String,
        /// Its title; the slug, unless it is given.
        name: String,
        /// A sentence or two for the built-in page.
        #[schemars(length(max = 2000))]
        description: Option<String>,
        /// Course or activity.
        kind: ResourceKind,
        /// The slug of the course that this activity belongs to.
        course: Option<String>,
        /// What launched people get: the URL of your app, a directory (seen from the manifest's
        /// own), or null for the built-in page.
        target: Option<String>,
        /// Take a target with http:// that is not on this machine. It is not stored: it stands
        /// beside such a target.
        allow_http: bool,
        /// The highest grade; null for no grades.
        max_grade: Option<Number>,
        /// Whether a score may be more than its maximum.
        extra_credit: bool,
        /// Whether grades go back to the platform.
        grade_sync: GradeSync,
        /// What happens as members come and go.
        member_sync: MemberSync,
        /// How students get an account.
        student_provisioning: Provisioning,
        /// How teachers get an account.
        teacher_provisioning: Provisioning,
        /// The role that teachers get here.
        teacher_role: String,
        /// The role that students get here.
        student_role: String,
        /// Nobody is enrolled before this date or time.
        enrolment_start: Option<String>,
        /// Nobody is enrolled from this date or time on.
        enrolment_end: Option<String>,
        /// How long each enrolment lasts, such as 90d.
        enrolment_duration: Option<String>,
        /// The most people at the same time.
        enrolment_maximum: Option<u32>,
        /// Whether grades go back only once the work is completed.
        completion_required: bool,
        /// Language of new accounts where the platform says none.
        default_locale: Option<String>,
        /// Time zone of new accounts, such as Europe/Lisbon.
        default_time_zone: Option<String>,
        /// Institution of new accounts.
        default_institution: Option<String>,
        /// The slugs of the registrations that may use it; null opens it to all.
        registrations: Option<Vec<Given<String>>>,
        /// Whether launches are let in.
        published: bool,
    }
}

entry! {
    /// A person's account.
    AccountEntry {
        /// What apps behind the tool keep. It never changes; a new account gets a random one,
        /// unless it is given.
        #[schemars(extend("format" = "uuid"))]
        uuid: String,
        /// Who made it; it never changes. Launches change what an account says of its person only
        /// where they made it.
        origin: AccountOrigin,
        /// Full name.
        name: Option<String>,
        /// Given name.
        given_name: Option<String>,
        /// Family name.
        family_name: Option<String>,
        /// E-mail address.
        #[schemars(extend("format" = "email"))]
        email: Option<String>,
        /// Language tag, such as en or pt-BR.
        locale: Option<String>,
        /// Time zone, such as Europe/Lisbon.
        time_zone: Option<String>,
        /// School or university.
        institution: Option<String>,
        /// Whether it gets launches.
        enabled: bool,
        /// What content selection offers it.
        grants: GrantsEntry,
    }
}

entry! {
    /// What content selection offers an account.
    GrantsEntry {
        /// Every resource, those of the future too.
        all: bool,
        /// The slugs of the resources that are granted one by one; the list replaces the one that
        /// is stored.
        resources: Vec<Given<String>>,
    }
}

/// A number, written without a fraction where it has none.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Number(pub f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Within these bounds every whole number is exact in both.
        if self.0.fract() == 0.0 && self.0.abs() < 1e15 {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}
