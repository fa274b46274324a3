//! What is shown: one file per noun, each with the stable JSON shape and the table of it.

#![warn(missing_docs)]

mod account;
mod app_key;
mod audit;
mod backup;
mod consumer;
mod doctor;
mod explain;
mod grade;
mod key;
mod launch;
mod launch_stats;
mod manifest;
mod plan;
mod registration;
mod resource;
mod settings;
mod sync;

pub use self::account::{
    AccountDetails, AccountExport, AccountLinkView, AccountList, AccountView, ConsumerUserView,
    EnrolmentView, GrantsView,
};
pub use self::app_key::AppKeyView;
pub use self::audit::{AuditEntryView, AuditList, AuditProblemView, AuditProofView};
pub use self::backup::{BackupView, DatabaseView, RestoredView, TableView};
pub use self::consumer::{ConsumerList, ConsumerView};
pub use self::doctor::{FindingView, Findings};
pub use self::explain::{CodeList, ExplanationView, Explanations};
pub use self::grade::{GradeList, GradeView};
pub use self::key::{Jwk, KeyList, KeyView, Keyset, PublicPem};
pub use self::launch::{LaunchList, LaunchView};
pub use self::launch_stats::{FailureCount, LaunchStatsList, LaunchStatsView};
pub use self::manifest::ManifestView;
pub use self::plan::{ChangeView, FieldView, PlanView};
pub use self::registration::{
    AttemptView, DeploymentList, DeploymentView, DynamicRegistrationView, PlatformDetailsView,
    PlatformView, RegistrationList, RegistrationUrlView, RegistrationView, ToolDetails,
    ToolDetailsView,
};
pub use self::resource::{LaunchDetails, ResourceList, ResourceView};
pub use self::settings::{Initialised, SettingList};
pub use self::sync::{GradeSyncView, LinkView, MemberSyncView, StuckView, SyncStatusView};

use jiff::{SignedDuration, Timestamp};

/// The rows of a list that is nothing but its rows.
macro_rules! list {
    ($list:ident, $row:ty) => {
        impl crate::report::List for $list {
            type Row = $row;

            fn rows(&self) -> &[$row] {
                &self.0
            }

            fn rows_mut(&mut self) -> &mut Vec<$row> {
                &mut self.0
            }
        }
    };
}

pub(crate) use list;

/// A moment as JSON has it: RFC 3339 in UTC, to the second.
pub fn rfc3339(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The age of a key as tables have it.
fn age_in_words(age: SignedDuration) -> String {
    match age.as_hours() {
        0 => "new".to_owned(),
        1 => "1 hour".to_owned(),
        hours @ 2..48 => format!("{hours} hours"),
        hours => format!("{} days", hours / 24),
    }
}

/// A moment as tables have it.
fn short_time(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
