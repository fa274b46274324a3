use std::collections::HashSet;

use super::*;

#[test]
fn every_code_is_unique() {
    let mut codes = HashSet::new();
    for refusal in Refusal::one_of_each(|_| "x".to_owned()) {
        assert!(codes.insert(refusal.code()), "{} is used twice", refusal.code());
    }
}

#[test]
fn texts_are_not_empty_and_stay_on_one_line() {
    let foul = format!("a\u{1b}[31m\r\n\0\u{2028}\u{9b}`$(x)';-- {}", "y".repeat(100_000));
    for refusal in Refusal::one_of_each(|_| foul.clone()) {
        for text in [
            refusal.cause(),
            refusal.to_string(),
            refusal.title().to_owned(),
            refusal.sentence().to_owned(),
            refusal.code(),
        ] {
            assert!(!text.is_empty(), "{refusal:?}");
            assert!(!text.chars().any(breaks_line), "{text:?}");
            assert!(text.chars().count() < 2000, "{} characters", text.chars().count());
        }
        let cause = refusal.cause();
        assert!(cause.ends_with('.') || cause.contains('…'), "{cause}");
    }
}

#[test]
fn expired_token_shows_both_clocks() {
    let expired = Refusal::TokenExpired {
        expires_at: Some(1_795_453_417),
        now: 1_795_453_478,
        clock_difference: Some(121),
        received: None,
    };
    assert_eq!(
        expired.cause(),
        "The token expired at 2026-11-23T17:03:37Z, this server's clock says 2026-11-23T17:04:38Z, \
         61 s later. It was issued 121 s ago according to the platform's clock: the platform's clock seems \
         to be 121 s behind, unless the launch really took that long."
    );
    assert!(
        Refusal::TokenExpired {
            expires_at: Some(0),
            now: 61,
            clock_difference: Some(-5),
            received: None
        }
        .cause()
        .contains("to be 5 s ahead")
    );
    assert!(
        Refusal::TokenExpired {
            expires_at: Some(i64::MIN),
            now: i64::MAX,
            clock_difference: None,
            received: None
        }
        .cause()
        .contains("after 1970")
    );
    for extreme in [i64::MIN, i64::MAX] {
        for refusal in [
            Refusal::TokenExpired {
                expires_at: Some(extreme),
                now: 0,
                clock_difference: Some(extreme),
                received: None,
            },
            Refusal::IatFuture { ahead_seconds: extreme },
            Refusal::TokenTooOld { age_seconds: Some(extreme), received: None },
            Refusal::NotYetValid { ahead_seconds: Some(extreme), received: None },
        ] {
            assert!(!refusal.cause().is_empty());
        }
    }
}

#[test]
fn error_page_is_the_same_for_every_keyset_problem() {
    let (keyset_url, problem) = (
        "https://10.0.0.1/keys".to_owned(),
        "10.0.0.1 cannot be reached: connection refused".to_owned(),
    );
    let all = [
        Refusal::KidNotFound {
            kid: "a".into(),
            keyset_url: keyset_url.clone(),
            retry_after_seconds: None,
        },
        Refusal::JwksUnreachable { keyset_url: keyset_url.clone(), problem: problem.clone() },
        Refusal::JwksBad { keyset_url, problem },
    ];
    for refusal in &all {
        let shown = |refusal: &Refusal| {
            (refusal.sentence(), refusal.actor_on_page(), refusal.http_status())
        };
        assert_eq!(shown(refusal), shown(&all[0]), "{refusal:?}");
        assert!(!refusal.sentence().contains("10.0.0.1"));
    }
}
