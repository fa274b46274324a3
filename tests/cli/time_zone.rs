//! Times in tables are local and name their zone; programs get UTC.

use ltictl::domain::{Launch, LaunchId, Outcome};

use crate::doctor::setup::Desk;
use crate::lab::database::insert_launch;

/// What a command prints in a time zone of the machine.
fn printed(desk: &Desk, zone: &str, line: &str) -> String {
    let output = crate::lab::binary()
        .args(line.split(' '))
        .env("LTICTL_DB", &desk.database)
        .env("TZ", zone)
        .output()
        .unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// The machine's zone, a command, and a part of what it prints then.
const TIMES: &[(&str, &str, &[&str])] = &[
    ("UTC", "launch list", &["TIME (UTC) ", "2026-10-25 00:30:00 ", "2026-10-25 01:30:00 "]),
    ("Etc/UTC", "launch list", &["TIME (UTC) "]),
    ("America/New_York", "launch list", &["TIME (America/New_York)", "2026-10-24 20:30:00 "]),
    ("UTC", "config set time_zone europe/berlin", &["Europe/Berlin"]),
    (
        "America/New_York",
        "launch list",
        // An hour that occurs twice.
        &["TIME (Europe/Berlin)", "2026-10-25 02:30:00+02:00 ", "2026-10-25 02:30:00+01:00 "],
    ),
    ("UTC", "launch show 0000000000000001", &["Time (Europe/Berlin)", "2026-10-25 02:30:00+02:00"]),
    (
        "UTC",
        "launch list --columns id,received_at",
        &["RECEIVED AT (Europe/Berlin)\n", "  2026-10-25 02:30:00+02:00\n"],
    ),
    ("UTC", "registration url test-platform", &["https://"]),
    ("UTC", "registration tool-details test-platform", &["expires", " Europe/Berlin"]),
    ("UTC", "account create sam", &["sam"]),
    ("UTC", "resource update algebra-quiz --max-grade 10", &["algebra-quiz"]),
    (
        "UTC",
        "grade set algebra-quiz sam 5",
        &["Started (Europe/Berlin)", "Submitted (Europe/Berlin)"],
    ),
    ("UTC", "launch list -o json", &["\"2026-10-25T00:30:00Z\"", "\"2026-10-25T01:30:00Z\""]),
    ("UTC", "launch list -o csv", &["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]),
    ("UTC", "launch show 0000000000000001 -o env", &["'2026-10-25T00:30:00Z'"]),
    ("UTC", "export", &["time_zone: Europe/Berlin"]),
    ("UTC", "doctor --offline", &[", newest launch 2090-01-01 01:00:00 Europe/Berlin"]),
    ("UTC", "doctor --offline -o json", &[", newest launch 2090-01-01T00:00:00Z\""]),
    (
        "UTC",
        "resource update algebra-quiz --opens-at 2026-06-01T08:00:00Z",
        &["Opens ", " 2026-06-01 10:00:00 Europe/Berlin\n"],
    ),
    (
        "UTC",
        "config set time_zone Berlin",
        &["time zone in the IANA database, for instance Europe/Berlin"],
    ),
    ("UTC", "config set time_zone Europe/Atlantis", &["such as Europe/Lisbon or UTC"]),
];

#[test]
fn tables_have_local_times_and_name_the_zone_and_programs_get_utc() {
    let desk = Desk::new();
    for (number, at) in
        [(1, "2026-10-25T00:30:00Z"), (2, "2026-10-25T01:30:00Z"), (3, "2090-01-01T00:00:00Z")]
    {
        let id = LaunchId::parse(&format!("{number:016}")).unwrap();
        let launch = Launch::new(id, at.parse().unwrap(), Outcome::Accepted);
        insert_launch(&desk.database, &launch);
    }
    for (zone, line, parts) in TIMES {
        let printed = printed(&desk, zone, line);
        for part in *parts {
            assert!(printed.contains(part), "{line} in {zone} does not print {part:?}: {printed}");
        }
    }
    let cleared = crate::lab::binary()
        .args(["config", "set", "time_zone", ""])
        .env("LTICTL_DB", &desk.database)
        .status();
    assert!(cleared.unwrap().success());
    assert!(printed(&desk, "Asia/Tokyo", "audit list").contains("TIME (Asia/Tokyo)"));
}
