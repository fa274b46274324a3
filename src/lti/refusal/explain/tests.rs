use std::collections::HashSet;

use super::*;

/// One refusal of each kind, its evidence as foul as it can be.
fn with_evidence(foul: &str) -> Vec<Refusal> {
    Refusal::one_of_each(|_| foul.to_owned()).into_iter().map(|(_, refusal)| refusal).collect()
}

#[test]
fn an_algorithm_that_could_be_allowed_comes_with_the_command_for_it() {
    let fix = |alg: &str| {
        Refusal::AlgNotAllowed { alg: alg.into(), allowed: "RS256".into() }.fix(Some("campus"))
    };
    assert!(
        fix("PS256").contains("`ltictl platform set campus --algorithms RS256,PS256`"),
        "{}",
        fix("PS256")
    );
    for alg in ["HS256", "none", "PS256; rm"] {
        assert!(!fix(alg).contains("--algorithms"), "{}", fix(alg));
    }
}

impl Refusal {
    /// One of each kind, for tests that go through them all.
    pub(crate) fn sample_of_each() -> Vec<Self> {
        with_evidence("x")
    }

    /// Where a kind stands in [`Refusal::sample_of_each`]: a new kind does not compile until it is
    /// given a place here, and the test below then misses it there.
    fn place(&self) -> usize {
        match self {
            Self::LoginParameterMissing { .. } => 0,
            Self::ParameterRepeated { .. } => 1,
            Self::ParameterMalformed { .. } => 2,
            Self::RegistrationUnknown { .. } => 3,
            Self::RegistrationAmbiguous { .. } => 4,
            Self::RegistrationIncomplete => 5,
            Self::RegistrationDisabled => 6,
            Self::StateMissing => 7,
            Self::StateUnknown => 8,
            Self::StateExpired { .. } => 9,
            Self::StateReused => 10,
            Self::CookieMissing => 11,
            Self::PlatformError { .. } => 12,
            Self::TokenMalformed { .. } => 13,
            Self::AlgNotAllowed { .. } => 14,
            Self::KidMissing => 15,
            Self::IssMismatch { .. } => 16,
            Self::AudMismatch { .. } => 17,
            Self::AzpMissing => 18,
            Self::AzpMismatch { .. } => 19,
            Self::KidNotFound { .. } => 20,
            Self::JwksUnreachable { .. } => 21,
            Self::JwksBad { .. } => 22,
            Self::SignatureInvalid { .. } => 23,
            Self::TokenExpired { .. } => 24,
            Self::IatFuture { .. } => 25,
            Self::TokenTooOld { .. } => 26,
            Self::NotYetValid { .. } => 27,
            Self::NonceMissing => 28,
            Self::NonceMismatch => 29,
            Self::NonceReused => 30,
            Self::LtiVersionMissing { .. } => 31,
            Self::LtiVersionUnsupported { .. } => 32,
            Self::MessageTypeMissing => 33,
            Self::MessageTypeUnsupported { .. } => 34,
            Self::DeploymentMissing { .. } => 35,
            Self::DeploymentMismatch { .. } => 36,
            Self::DeploymentUnknown { .. } => 37,
            Self::TargetMissing => 38,
            Self::TargetMismatch { .. } => 39,
            Self::TargetNotAllowed { .. } => 40,
            Self::SubMissing { .. } => 41,
            Self::RolesMissing => 42,
            Self::RolesNotArray => 43,
            Self::ResourceLinkMissing => 44,
            Self::DeepLinkingSettingsMissing => 45,
            Self::ClaimTooLong { .. } => 46,
            Self::DeepLinkReturnUrlMissing => 47,
            Self::DeepLinkReturnUrlNotAllowed { .. } => 48,
            Self::ResourceLinkNotAccepted { .. } => 49,
            Self::ResourceIdMissing => 50,
            Self::ResourceUnknown { .. } => 51,
            Self::ResourceUnpublished { .. } => 52,
            Self::ResourceNotForRegistration { .. } => 53,
            Self::EnrolmentFull { .. } => 54,
            Self::EnrolmentNotStarted { .. } => 55,
            Self::EnrolmentFinished { .. } => 56,
            Self::EnrolmentEnded { .. } => 57,
            Self::AccountDisabled { .. } => 58,
            Self::AccountRequired => 59,
            Self::SelectionNotAllowed { .. } => 60,
            Self::SignInFailed { .. } => 61,
            Self::TooManyWaitingLaunches { .. } => 62,
            Self::TooManyAccounts { .. } => 63,
        }
    }
}

/// How many kinds there are: one more than the last place.
const KINDS: usize = 64;

#[test]
fn every_kind_has_a_sample_and_a_code_of_its_own() {
    let samples = Refusal::sample_of_each();
    assert_eq!(samples.len(), KINDS);
    let mut codes = HashSet::new();
    for (place, refusal) in samples.iter().enumerate() {
        assert_eq!(refusal.place(), place, "{refusal:?}");
        assert!(codes.insert(refusal.code()), "{} comes twice", refusal.code());
    }
}

#[test]
fn no_text_is_empty_or_holds_anything_treacherous() {
    let foul = format!("a\u{1b}[31m\r\n\0\u{2028}\u{9b}`$(x)';-- {}", "y".repeat(100_000));
    for refusal in with_evidence(&foul).iter().chain(&Refusal::sample_of_each()) {
        for text in [
            refusal.cause(),
            refusal.to_string(),
            refusal.fix(None),
            refusal.fix(Some(&foul)),
            refusal.sentence().to_owned(),
            refusal.code(),
        ] {
            assert!(!text.is_empty(), "{refusal:?}");
            assert!(!text.chars().any(is_treacherous), "{text:?}");
            assert!(text.chars().count() < 2000, "{} characters", text.chars().count());
        }
        let cause = refusal.cause();
        assert!(cause.ends_with('.') || cause.contains('…'), "{cause}");
    }
}

#[test]
fn the_fix_is_a_command_that_can_be_pasted() {
    let unknown = |deployment_id: &str| Refusal::DeploymentUnknown {
        deployment_id: deployment_id.to_owned(),
    };
    let iss = |received: &str| Refusal::IssMismatch {
        expected: "https://a.example".into(),
        received: Some(received.to_owned()),
    };
    let table = [
        (unknown("7"), "`ltictl deployment add moodle-prod 7`"),
        (
            unknown("1:8865aa05b4b79b64a91a86042e43af5ea8ae79eb"),
            "`ltictl deployment add moodle-prod 1:8865aa05b4b79b64a91a86042e43af5ea8ae79eb`",
        ),
        (unknown("-x"), "`ltictl deployment add moodle-prod -- -x`"),
        (
            unknown("a b; rm -rf 'x'"),
            r"`ltictl deployment add moodle-prod 'a b; rm -rf '\''x'\'''`",
        ),
        (unknown("7"), "`ltictl platform set moodle-prod --deployments accept`"),
        (
            iss("https://lms.example/"),
            "`ltictl platform set moodle-prod --issuer https://lms.example/ --keep-users`",
        ),
        (iss("--help"), "`ltictl platform set moodle-prod --issuer=--help --keep-users`"),
        (iss("$(id)"), "`ltictl platform set moodle-prod --issuer '$(id)' --keep-users`"),
        (
            Refusal::AudMismatch { expected: "a".into(), received: vec!["b".into()] },
            "`ltictl platform set moodle-prod --client-id b --keep-users`",
        ),
        (Refusal::RegistrationDisabled, "`ltictl registration enable moodle-prod`"),
        (Refusal::RegistrationIncomplete, "`ltictl platform set moodle-prod`"),
        (
            Refusal::ResourceUnpublished { slug: "quiz".into() },
            "`ltictl resource update quiz --publish`",
        ),
        (Refusal::ResourceUnknown { id: "x".into() }, "`ltictl resource list`"),
        (Refusal::ResourceIdMissing, "`ltictl resource launch-details RES`"),
        (Refusal::SubMissing { problem: "is absent" }, "--allow-anonymous"),
        (
            Refusal::KidNotFound {
                kid: "k".into(),
                keyset_url: "u".into(),
                retry_after_seconds: None,
            },
            "Public keyset URL",
        ),
    ];
    for (refusal, expected) in table {
        let fix = refusal.fix(Some("moodle-prod"));
        assert!(fix.contains(expected), "{fix} should hold {expected}");
    }
    assert!(Refusal::RegistrationDisabled.fix(None).contains("`ltictl registration enable REG`"));
}

#[test]
fn time_failures_show_both_clocks() {
    let expired = Refusal::TokenExpired {
        expires_at: Some(1_795_453_417),
        now: 1_795_453_478,
        clock_difference: Some(121),
    };
    assert_eq!(
        expired.cause(),
        "The token expired at 2026-11-23T17:03:37Z, this server's clock says 2026-11-23T17:04:38Z, \
         61 s later. It was issued 121 s ago by the platform's clock: the platform's clock seems \
         121 s behind, unless the launch really took that long."
    );
    assert!(
        Refusal::TokenExpired { expires_at: None, now: 0, clock_difference: Some(-5) }
            .cause()
            .contains("5 s ahead")
    );
    assert!(
        Refusal::TokenExpired { expires_at: Some(i64::MIN), now: i64::MAX, clock_difference: None }
            .cause()
            .contains("after 1970")
    );
    for extreme in [i64::MIN, i64::MAX] {
        for refusal in [
            Refusal::TokenExpired {
                expires_at: Some(extreme),
                now: 0,
                clock_difference: Some(extreme),
            },
            Refusal::IatFuture { ahead_seconds: extreme },
            Refusal::TokenTooOld { age_seconds: Some(extreme) },
            Refusal::NotYetValid { ahead_seconds: Some(extreme) },
        ] {
            assert!(!refusal.cause().is_empty());
        }
    }
}

#[test]
fn the_page_does_not_tell_why_a_keyset_could_not_be_read() {
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
