//! The time zone in which this process prints times for people. Columns and labels with times name
//! it, so that cells need not.

use std::borrow::Cow;
use std::sync::{LazyLock, OnceLock};

use jiff::Timestamp;

use crate::domain::Zone;

/// The zone that the settings name; `None` stands for that of this machine.
static CHOSEN: OnceLock<Option<Zone>> = OnceLock::new();

/// Sets the zone of all tables; without one, it is that of this machine. Later calls have no effect:
/// a table has one zone.
pub fn set_zone(chosen: Option<Zone>) {
    let _ = CHOSEN.set(chosen);
}

/// The zone of all tables; UTC if none was set. That of the machine is found when a time is printed
/// for the first time, because a whole directory of zones is read for it.
pub fn zone() -> &'static Zone {
    static UTC: Zone = Zone::UTC;
    static OF_MACHINE: LazyLock<Zone> = LazyLock::new(Zone::of_machine);
    match CHOSEN.get() {
        Some(Some(zone)) => zone,
        Some(None) => &OF_MACHINE,
        None => &UTC,
    }
}

/// A time in a table, to the second. The heading or label has the zone's name, see [`with_zone`].
pub(super) fn short_time(moment: Timestamp) -> String {
    zone().second(moment)
}

/// A time in a sentence, to the second and with the zone's name.
pub(super) fn whole_time(moment: Timestamp) -> String {
    zone().second_with_name(moment)
}

/// A text in which times as JSON has them are written as people read them, see `whole_time`. Times
/// in commands, in quotation marks and after "such as" are unchanged: they are what was typed, or
/// what to type.
pub fn localized(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let may_end = |(end, _): (usize, &str)| end > 0 && bytes[end - 1].is_ascii_digit();
    // Most texts have no times, and need no zone.
    if text.match_indices('Z').any(may_end) {
        localized_in(zone(), text)
    } else {
        Cow::Borrowed(text)
    }
}

fn localized_in<'t>(zone: &Zone, text: &'t str) -> Cow<'t, str> {
    let (mut written, mut is_code, mut is_value) = (String::new(), false, false);
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_start_matches('(');
        let bare = &bare[..bare.find('Z').map_or(0, |end| end + 1)];
        let moment = if is_code || is_value { None } else { json_time(bare) };
        match moment {
            Some(moment) => {
                written.push_str(&word.replacen(bare, &zone.second_with_name(moment), 1));
            }
            None => written.push_str(word),
        }
        is_code ^= word.matches('`').count() % 2 == 1;
        is_value = word.starts_with("--") || word == "as ";
    }
    Cow::Owned(written)
}

/// A time as JSON has it.
pub(super) fn json_time(text: &str) -> Option<Timestamp> {
    text.ends_with('Z').then(|| text.parse().ok()).flatten()
}

/// A heading or label of times, with the zone's name.
pub(super) fn with_zone(heading: &str) -> String {
    format!("{heading} ({})", zone().name())
}

#[cfg(test)]
mod tests {
    use super::localized_in;

    #[test]
    fn times_in_sentences_are_local_and_those_in_commands_are_unchanged() {
        let berlin = "Europe/Berlin".parse().unwrap();
        for (text, expected) in [
            (
                "from 2026-06-01T08:00:00Z, to (2026-12-01T08:00:00.5Z).",
                "from 2026-06-01 10:00:00 Europe/Berlin, to (2026-12-01 09:00:00 Europe/Berlin).",
            ),
            ("due 2026-06-01T08:00:00Z", "due 2026-06-01 10:00:00 Europe/Berlin"),
            (
                "`launch list --since 2026-06-01T08:00:00Z`",
                "`launch list --since 2026-06-01T08:00:00Z`",
            ),
            ("in `x 2026-06-01T08:00:00Z y`", "in `x 2026-06-01T08:00:00Z y`"),
            ("with --until 2026-06-01T08:00:00Z", "with --until 2026-06-01T08:00:00Z"),
            ("such as 2026-06-01T08:00:00Z", "such as 2026-06-01T08:00:00Z"),
            ("\"2026-06-01T08:00:00Z\"", "\"2026-06-01T08:00:00Z\""),
            ("Zoë Z. at  Zürich\n Z", "Zoë Z. at  Zürich\n Z"),
            ("", ""),
        ] {
            assert_eq!(localized_in(&berlin, text), expected);
        }
    }
}
