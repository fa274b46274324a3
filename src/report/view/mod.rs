//! Views, one file per noun. A view is a domain value with derived values, and its table is a list of
//! labels and functions.

#![warn(missing_docs)]

mod account;
mod app_key;
mod audit;
mod backup;
mod client;
mod consumer;
mod consumer_migration;
mod course_context;
mod doctor;
mod explain;
mod extended;
mod grade;
mod identity_provider;
mod key;
mod launch;
mod launch_stats;
mod manifest;
mod notice;
mod plan;
mod registration;
mod resource;
mod search;
mod settings;
mod signed_link;
mod status;
mod sync;
mod terms;

pub use self::account::{
    AccountDetails, AccountExport, AccountList, EnrolmentState, EnrolmentView, GrantsView,
};
pub use self::app_key::AppKeyView;
pub use self::audit::AuditList;
pub use self::backup::{DatabaseView, RestoredView, UpgradedView};
pub use self::client::{AppSheetView, ClientList, ClientView};
pub use self::consumer::{ConsumerList, ConsumerView};
pub use self::consumer_migration::ConsumerMigrationView;
pub use self::course_context::{CourseContextList, CourseContextView};
pub use self::doctor::Findings;
pub(super) use self::doctor::{FindingsOrder, FindingsTable};
pub use self::explain::{CodeList, Explanations};
pub use self::grade::{GradeList, GradeView};
pub use self::identity_provider::{IdentityProviderList, IdentityProviderView};
pub use self::key::{Jwk, KeyList, KeyStatus, KeyView, Keyset, PublicPem};
pub use self::launch::{LaunchList, LaunchView, LoggedLaunch};
pub use self::launch_stats::{LaunchStatsList, LaunchStatsView, LaunchTotals};
pub use self::manifest::ManifestView;
pub use self::notice::{NoticeList, NoticeStatusList, NoticeStatusView};
pub use self::plan::{ChangeView, PlanView};
pub use self::registration::{
    AllDeploymentList, AttemptView, DeploymentList, DeploymentView, DynamicRegistrationView,
    PlatformList, PlatformView, PolicyView, RegistrationList, RegistrationState,
    RegistrationUrlView, RegistrationView, ToolDetails,
};
pub use self::resource::{LaunchDetails, LinkList, ResourceLink, ResourceList, ResourceView};
pub use self::search::{SearchResult, SearchResults};
pub use self::settings::{Initialised, SettingList};
pub use self::signed_link::SignedLaunchDetails;
pub use self::status::{ServerStatus, StatusView};
pub use self::sync::{GradeSyncView, LinkView, MemberSyncView, SyncStatusView};
pub use self::terms::TermsList;

use jiff::SignedDuration;

pub use self::extended::{Derived, Extended};
pub use crate::domain::rfc3339;
use crate::report::zone::{localized, short_time, whole_time, with_zone};

/// A list that consists of its rows only. With columns, the whole view is defined; without, it has
/// the function that returns the texts of a row that are searched.
macro_rules! list {
    (
        $(#[$documentation:meta])*
        $list:ident of $row:ty {
            noun: $noun:literal,
            columns: $columns:expr,
            identifier: $identifier:expr,
            empty: $empty:literal $(,)?
        }
    ) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, serde::Serialize, schemars::JsonSchema)]
        #[serde(transparent)]
        pub struct $list(pub Vec<$row>);

        impl $list {
            const COLUMNS: &'static [crate::report::table::Column<$row>] = $columns;
        }

        impl crate::report::View for $list {
            fn table(&self, style: crate::report::Style) -> String {
                crate::report::Table::of(style, Self::COLUMNS, &self.0).finish($empty)
            }

            fn identifiers(&self) -> Vec<String> {
                self.0.iter().filter_map(<Self as crate::report::RowList>::identifier).collect()
            }
        }

        impl crate::report::RowList for $list {
            const NOUN: &'static str = $noun;

            fn of(rows: Vec<$row>) -> Self {
                Self(rows)
            }

            fn identifier(row: &$row) -> Option<String> {
                let identifier: fn(&$row) -> String = $identifier;
                Some(identifier(row))
            }
        }

        crate::report::view::list!($list, $row, |row| {
            crate::report::table::texts($list::COLUMNS, row)
        });
    };
    ($list:ident, $row:ty, $searched:expr) => {
        impl crate::report::List for $list {
            type Row = $row;

            fn rows(&self) -> &[$row] {
                &self.0
            }

            fn rows_mut(&mut self) -> &mut Vec<$row> {
                &mut self.0
            }

            fn searched(row: &$row) -> String {
                let searched: fn(&$row) -> String = $searched;
                searched(row)
            }
        }
    };
}

pub(crate) use list;

/// The age of a key in tables.
fn age_in_words(age: SignedDuration) -> String {
    match age.as_hours() {
        0 => "new".to_owned(),
        1 => "1 hour".to_owned(),
        hours @ 2..48 => format!("{hours} hours"),
        hours => format!("{} days", hours / 24),
    }
}

/// Text that may be missing, in tables.
fn or_dash(text: Option<impl ToString>) -> String {
    text.map_or_else(|| "-".to_owned(), |text| text.to_string())
}

/// `yes` or `no`.
fn yes_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}
