//! The time zone in which this process prints times for people. Columns and labels with times name
//! it, so that cells need not.

use std::sync::OnceLock;

use jiff::Timestamp;

use crate::domain::Zone;

static ZONE: OnceLock<Zone> = OnceLock::new();

/// Sets the zone of all tables. Later calls have no effect: a table has one zone.
pub fn set_zone(zone: Zone) {
    let _ = ZONE.set(zone);
}

/// The zone of all tables; UTC if none was set.
pub fn zone() -> &'static Zone {
    static UTC: Zone = Zone::UTC;
    ZONE.get().unwrap_or(&UTC)
}

/// A time in a table, to the second. The heading or label has the zone's name, see [`with_zone`].
pub(super) fn short_time(moment: Timestamp) -> String {
    zone().second(moment)
}

/// A time in a sentence, to the second and with the zone's name.
pub(super) fn whole_time(moment: Timestamp) -> String {
    zone().second_with_name(moment)
}

/// A heading or label of times, with the zone's name.
pub(super) fn with_zone(heading: &str) -> String {
    format!("{heading} ({})", zone().name())
}
