//! The states of keys, day by day.

use super::*;
use crate::admin::setup;
use crate::domain::{Name, PublicUrl};

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn day(days: i32) -> Timestamp {
    start() + DAY * days
}

fn tool(rotation: &str) -> (Store, Pool, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ltictl.db");
    let url = PublicUrl::new("https://tool.example.edu", false).unwrap();
    setup::init(&path, url, Name::new("Tool").unwrap(), false, start(), &Random::System).unwrap();
    let mut store = Store::open(&path).unwrap();
    setup::set(&mut store, "key_rotation", rotation, false).unwrap();
    let pool = Pool::open(&path).unwrap();
    (store, pool, directory)
}

/// Every key as `state from until`, in days, the newest first.
fn states(store: &Store) -> Vec<String> {
    let days = |moment: Option<Timestamp>| {
        moment.map_or_else(
            || "-".to_owned(),
            |moment| (moment.duration_since(start()).as_hours() / 24).to_string(),
        )
    };
    let keys = store.read().signing_keys(KeyPurpose::Lti).unwrap();
    keys.iter()
        .map(|key| {
            format!("{} {} {}", key.state.as_str(), days(key.signs_from), days(key.signed_until))
        })
        .collect()
}

/// Maintains the keys on a day, by a clock that is right.
async fn maintained(pool: &Pool, today: i32) -> Result<KeyChanges, Failure> {
    maintain(pool, KeyPurpose::Lti, day(today), Some(day(today)), &Random::System).await
}

#[tokio::test]
async fn a_clock_that_is_wrong_for_a_while_retires_no_key_and_schedules_none() {
    let (store, pool, _directory) = tool("90d");
    maintained(&pool, 89).await.unwrap();
    maintained(&pool, 90).await.unwrap();
    let expected = ["active 90 -", "published 0 90"];
    assert_eq!(states(&store), expected);
    for steady in [Some(day(91)), None] {
        assert!(
            maintain(&pool, KeyPurpose::Lti, day(455), steady, &Random::System)
                .await
                .unwrap()
                .is_empty()
        );
        assert_eq!(states(&store), expected);
    }
    maintained(&pool, 97).await.unwrap();
    assert_eq!(states(&store), ["active 90 -", "retired 0 90"]);
}

#[tokio::test]
async fn schedule_publishes_activates_and_retires_keys() {
    let (store, pool, _directory) = tool("90d");
    for (today, expected) in [
        (88, vec!["active 0 -"]),
        (89, vec!["next 90 -", "active 0 -"]),
        (90, vec!["active 90 -", "published 0 90"]),
        (96, vec!["active 90 -", "published 0 90"]),
        (97, vec!["active 90 -", "retired 0 90"]),
        (179, vec!["next 180 -", "active 90 -", "retired 0 90"]),
    ] {
        let kept = maintained(&pool, today).await.unwrap();
        assert_eq!(states(&store), expected, "day {today}: {kept:?}");
        assert!(
            maintained(&pool, today).await.unwrap().is_empty(),
            "day {today}: all of it is done"
        );
    }
    let retired = store
        .read()
        .signing_keys(KeyPurpose::Lti)
        .unwrap()
        .into_iter()
        .find(|key| key.state == KeyState::Retired)
        .unwrap();
    assert!(retired.private_key.expose().is_empty(), "the private half is wiped");
}

#[tokio::test]
async fn two_servers_rotate_once() {
    let (store, one, directory) = tool("90d");
    let other = one.clone();
    let path = directory.path().join("ltictl.db");
    let third = Pool::open(&path).unwrap();
    let (first, second, third) =
        tokio::join!(maintained(&one, 89), maintained(&other, 89), maintained(&third, 89));
    let published = [first, second, third]
        .into_iter()
        .filter(|kept| kept.as_ref().unwrap().published.is_some())
        .count();
    assert_eq!(published, 1);
    assert_eq!(states(&store), ["next 90 -", "active 0 -"]);
}

#[tokio::test]
async fn key_rotated_manually_signs_as_scheduled_and_old_key_stays_until_retired() {
    let (mut store, pool, _directory) = tool("off");
    let old = store.read().active_signing_key(KeyPurpose::Lti).unwrap();
    let (next, existed) =
        rotate(&mut store, KeyPurpose::Lti, DAY * 2, false, day(10), &Random::System).unwrap();
    assert!(!existed);
    assert_eq!(states(&store), ["next 12 -", "active 0 -"]);
    let keyset = crate::rules::signing_key::public_keyset(store.read(), KeyPurpose::Lti).unwrap();
    assert_eq!(
        (&keyset["keys"][0]["kid"], &keyset["keys"][1]["kid"]),
        (&old.kid.as_str().into(), &next.kid.as_str().into()),
        "readers that take the first key take the active one"
    );
    assert!(maintained(&pool, 11).await.unwrap().is_empty());
    assert_eq!(maintained(&pool, 12).await.unwrap().activated, Some(next.kid));
    assert_eq!(states(&store), ["active 12 -", "published 0 12"]);
    assert!(
        maintained(&pool, 1000).await.unwrap().is_empty(),
        "without a schedule nothing is retired, and nothing follows"
    );
    retire(&mut store, old.kid.as_str(), day(20)).unwrap();
    assert_eq!(states(&store), ["active 12 -", "retired 0 12"]);
}

#[test]
fn only_one_key_can_be_next() {
    let (mut store, _pool, _directory) = tool("off");
    let (next, _) =
        rotate(&mut store, KeyPurpose::Lti, DAY, false, day(1), &Random::System).unwrap();
    let refused =
        rotate(&mut store, KeyPurpose::Lti, DAY, false, day(2), &Random::System).unwrap_err();
    assert_eq!(refused.kind, Kind::Conflict);
    assert!(refused.hint.contains(&format!("ltictl key activate {}", next.kid)), "{refused:?}");
    let (same, existed) =
        rotate(&mut store, KeyPurpose::Lti, DAY, true, day(2), &Random::System).unwrap();
    assert_eq!((same.kid, same.signs_from, existed), (next.kid.clone(), next.signs_from, true));
    assert_eq!(
        activate(&mut store, None, day(2)).unwrap().signs_from,
        Some(day(2)),
        "earlier than it said"
    );
    assert_eq!(states(&store), ["active 2 -", "published 0 2"]);
    assert_eq!(activate(&mut store, None, day(3)).unwrap_err().kind, Kind::NotFound);
    assert_eq!(
        activate(&mut store, Some(next.kid.as_str()), day(3)).unwrap().signs_from,
        Some(day(2)),
        "it signs already"
    );
    // Back to the old one, which is still in the keyset.
    let old = store
        .read()
        .signing_keys(KeyPurpose::Lti)
        .unwrap()
        .into_iter()
        .find(|key| key.state == KeyState::Published)
        .unwrap();
    activate(&mut store, Some(old.kid.as_str()), day(4)).unwrap();
    assert_eq!(states(&store), ["published 2 4", "active 4 -"]);
    retire(&mut store, next.kid.as_str(), day(5)).unwrap();
    assert_eq!(
        activate(&mut store, Some(next.kid.as_str()), day(6)).unwrap_err().kind,
        Kind::Conflict,
        "retired is retired"
    );
}

#[test]
fn immediate_rotation_ignores_the_next_key() {
    let (mut store, _pool, _directory) = tool("off");
    rotate(&mut store, KeyPurpose::Lti, DAY * 3, false, day(1), &Random::System).unwrap();
    rotate(&mut store, KeyPurpose::Lti, SignedDuration::ZERO, false, day(2), &Random::System)
        .unwrap();
    assert_eq!(states(&store), ["active 2 -", "next 4 -", "published 0 2"]);
}

#[test]
fn retired_next_key_has_never_signed() {
    let (mut store, _pool, _directory) = tool("off");
    let (next, _) =
        rotate(&mut store, KeyPurpose::Lti, DAY, false, day(1), &Random::System).unwrap();
    retire(&mut store, next.kid.as_str(), day(1)).unwrap();
    assert_eq!(states(&store), ["retired - -", "active 0 -"]);
    rotate(&mut store, KeyPurpose::Lti, SignedDuration::ZERO, false, day(1), &Random::System)
        .unwrap();
    let active = store.read().active_signing_key(KeyPurpose::Lti).unwrap().kid;
    let refused = retire(&mut store, active.as_str(), day(1)).unwrap_err();
    assert_eq!((refused.kind, refused.hint.as_str()), (Kind::Conflict, "ltictl key rotate --now"));
}

#[test]
fn imported_key_keeps_its_id_and_cannot_be_imported_again() {
    let (mut store, _pool, _directory) = tool("off");
    let key = PrivateKey::generate();
    let pem = pem::encode(&pem::Pem::new("PRIVATE KEY", key.pkcs8_der.to_vec()));
    let mut import = |kid, overlap, if_not_exists, today| {
        super::import(&mut store, &pem, (kid, KeyPurpose::Lti), overlap, if_not_exists, day(today))
    };
    let conflict = |outcome: Result<(SigningKey, bool), Failure>| {
        assert_eq!(outcome.map(|(key, _)| key.kid).unwrap_err().kind, Kind::Conflict)
    };
    assert_eq!(import(Some(""), DAY, false, 1).unwrap_err().kind, Kind::Invalid);
    let (imported, existed) = import(Some("known-1"), DAY, false, 1).unwrap();
    assert_eq!(
        (imported.kid.as_str(), imported.state, imported.signs_from, existed),
        ("known-1", KeyState::Next, Some(day(2)), false)
    );
    conflict(import(Some("known-1"), DAY, false, 1));
    conflict(import(None, DAY, false, 1));
    conflict(import(Some("other"), DAY, true, 1));
    assert!(import(Some("known-1"), DAY, true, 1).unwrap().1);
    assert!(import(None, DAY, true, 1).unwrap().1);
    conflict(super::import(&mut store, &pem, (None, KeyPurpose::Openid), DAY, true, day(1)));
    let other =
        pem::encode(&pem::Pem::new("PRIVATE KEY", PrivateKey::generate().pkcs8_der.to_vec()));
    conflict(super::import(
        &mut store,
        &other,
        (Some("known-1"), KeyPurpose::Lti),
        DAY,
        true,
        day(1),
    ));
    conflict(super::import(&mut store, &other, (None, KeyPurpose::Lti), DAY, true, day(1)));
    let (at_once, _) = super::import(
        &mut store,
        &other,
        (None, KeyPurpose::Lti),
        SignedDuration::ZERO,
        false,
        day(1),
    )
    .unwrap();
    assert_eq!((at_once.state, at_once.kid.as_str().len()), (KeyState::Active, 43));
    assert_eq!(states(&store).len(), 3);
    let active = store.read().active_signing_key(KeyPurpose::Lti).unwrap();
    assert_eq!(active.kid, at_once.kid);
    assert!(crate::lti::private_key::signs(
        active.private_key.expose(),
        &active.modulus,
        &active.exponent
    ));
    retire(&mut store, "known-1", day(2)).unwrap();
    conflict(super::import(
        &mut store,
        &pem,
        (Some("known-1"), KeyPurpose::Lti),
        DAY,
        true,
        day(3),
    ));
}

#[tokio::test]
async fn keys_of_each_purpose_are_rotated_by_themselves() {
    let (mut store, pool, _directory) = tool("90d");
    let [random, lti] = [Random::System, Random::System];
    let openid = |store: &Store| store.read().signing_keys(KeyPurpose::Openid).unwrap();
    // Without an app that wants ID tokens, nothing signs them, and nothing is scheduled.
    let on_day = |today| {
        let pool = &pool;
        async move {
            let random = Random::System;
            let (now, steady) = (day(today), Some(day(today)));
            maintain(pool, KeyPurpose::Openid, now, steady, &random).await.unwrap()
        }
    };
    assert!(on_day(0).await.is_empty() && openid(&store).is_empty());
    let mut make = || store.write(|write| make_sure(write, KeyPurpose::Openid, day(10), &random));
    let made = make().unwrap().unwrap();
    assert_eq!(make().unwrap(), None);
    let active = |store: &Store| {
        KeyPurpose::ALL
            .iter()
            .map(|purpose| store.read().active_signing_key(*purpose).unwrap().kid)
            .collect::<Vec<_>>()
    };
    let first = active(&store);
    assert_eq!(first[1], made);
    let kids = |purpose| {
        let keyset = crate::rules::signing_key::public_keyset(store.read(), purpose).unwrap();
        let keys = keyset["keys"].as_array().unwrap().clone();
        keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kids(KeyPurpose::Lti), [first[0].as_str()]);
    assert_eq!(kids(KeyPurpose::Openid), [made.as_str()]);
    // One signs from the day 0, the other from the day 10.
    maintained(&pool, 89).await.unwrap();
    assert!(on_day(89).await.is_empty());
    assert!(on_day(99).await.published.is_some());
    maintained(&pool, 99).await.unwrap();
    let next = on_day(100).await.activated.unwrap();
    assert_eq!(active(&store)[1], next);
    assert_ne!(active(&store)[0], first[0]);
    let mut rotate = |purpose| {
        rotate(&mut store, purpose, SignedDuration::ZERO, false, day(101), &lti).unwrap().0.kid
    };
    let (one, other) = (rotate(KeyPurpose::Openid), rotate(KeyPurpose::Lti));
    assert_eq!(active(&store), [other.clone(), one]);
    let old = activate(&mut store, Some(made.as_str()), day(102)).unwrap();
    assert_eq!((active(&store), old.purpose), (vec![other, made], KeyPurpose::Openid));
}
