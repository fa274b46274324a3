//! Tests of accounts with their own database.

use jiff::SignedDuration;

use super::*;
use crate::admin::{grade, publish};
use crate::domain::{Name, ResourceKind, Score, Username};
use crate::rules;
use crate::rules::grade::NewGrade;
use crate::rules::resource::ResourceChange;

fn now() -> Timestamp {
    "2026-11-23T17:00:00Z".parse().unwrap()
}

/// A database with the account `sam` and the resource `quiz`, whose enrolments last a day.
fn class() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::create(directory.path().join("ltictl.db")).unwrap();
    let random = Random::seeded(1);
    create(
        &mut store,
        &Username::new("sam").unwrap(),
        &NewAccount::default(),
        false,
        now(),
        &random,
    )
    .unwrap();
    let change = ResourceChange {
        kind: Some(ResourceKind::Activity),
        max_grade: Some("10".parse().unwrap()),
        enrolment_duration: Some("1d".parse().unwrap()),
        ..ResourceChange::default()
    };
    publish::publish(&mut store, &Name::new("Quiz").unwrap(), None, &change, false, now(), &random)
        .unwrap();
    (directory, store)
}

#[test]
fn enrolment_is_renewed_only_after_it_has_ended() {
    let (_directory, mut store) = class();
    let day = SignedDuration::from_hours(24);
    let ends_at = |record: &AccountRecord| record.enrolments[0].1.ends_at.unwrap();
    for (hours, expected) in [(0, now() + day), (23, now() + day), (24, now() + day * 2)] {
        let record = enrol(
            &mut store,
            &"sam".into(),
            &"quiz".into(),
            None,
            now() + SignedDuration::from_hours(hours),
        )
        .unwrap();
        assert_eq!(ends_at(&record), expected, "after {hours} hours");
        assert_eq!(record.enrolments[0].1.created_at, now());
    }
}

#[test]
fn account_is_not_deleted_if_its_export_fails() {
    let (_directory, mut store) = class();
    let new = NewGrade { score: Some(Score::new(7.0).unwrap()), ..NewGrade::default() };
    grade::set(&mut store, &"quiz".into(), &"sam".into(), &new, now()).unwrap();
    let before = show(store.read(), &"sam".into()).unwrap();
    let disk_full = Failure::new(Kind::Failed, "cannot write", "the disk is full", "make room");
    assert_eq!(
        delete(&mut store, &"sam".into(), |_| Err(disk_full.clone())).unwrap_err(),
        disk_full
    );
    assert_eq!(show(store.read(), &"sam".into()).unwrap(), before);

    let mut exported = None;
    delete(&mut store, &"sam".into(), |record| {
        exported = Some(record.clone());
        Ok(())
    })
    .unwrap();
    assert_eq!(exported, Some(before));
    assert_eq!(show(store.read(), &"sam".into()).unwrap_err().kind, Kind::NotFound);
}

#[test]
fn password_opens_only_its_own_account() {
    let (_directory, mut store) = class();
    let random = Random::seeded(2);
    assert!(
        set_password(&mut store, &"sam".into(), Some("correct horse"), now(), &random)
            .unwrap()
            .account
            .has_password
    );
    let sam = rules::account::find(store.read(), &"SAM".into()).unwrap();
    let hash = store.read().password_hash(sam.id).unwrap();
    assert!(
        passwords::verify("correct horse", hash.as_deref())
            && !passwords::verify("correct horses", hash.as_deref())
    );
    assert!(
        !set_password(&mut store, &"sam".into(), None, now(), &random)
            .unwrap()
            .account
            .has_password
    );
    assert_eq!(store.read().password_hash(sam.id).unwrap(), None);
}
