//! The domain types of the tool.
//!
//! Registrations, deployments, resources, accounts, enrolments, grades, keys, launches and sessions
//! as plain values, and types that only have valid values: a [`Slug`] or an [`EndpointUrl`] need
//! not be checked again. Nothing here reads a clock, a file or a socket by itself; [`Clock`] and
//! [`Random`] are passed in by the upper layers.

#![warn(missing_docs)]

mod account;
mod app_key;
mod audit;
mod browser;
mod client;
mod clock;
mod consumer;
mod course_context;
mod course_copy;
mod delivery;
pub mod duration;
mod endpoint_path;
mod enrolment;
mod fetched_keyset;
mod folded;
mod grade;
mod identifier;
mod identity_provider;
mod invalid;
mod invisible;
mod invitation;
pub(crate) mod json;
mod launch;
mod launched_link;
mod limit;
mod member_format;
mod moment;
mod notice;
mod pending;
mod pending_proxy;
mod plain_name;
mod protocol;
mod proxy_invitation;
mod random;
mod reference;
mod registration;
mod request;
mod resource;
mod running_server;
mod search;
mod searched;
mod secret;
mod session;
mod settings;
mod shell;
mod signature_comparison;
mod signing_algorithm;
mod signing_key;
mod staff_roles;
mod steady_clock;
mod stored_text;
mod tally;
mod url;
mod web_app;
mod words;
mod zone;

pub use self::account::{
    Account, AccountLink, AccountOrigin, ConsumerUser, Identity, PlatformUser, Profile, Username,
    full_name,
};
pub use self::app_key::{AppKeyOverlap, AppKeys, PreviousAppKey};
pub use self::audit::{Actor, AuditAction, AuditEntry, AuditHash, AuditProblem, AuditProof};
pub use self::browser::Browser;
pub use self::client::{
    Client, ClientAuthMethod, ClientEmail, ClientKey, ClientKeyset, ClientSecret,
    ClientSecretOverlap, ClientSecrets, ClientSubject, ExtraClaims, IdTokenContent, OPENID_SCOPES,
    OpenIdClaim, PreviousClientSecret, RedirectUri, RedirectUris, SecretDigest,
};
pub use self::clock::Clock;
pub use self::consumer::{Consumer, ConsumerKey, SecretOverlap};
pub use self::course_context::{ContextLink, CourseContext, CourseContextDetails};
pub use self::course_copy::{ContextOrigin, CourseOrigins};
pub use self::delivery::{
    Attempt, DeliveryOutcome, DueGrade, GradesWithoutColumn, ServiceLink, StuckGrade, SyncCounts,
    SyncProblem, TotalWithoutColumn,
};
pub use self::endpoint_path::{
    DEEP_LINKING_PATH, LAUNCH_1P1_PATH, LAUNCH_PATH, OPENID_AUTHORIZE_PATH,
    OPENID_CONFIGURATION_PATH, OPENID_JWKS_PATH, OPENID_LOGOUT_PATH, OPENID_TOKEN_PATH,
    OPENID_USERINFO_PATH, ResourceName, cartridge_path, named_launch_1p1_path, named_launch_path,
};
pub use self::enrolment::{
    Enrolment, EnrolmentClosed, EnrolmentDuration, EnrolmentRules, EnrolmentSource,
};
pub use self::fetched_keyset::FetchedKeyset;
pub use self::folded::{folded, search_words};
pub use self::grade::{ActivityProgress, Grade, GradingProgress, Score, Submission};
pub use self::identifier::{ClientId, DeploymentId, Issuer, Kid, Name, Slug};
pub use self::identity_provider::{
    AccountIdentity, ConfirmedSignIn, IdentityProvider, LinkedBy, Linking, ProviderIdentity,
    ProviderPreset, checked_domain, checked_subject, checked_tenant, provider_callback_path,
};
pub use self::invalid::Invalid;
pub use self::invisible::{
    check_printable, has_invisible, is_invisible, is_unprintable, trimmed, without_invisible,
};
pub use self::invitation::{AttemptOutcome, Invitation, InvitationLifetime, RegistrationAttempt};
pub use self::json::rfc3339;
pub use self::launch::{
    ACCOUNT_NOT_CHOSEN, BROWSER_NOT_CHECKED, Launch, LaunchId, LogShare, Outcome,
};
pub use self::launched_link::LaunchedLink;
pub use self::limit::{AccountLimit, MAX_SESSION_BYTES, WaitingLaunchLimit};
pub use self::member_format::MemberFormat;
pub use self::moment::parse_moment;
pub use self::notice::{
    AppNotice, ListedNotice, NOTICE_PROBE_PATH, NOTICES_PATH, NewNotice, NoticeOffer, NoticeProbe,
    NoticeService, NoticeSubscription, RefusedNotice, SubscriptionState,
};
pub use self::pending::{CheckedLaunch, PendingHandle, PendingLaunch, WaitsFor};
pub use self::pending_proxy::{PENDING_PROXY_LIFETIME, PendingProxy};
pub use self::protocol::Protocol;
pub use self::proxy_invitation::ProxyInvitation;
pub use self::random::Random;
pub use self::reference::{
    AccountRef, ClientRef, ConsumerRef, ProviderRef, RegistrationRef, ResourceRef,
};
pub use self::registration::{
    Deployment, DeploymentPolicy, Missing, NoticePolicy, PlatformDetails, PlatformEmail,
    PlatformPolicy, Product, Registration, Status,
};
pub use self::request::RequestId;
pub use self::resource::{
    AccountDefaults, GradeScope, GradeSync, MaxGrade, MemberSync, Provisioning, Resource,
    ResourceKind, RoleName, SubmissionPeriod, Target,
};
pub use self::running_server::{RunningServer, ServerName};
pub use self::search::{Condition, NoField, Search, SearchError, Term};
pub use self::searched::{SearchField, SearchKind};
pub use self::secret::Secret;
pub use self::session::{
    LaunchDetails, LinkServices, Presentation, Purpose, Session, SessionHandle, SourcedIds,
};
pub(crate) use self::settings::with_settings;
pub use self::settings::{
    AppKeyRule, KeyRotation, LaunchRetention, LogLevel, SessionLifetime, SettingValue, Settings,
    SyncInterval,
};
pub use self::shell::{shell_argument, shell_option, shell_word};
pub use self::signature_comparison::SignatureComparison;
pub use self::signing_algorithm::{SigningAlgorithm, SigningAlgorithms};
pub use self::signing_key::{
    KeyOverlap, KeyPurpose, KeyState, KeyStep, KeysDue, SigningKey, successor_due_at,
};
pub use self::staff_roles::StaffRoles;
pub use self::steady_clock::{Observed, RisingClock, SteadyClock};
pub use self::stored_text::{StoredList, StoredText, kept_custom};
pub use self::tally::{Counted, Tally};
pub use self::url::{
    EndpointUrl, LogoUrl, PublicUrl, TargetUrl, canonical_origin, is_loopback_host, is_web_url,
};
pub use self::web_app::{
    AllowedRoles, AppPlace, CrossSite, Guests, Handover, IdentityHeader, OmittedHeaders,
    PathPrefix, WebApp,
};
pub use self::zone::Zone;
