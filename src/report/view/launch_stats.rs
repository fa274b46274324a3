//! Numbers of launches through each registration, and their outcomes.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Derived, Extended, list, or_dash, short_time, with_zone};
use crate::admin::launch_log::LaunchStats;
use crate::domain::{Slug, json};
use crate::report::bar::{bar, width};
use crate::report::table::Health;
use crate::report::{RowList, Style, Table, View};

/// The label for launches without a registration.
const NO_REGISTRATION: &str = "(none)";

/// Launches through one registration, with totals.
pub type LaunchStatsView = Extended<LaunchStats, LaunchTotals>;

/// The totals of a registration's launches and logins.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LaunchTotals {
    /// Launches and logins since this time are counted.
    #[serde(rename = "counting_began_at", serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub since: Timestamp,
    /// Launches, accepted or refused.
    pub launches: u64,
    /// Refused launches.
    pub refused: u64,
    /// Share of accepted launches, from 0 to 1; `null` if there are no launches.
    pub success_rate: Option<f64>,
    /// Logins that the platform has not returned.
    pub logins_never_returned: u64,
}

impl Derived for LaunchTotals {
    const PLACES: &'static [(&'static str, &'static str)] = &[
        ("counting_began_at", "registration"),
        ("launches", "counting_began_at"),
        ("refused", "accepted"),
        ("success_rate", "refused"),
        ("logins_never_returned", "logins_returned"),
    ];
}

impl LaunchStatsView {
    /// The view of what was counted since a time.
    pub fn new(stats: LaunchStats, since: Timestamp) -> Self {
        let (refused, launches) = (stats.refused(), stats.accepted + stats.refused());
        let derived = LaunchTotals {
            since,
            launches,
            refused,
            // More than four digits would be meaningless.
            success_rate: (launches > 0)
                .then(|| (stats.accepted as f64 / launches as f64 * 10_000.0).round() / 10_000.0),
            logins_never_returned: stats.logins_never_returned(),
        };
        Self { value: stats, derived }
    }

    fn name(&self) -> &str {
        self.registration.as_ref().map_or(NO_REGISTRATION, Slug::as_str)
    }
}

/// Every registration.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct LaunchStatsList(Vec<LaunchStatsView>);

impl LaunchStatsList {
    /// The numbers of each registration, with a bar of the accepted launches on a terminal.
    fn registrations(&self, style: Style) -> String {
        let longest = self.0.iter().map(|stats| stats.name().chars().count()).max().unwrap_or(0);
        let bars = width(style, u16::try_from(longest).unwrap_or(u16::MAX).saturating_add(90));
        let last_success = with_zone("LAST SUCCESS");
        let mut header = vec!["REGISTRATION", "LAUNCHES", "ACCEPTED", "REFUSED", "SUCCESS"];
        header.extend(bars.map(|_| ""));
        header.extend([last_success.as_str(), "LOGINS", "UNFINISHED"]);
        let mut table = Table::new(style, &header);
        for stats in &self.0 {
            let totals = &stats.derived;
            let success = totals
                .success_rate
                .map_or_else(|| "-".to_owned(), |rate| format!("{:.1} %", rate * 100.0));
            let numbers = [
                totals.launches,
                stats.accepted,
                totals.refused,
                stats.logins_started,
                totals.logins_never_returned,
            ]
            .map(|number| number.to_string());
            let [launches, accepted, refused, logins, never] = &numbers;
            let drawn = bars.map(|width| bar(stats.accepted, totals.launches, width));
            let mut cells = vec![stats.name(), launches, accepted, refused, &success];
            cells.extend(drawn.as_deref());
            let last_success = or_dash(stats.last_success_at.map(short_time));
            cells.extend([last_success.as_str(), logins, never]);
            let health = match totals.success_rate {
                None => None,
                Some(rate) if rate >= 0.95 => Some(Health::Good),
                Some(rate) if rate >= 0.5 => Some(Health::Waiting),
                Some(_) => Some(Health::Bad),
            };
            table.row(&cells, health.map(|health| (if drawn.is_some() { 5 } else { 4 }, health)));
        }
        table.finish("No registrations and no launches. `ltictl serve` receives launches.")
    }

    /// Why launches were refused, with a bar of each reason on a terminal.
    fn failures(&self, style: Style) -> Option<String> {
        let all = || {
            self.0
                .iter()
                .flat_map(|stats| stats.failures.iter().map(move |failure| (stats.name(), failure)))
        };
        let most = all().map(|(_, failure)| failure.count).max()?;
        let longest = all()
            .map(|(name, failure)| name.chars().count() + failure.reason.chars().count())
            .max()
            .unwrap_or(0);
        let bars = width(style, u16::try_from(longest).unwrap_or(u16::MAX).saturating_add(20));
        let mut header = vec!["REGISTRATION", "REASON", "REFUSED"];
        header.extend(bars.map(|_| ""));
        let mut table = Table::new(style, &header);
        for (name, failure) in all() {
            let count = failure.count.to_string();
            let drawn = bars.map(|width| bar(failure.count, most, width));
            let mut cells = vec![name, &failure.reason, &count];
            cells.extend(drawn.as_deref());
            table.row(&cells, drawn.is_some().then_some((3, Health::Bad)));
        }
        Some(table.finish(""))
    }
}

impl View for LaunchStatsList {
    fn table(&self, style: Style) -> String {
        let registrations = self.registrations(style);
        match self.failures(style) {
            Some(failures) => format!("{registrations}\n\n{failures}"),
            None => registrations,
        }
    }

    fn identifiers(&self) -> Vec<String> {
        self.0.iter().filter_map(Self::identifier).collect()
    }
}

impl RowList for LaunchStatsList {
    const NOUN: &'static str = "registrations";

    fn of(rows: Vec<LaunchStatsView>) -> Self {
        Self(rows)
    }

    fn identifier(row: &LaunchStatsView) -> Option<String> {
        row.registration.as_ref().map(Slug::to_string)
    }
}

list!(LaunchStatsList, LaunchStatsView, |stats| stats.name().to_owned());
