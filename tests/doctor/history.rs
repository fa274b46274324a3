//! What the launch log and the tallies say.

use jiff::Timestamp;
use ltictl::usecase::diagnose::{TOOL, Verdict};

use crate::desk::{Desk, fix, verdict};
use crate::lab::REGISTRATION;

#[test]
fn an_attempt_at_dynamic_registration_that_nobody_finished_is_found() {
    let desk = Desk::new();
    assert_eq!(verdict(&desk.findings(), "dynamic_registration"), None, "nothing was tried");
    desk.sql(
        "INSERT INTO registration_attempt (registration_id, invitation_id, at, platform)
         SELECT registration_id, id, created_at, 'https://lms.example.edu' FROM registration_invitation",
    );
    assert_eq!(verdict(&desk.findings(), "dynamic_registration"), Some(Verdict::Warn));
    assert!(fix(&desk.findings(), "dynamic_registration").contains(&format!("ltictl registration url {REGISTRATION}")));
    desk.sql("UPDATE registration_attempt SET code = 'registered', finished_at = at");
    assert_eq!(verdict(&desk.findings(), "dynamic_registration"), Some(Verdict::Ok));
}

#[test]
fn the_log_speaks() {
    let desk = Desk::new();
    assert_eq!(verdict(&desk.findings(), "last_launch"), Some(Verdict::Warn));
    let now = Timestamp::now().as_millisecond();
    let refused = |id: u32, reason: &str, fix: &str, registration: &str| {
        desk.sql(&format!("INSERT INTO launch (id, at, reason, fix, registration) VALUES ('{id:016}', {now}, '{reason}', '{fix}', {registration})"));
    };
    refused(1, "rare", "not this", "'test-platform'");
    refused(2, "frequent", "an older fix", "'test-platform'");
    refused(3, "frequent", "the newest fix", "'test-platform'");
    refused(4, "registration_unknown", "of strangers", "NULL");
    desk.sql(&format!("INSERT INTO launch (id, at, registration) VALUES ('{:016}', {now}, 'test-platform')", 5));
    desk.sql(&format!("INSERT INTO launch (id, at, reason, registration) VALUES ('{:016}', {}, 'old', 'test-platform')", 0, now - 48 * 3600 * 1000));
    let findings = desk.findings();
    assert_eq!(verdict(&findings, "last_launch"), Some(Verdict::Ok));
    let refusals: Vec<_> = findings.iter().filter(|finding| finding.check == "refusals").collect();
    assert_eq!((refusals[0].subject.as_str(), refusals[0].fix.as_deref()), (TOOL, Some("of strangers")));
    assert_eq!((refusals[1].subject.as_str(), refusals[1].fix.as_deref()), (REGISTRATION, Some("the newest fix")));
    assert!(refusals[1].sentence.contains("frequent") && refusals[1].evidence.as_deref().unwrap().starts_with("2 times"), "{refusals:?}");
}
