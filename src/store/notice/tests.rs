//! On both engines: where notices are offered, what is due, and what is kept.

use jiff::{SignedDuration, Timestamp};

use super::super::both_engines::each_engine;
use super::super::{Error, Store};
use super::{KEPT_SIGNED, KEPT_UNSIGNED, NoticeFilter};
use crate::domain::{
    Deployment, DeploymentId, Name, NewNotice, NoticeOffer, NoticeSubscription, RefusedNotice,
    Slug, SubscriptionState, SyncProblem,
};

fn now() -> Timestamp {
    "2026-11-23T17:00:00Z".parse().unwrap()
}

fn later(hours: i64) -> Timestamp {
    now() + SignedDuration::from_hours(hours)
}

/// Adds registrations with the deployments `1` and `2`; returns their keys.
fn registrations(store: &mut Store) -> [i64; 2] {
    ["a", "b"].map(|name| {
        store
            .write(|write| {
                let slug = Slug::new(name).unwrap();
                write.insert_registration(&slug, &Name::new(name).unwrap(), now())?;
                let id = write.registration(&slug)?.unwrap().id;
                for deployment in ["1", "2"] {
                    let deployment_id = DeploymentId::new(deployment).unwrap();
                    write.insert_deployment(
                        id,
                        &Deployment { deployment_id, name: None },
                        now(),
                    )?;
                }
                Ok::<_, Error>(id)
            })
            .unwrap()
    })
}

fn offer(url: &str) -> NoticeOffer {
    NoticeOffer { url: url.to_owned(), types: None, has_scope: true }
}

fn notice(registration: i64, deployment: i64, id: &str) -> NewNotice {
    NewNotice {
        registration,
        deployment,
        notice_id: id.to_owned(),
        notice_type: "LtiContextCopyNotice".to_owned(),
        context_id: Some("new".to_owned()),
        origins: vec!["old".to_owned(), "a \"b\"".to_owned()],
        at: now(),
        received_at: now(),
        claims: Some("{}".to_owned()),
    }
}

#[test]
fn a_notice_is_stored_once_for_each_registration() {
    each_engine(|mut store| {
        let [a, b] = registrations(&mut store);
        let key = |store: &Store, id| store.read().deployment_key(id, "1").unwrap().unwrap();
        let (of_a, of_b) = (key(&store, a), key(&store, b));
        let mut insert =
            |notice: NewNotice| store.write(|write| write.insert_notice(&notice)).unwrap();
        assert!(insert(notice(a, of_a, "n")));
        assert!(!insert(notice(a, of_a, "n")));
        assert!(insert(notice(b, of_b, "n")));
        assert!(insert(notice(a, of_a, "m")));
        let filter = NoticeFilter { registration: Some(a), limit: 10, ..NoticeFilter::default() };
        let listed = store.read().notices(&filter).unwrap();
        assert_eq!(listed.len(), 2);
        assert_eq!(listed[0].origin_contexts, ["old", "a \"b\""]);
        assert_eq!(store.read().deployment_key(a, "3").unwrap(), None);
        let deleted = store.write(|write| write.delete_old_notices(later(1), 2)).unwrap();
        assert_eq!(deleted, 2);
        let all = NoticeFilter { limit: 10, ..NoticeFilter::default() };
        assert_eq!(store.read().notices(&all).unwrap().len(), 1);
    });
}

#[test]
fn refused_notices_without_signature_displace_no_signed_ones() {
    each_engine(|mut store| {
        let [a, _] = registrations(&mut store);
        let refused = |is_signed, number: u32| RefusedNotice {
            is_signed,
            deployment: None,
            notice_id: Some(number.to_string()),
            notice_type: None,
            reason: "signature_invalid".to_owned(),
            cause: "c".to_owned(),
            fix: "f".to_owned(),
            received_at: now(),
        };
        store
            .write(|write| {
                write.insert_refused_notice(a, &refused(true, 1_000))?;
                (0..KEPT_UNSIGNED + 30)
                    .try_for_each(|number| write.insert_refused_notice(a, &refused(false, number)))
            })
            .unwrap();
        let filter = NoticeFilter { limit: 1_000, ..NoticeFilter::default() };
        let listed = store.read().notices(&filter).unwrap();
        assert_eq!(listed.len(), 1 + KEPT_UNSIGNED as usize);
        assert!(listed.iter().any(|one| one.notice_id.as_deref() == Some("1000")));
        store
            .write(|write| {
                (0..KEPT_SIGNED + 5)
                    .try_for_each(|number| write.insert_refused_notice(a, &refused(true, number)))
            })
            .unwrap();
        let listed = store.read().notices(&filter).unwrap();
        assert_eq!(listed.len(), (KEPT_SIGNED + KEPT_UNSIGNED) as usize);
    });
}

#[test]
fn a_comparison_is_due_daily_and_after_changes() {
    each_engine(|mut store| {
        let [a, _] = registrations(&mut store);
        let prefix = "https://tool.example.edu/lti/notices/";
        let due = |store: &Store, prefix: &str, at| {
            let due = store.read().due_notice_services(prefix, at).unwrap();
            due.iter().map(|one| one.deployment_id.to_string()).collect::<Vec<_>>()
        };
        let put = |store: &mut Store, url: &str, at| {
            store.write(|write| write.put_notice_service(a, "1", &offer(url), at)).unwrap();
        };
        assert!(due(&store, prefix, now()).is_empty());
        put(&mut store, "https://lms.example/notices/1", now());
        assert_eq!(due(&store, prefix, now()), ["1"]);
        let key = store.read().deployment_key(a, "1").unwrap().unwrap();
        let check = |store: &mut Store, at| {
            let handler = format!("{prefix}a");
            store.write(|write| write.set_notice_check(key, &handler, None, at)).unwrap();
        };
        check(&mut store, now());
        // The same claim again changes nothing, and another one does.
        put(&mut store, "https://lms.example/notices/1", later(1));
        assert!(due(&store, prefix, later(1)).is_empty());
        assert_eq!(due(&store, prefix, later(24)), ["1"]);
        assert_eq!(due(&store, "https://moved.example.edu/lti/notices/", later(1)), ["1"]);
        put(&mut store, "https://lms.example/notices/2", later(1));
        assert_eq!(due(&store, prefix, later(1)), ["1"]);
        check(&mut store, later(1));
        // After a failure it is tried again sooner.
        let problem = SyncProblem { code: "refused".into(), problem: "p".into(), fix: "f".into() };
        let handler = format!("{prefix}a");
        store
            .write(|write| write.set_notice_check(key, &handler, Some(&problem), later(0)))
            .unwrap();
        assert_eq!(due(&store, prefix, later(1)), ["1"]);
        check(&mut store, later(1));
        // A check that was interrupted.
        let begin = |store: &mut Store| {
            store
                .write(|write| {
                    write.begin_notice_probe(key, b"digest", "https://old.example/", later(1))
                })
                .unwrap()
        };
        assert!(begin(&mut store));
        assert!(!begin(&mut store));
        assert!(due(&store, prefix, later(1)).is_empty());
        assert_eq!(due(&store, prefix, later(2)), ["1"]);
        store.write(|write| write.receive_notice_probe(b"digest", later(2))).unwrap();
        let (probe, registration) = store.read().notice_probe_of(b"digest").unwrap().unwrap();
        assert_eq!((registration, probe.received_at), (a, Some(later(2))));
        store.write(|write| write.end_notice_probe(key)).unwrap();
        assert_eq!(store.read().notice_probe(key).unwrap(), None);
    });
}

#[test]
fn what_an_administrator_wants_is_kept() {
    each_engine(|mut store| {
        let [a, _] = registrations(&mut store);
        let key = store.read().deployment_key(a, "2").unwrap().unwrap();
        let subscription = |of: &str| NoticeSubscription {
            notice_type: of.to_owned(),
            wanted: None,
            state: SubscriptionState::Subscribed,
            handler: Some("https://tool.example.edu/lti/notices/a".to_owned()),
            problem: None,
        };
        store
            .write(|write| {
                write.put_notice_service(a, "2", &offer("https://lms.example/n"), now())?;
                write.want_notices(key, "LtiOther", true)?;
                write.put_notice_subscription(key, &subscription("LtiOther"))?;
                write.put_notice_subscription(key, &subscription("LtiContextCopyNotice"))?;
                write.delete_unlisted_subscriptions(key, "[]")
            })
            .unwrap();
        let kept = store.read().notice_subscriptions(key).unwrap();
        assert_eq!(kept, [NoticeSubscription { wanted: Some(true), ..subscription("LtiOther") }]);
    });
}
