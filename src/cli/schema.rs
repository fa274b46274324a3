//! `ltictl schema`: the JSON Schemas of all outputs.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::context::Context;
use super::examples::Examples;
use super::identity_provider::IdentityProviderSheet;
use super::import::Proposal;
use super::list_options::ListOptions;
use super::sandbox::SandboxView;
use super::sandbox::smoke::SmokeList;
use super::sheet::{FormList, LinkSheet, Sheet, SignedLinkSheet};
use crate::admin::backup::BackedUp;
use crate::admin::copy::Copied;
use crate::domain::{AuditEntry, AuditProof};
use crate::failure::{Failure, Kind};
use crate::report::view::{
    AccountDetails, AccountExport, AccountList, AllDeploymentList, AppKeyView, AppSheetView,
    AuditList, ClientList, ClientView, CodeList, ConsumerList, ConsumerMigrationView, ConsumerView,
    CourseContextList, CourseContextView, DatabaseView, DeploymentView, Explanations, Findings,
    GradeList, GradeSyncView, GradeView, IdentityProviderList, IdentityProviderView, Initialised,
    KeyList, KeyView, Keyset, LaunchDetails, LaunchList, LaunchStatsList, LinkList, LoggedLaunch,
    ManifestView, MemberSyncView, NoticeList, NoticeStatusList, PlanView, PlatformList,
    PlatformView, PublicPem, RegistrationList, RegistrationUrlView, RegistrationView, ResourceList,
    ResourceView, RestoredView, SearchResults, SettingList, SignedLaunchDetails, StatusView,
    SyncStatusView, TermsList, ToolDetails, UpgradedView, list,
};
use crate::report::{self, FailureView, Style, Table, View, input_schema_of, schema_of};

/// A schema: its name, the command whose output it describes, and how to generate it.
type Row = (&'static str, &'static str, fn() -> Value);

/// All published schemas; a test finds views that are missing here.
pub(super) const SCHEMAS: &[Row] = &[
    (
        "account",
        "account show, create and all commands that change one",
        schema_of::<AccountDetails>,
    ),
    ("account-export", "the file of account delete --export", schema_of::<AccountExport>),
    ("account-list", "account list", schema_of::<AccountList>),
    ("app-key", "resource app-key", schema_of::<AppKeyView>),
    ("audit", "audit show", schema_of::<AuditEntry>),
    ("audit-list", "audit list", schema_of::<AuditList>),
    ("audit-proof", "audit verify", schema_of::<AuditProof>),
    (
        "canvas-configuration",
        "registration tool-details --for canvas: JSON for Canvas's \"Paste JSON\"",
        canvas_configuration,
    ),
    ("backup", "backup", schema_of::<BackedUp>),
    ("app-sheet", "client sheet", schema_of::<AppSheetView>),
    ("client", "client show, add and all commands that change one", schema_of::<ClientView>),
    ("client-list", "client list", schema_of::<ClientList>),
    ("consumer", "consumer show and add", schema_of::<ConsumerView>),
    ("consumer-migration", "consumer migrate", schema_of::<ConsumerMigrationView>),
    ("consumer-list", "consumer list", schema_of::<ConsumerList>),
    ("context", "context show", schema_of::<CourseContextView>),
    ("context-list", "context list", schema_of::<CourseContextList>),
    ("database", "db check", schema_of::<DatabaseView>),
    ("database-copy", "db copy", schema_of::<Copied>),
    ("database-upgrade", "db upgrade", schema_of::<UpgradedView>),
    ("deployment", "deployment show, add and rename", schema_of::<DeploymentView>),
    ("deployment-list", "deployment list", schema_of::<AllDeploymentList>),
    ("doctor", "doctor", schema_of::<Findings>),
    ("error", "standard error of any command that fails", schema_of::<FailureView<'static>>),
    ("explanation", "explain", schema_of::<Explanations>),
    ("explanation-list", "explain without a code", schema_of::<CodeList>),
    ("lti-terms", "explain lti-terms", schema_of::<TermsList>),
    ("grade", "grade show and set", schema_of::<GradeView>),
    ("grade-list", "grade list and import", schema_of::<GradeList>),
    (
        "identity-provider",
        "identity-provider set, rename, rotate, enable and disable",
        schema_of::<IdentityProviderView>,
    ),
    (
        "identity-provider-form",
        "identity-provider show and add",
        schema_of::<IdentityProviderSheet>,
    ),
    ("identity-provider-list", "identity-provider list", schema_of::<IdentityProviderList>),
    ("init", "init", schema_of::<Initialised>),
    ("key", "key show and all commands that change one", schema_of::<KeyView>),
    ("key-list", "key list", schema_of::<KeyList>),
    ("key-pem", "key export --format pem", schema_of::<PublicPem>),
    ("keyset", "key export: a JSON Web Key Set (RFC 7517)", schema_of::<Keyset>),
    ("link-list", "resource link list", schema_of::<LinkList>),
    ("launch", "launch show", schema_of::<LoggedLaunch>),
    ("launch-details", "resource launch-details", schema_of::<LaunchDetails>),
    ("launch-form", "resource launch-details --for", schema_of::<LinkSheet>),
    (
        "signed-launch-details",
        "resource launch-details --lti-1p1, resource publish and update --lti-1p1",
        schema_of::<SignedLaunchDetails>,
    ),
    ("signed-launch-form", "resource launch-details --lti-1p1 --for", schema_of::<SignedLinkSheet>),
    ("launch-list", "launch list, and the end of demo", schema_of::<LaunchList>),
    ("launch-stats", "launch stats", schema_of::<LaunchStatsList>),
    ("manifest", "what apply and diff read, and export", input_schema_of::<ManifestView>),
    ("notice-list", "notice list", schema_of::<NoticeList>),
    ("notice-status", "notice status, subscribe and unsubscribe", schema_of::<NoticeStatusList>),
    ("plan", "apply and diff", schema_of::<PlanView>),
    ("platform", "platform show and set", schema_of::<PlatformView>),
    ("platform-list", "platform list", schema_of::<PlatformList>),
    ("platform-import", "platform import --dry-run", schema_of::<Proposal>),
    (
        "registration",
        "registration show, create and all commands that change one",
        schema_of::<RegistrationView>,
    ),
    ("registration-list", "registration list", schema_of::<RegistrationList>),
    (
        "registration-url",
        "registration url, consumer registration-url",
        schema_of::<RegistrationUrlView>,
    ),
    (
        "resource",
        "resource show, publish and all commands that change one",
        schema_of::<ResourceView>,
    ),
    ("resource-list", "resource list", schema_of::<ResourceList>),
    ("restore", "restore", schema_of::<RestoredView>),
    ("sandbox", "sandbox", schema_of::<SandboxView>),
    ("sandbox-launches", "sandbox --launch", schema_of::<SmokeList>),
    ("schema-list", "schema without a name", schema_of::<SchemaList>),
    ("search", "search", schema_of::<SearchResults>),
    ("settings", "config list, get and set", schema_of::<SettingList>),
    ("status", "status", schema_of::<StatusView>),
    ("sync-grades", "sync grades", schema_of::<GradeSyncView<'static>>),
    ("sync-members", "sync members", schema_of::<MemberSyncView<'static>>),
    ("sync-status", "sync status", schema_of::<SyncStatusView>),
    ("tool-details", "registration tool-details", schema_of::<ToolDetails>),
    ("tool-details-form", "registration tool-details --for PLATFORM", schema_of::<Sheet>),
    ("tool-details-forms", "registration tool-details --for list", schema_of::<FormList>),
];

/// Canvas defines the shape of its configuration and may extend it; these properties are stable.
fn canvas_configuration() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "description": "The tool's configuration for a Canvas developer key. Canvas defines its \
            shape.",
        "type": "object",
        "required": ["title", "description", "oidc_initiation_url", "target_link_uri", "public_jwk_url", "scopes", "extensions"],
        "patternProperties": {
            "^(title|description|oidc_initiation_url|target_link_uri|public_jwk_url)$": text,
            "^scopes$": { "type": "array", "items": text },
            "^extensions$": { "type": "array" },
        },
    })
}

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[(
    "",
    &[
        ("ltictl schema", "List all schemas"),
        (
            "ltictl schema registration > registration.schema.json",
            "Print the schema of one command's output",
        ),
    ],
)];

/// Print the JSON Schema of -o json output, or list all schemas
///
/// The schemas use draft 2020-12. Every property is required, and null if there is no value; new
/// versions may add properties. YAML output has the same shape. Options that select columns of a
/// list change its shape, too.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Name of the schema [default: list all schemas]
    #[arg(value_parser = PossibleValuesParser::new(names()).map(|name| row(&name)), conflicts_with_all = ["columns", "sort", "filters", "search", "limit"])]
    name: Option<&'static Row>,
    #[command(flatten)]
    options: ListOptions,
}

fn names() -> Vec<PossibleValue> {
    SCHEMAS.iter().map(|(name, of, _)| PossibleValue::new(*name).help(*of)).collect()
}

fn row(name: &str) -> &'static Row {
    SCHEMAS.iter().find(|(known, ..)| *known == name).expect("the parser accepts no other name")
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let Some((name, of, schema)) = arguments.name else {
        let rows = SCHEMAS.iter().map(|(name, of, _)| SchemaRow { name, of });
        return context.print_list(SchemaList(rows.collect()), arguments.options);
    };
    Context::print_text(&document(name, of, schema()).map_err(|error| {
        Failure::new(Kind::Failed, "no schema", error.to_string(), "report this as a bug")
    })?)
}

/// The keys of the rows that a command lists, such as `registration list`.
pub(super) fn row_keys(command: &str) -> Vec<String> {
    let is_of = |of: &str| {
        of.strip_prefix(command).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ',']))
    };
    SCHEMAS
        .iter()
        .filter(|(_, of, _)| is_of(of))
        .map(|(.., schema)| report::row_keys(&schema()))
        .find(|keys| !keys.is_empty())
        .unwrap_or_default()
}

/// The schema with its title, as text.
fn document(name: &str, of: &str, mut schema: Value) -> serde_json::Result<String> {
    schema["title"] = format!("ltictl {name}: {of}").into();
    serde_json::to_string_pretty(&schema)
}

/// A published schema.
#[derive(Debug, Serialize, JsonSchema)]
struct SchemaRow {
    /// Its name, as `ltictl schema` accepts it.
    name: &'static str,
    /// The command whose output it describes.
    of: &'static str,
}

/// All schemas.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
struct SchemaList(Vec<SchemaRow>);

impl View for SchemaList {
    fn table(&self, style: Style) -> String {
        let mut table = Table::new(style, &["NAME", "OUTPUT OF"]);
        for row in &self.0 {
            table.row(&[row.name, row.of], None);
        }
        table.finish("No schemas.")
    }

    fn identifiers(&self) -> Vec<String> {
        self.0.iter().map(|row| row.name.to_owned()).collect()
    }
}

list!(SchemaList, SchemaRow, |row| format!("{}\n{}", row.name, row.of));
