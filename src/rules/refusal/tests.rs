use std::collections::HashSet;

use super::*;
use crate::domain::Registration;
use crate::lti::Refusal as Protocol;
use crate::lti::deep_linking::HTTP_NOT_ALLOWED;
use crate::lti::message::{Endpoint, MessagePart};

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
    let samples = Refusal::one_of_each(|_| foul.clone());
    for refusal in samples.iter().chain(&Refusal::one_of_each(|_| "x".to_owned())) {
        for text in [
            refusal.cause(),
            refusal.to_string(),
            refusal.fix(None),
            refusal.fix(Some(&NamedRegistration::from(&Slug::known("campus")))),
            refusal.title().to_owned(),
            refusal.sentence().to_owned(),
            refusal.code(),
        ] {
            assert!(!text.is_empty(), "{refusal:?}");
            assert!(
                !text.contains(|c: char| c.is_control() || c == '\u{2028}' || c == '\u{2029}'),
                "{text:?}"
            );
            assert!(text.chars().count() < 2000, "{} characters", text.chars().count());
        }
        let cause = refusal.cause();
        assert!(cause.ends_with('.') || cause.contains('…'), "{cause}");
    }
}

#[test]
fn fix_names_the_command_that_allows_a_supported_algorithm() {
    let fix = |alg: &str| {
        protocol_fix(
            &Protocol::AlgNotAllowed { alg: alg.into(), allowed: "RS256".into() },
            &NamedRegistration::from(&Slug::known("campus")),
        )
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

/// The fix for each of these refusals in registration `moodle-prod` contains this text.
fn assert_fixes(table: impl IntoIterator<Item = (Refusal, &'static str)>) {
    for (refusal, expected) in table {
        let fix = refusal.fix(Some(&NamedRegistration::from(&Slug::known("moodle-prod"))));
        assert!(fix.contains(expected), "{fix} should contain {expected}");
    }
}

#[test]
fn fix_quotes_what_a_platform_sent() {
    let unknown = |deployment_id: &str| -> Refusal {
        Protocol::DeploymentUnknown { deployment_id: deployment_id.to_owned() }.into()
    };
    let iss = |received: &str| -> Refusal {
        Protocol::IssMismatch {
            expected: "https://a.example".into(),
            received: Some(received.to_owned()),
        }
        .into()
    };
    assert_fixes([
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
    ]);
}

#[test]
fn no_clock_and_no_policy_helps_against_a_wrong_type() {
    let text = || Some("the text \"1764\"".to_owned());
    for refusal in [
        Protocol::TokenExpired {
            expires_at: None,
            now: 0,
            clock_difference: Some(5),
            received: text(),
        },
        Protocol::TokenTooOld { age_seconds: None, received: text() },
        Protocol::NotYetValid { ahead_seconds: None, received: text() },
        Protocol::SubMissing { problem: "is a number, and must be text in quotation marks" },
        Protocol::DeploymentMissing { problem: "is a number, and must be text in quotation marks" },
    ] {
        let (refusal, cause) = (Refusal::from(refusal.clone()), refusal.cause());
        let fix = refusal.fix(Some(&NamedRegistration::from(&Slug::known("campus"))));
        assert!(fix.contains("report the cause to its vendor"), "{fix}");
        assert!(cause.contains(", and must be "), "{cause}");
        for text in [&fix, &cause, refusal.sentence()] {
            assert!(!text.contains("clock") && !text.contains("--allow-anonymous"), "{text}");
        }
        assert_eq!((refusal.actor(), refusal.clock_skew_seconds()), (Actor::PlatformAdmin, None));
    }
}

#[test]
fn fix_is_a_command_that_can_be_pasted() {
    let malformed = |arrived_at, part| -> Refusal {
        Protocol::ParameterMalformed { part, problem: "is not valid UTF-8", arrived_at }.into()
    };
    assert_fixes([
        (
            Protocol::AudMismatch { expected: "a".into(), received: vec!["b".into()] }.into(),
            "`ltictl platform set moodle-prod --client-id b --keep-users`",
        ),
        (malformed(Endpoint::Login, MessagePart::Form), "Check \"Initiate login URL\""),
        (malformed(Endpoint::Login, MessagePart::Query), "proxy, or is not UTF-8"),
        (malformed(Endpoint::Login, MessagePart::Parameter("iss".into())), "LTI 1.3"),
        (malformed(Endpoint::Launch, MessagePart::Form), "compare \"Redirection URI(s)\""),
        (malformed(Endpoint::DeepLinking, MessagePart::Form), "compare \"Redirection URI(s)\""),
        (Refusal::RegistrationDisabled, "`ltictl registration enable moodle-prod`"),
        (Refusal::RegistrationIncomplete, "`ltictl platform set moodle-prod`"),
        (
            Refusal::ResourceUnpublished { slug: Slug::known("quiz") },
            "`ltictl resource update quiz --publish`",
        ),
        (Refusal::ResourceUnknown { id: "x".into() }, "`ltictl resource list`"),
        (Refusal::ResourceIdMissing, "`ltictl resource launch-details RES`"),
        (Protocol::SubMissing { problem: "is absent" }.into(), "--allow-anonymous"),
        (
            Protocol::DeepLinkReturnUrlNotAllowed {
                url: "http://lms.example".into(),
                problem: HTTP_NOT_ALLOWED,
            }
            .into(),
            "`ltictl platform set moodle-prod --allow-http`",
        ),
        (
            Protocol::KidNotFound {
                kid: "k".into(),
                keyset_url: "u".into(),
                retry_after_seconds: None,
            }
            .into(),
            "Check \"Public keyset URL\"",
        ),
        (
            Protocol::KidNotFound {
                kid: "k".into(),
                keyset_url: "u".into(),
                retry_after_seconds: Some(2),
            }
            .into(),
            "Wait 2 s and open the link again",
        ),
    ]);
    assert!(Refusal::RegistrationDisabled.fix(None).contains("`ltictl registration enable REG`"));
}

#[test]
fn fix_uses_the_labels_of_the_lms() {
    let registration = |product: Option<&str>| {
        let draft = Registration::draft(
            Slug::known("school"),
            crate::domain::Name::new("School").unwrap(),
            jiff::Timestamp::UNIX_EPOCH,
        );
        let product = product.map(|product| crate::domain::Product::new(product).unwrap());
        NamedRegistration::from(&Registration { product, ..draft })
    };
    let login = || -> Refusal { Protocol::LoginAtWrongUrl { arrived_at: Endpoint::Launch }.into() };
    let legacy = || -> Refusal {
        Protocol::Lti1p1Launch { arrived_at: Endpoint::Launch, platform: None }.into()
    };
    for (product, refusal, expected) in [
        (None, login(), "Set \"Initiate login URL\" in the learning platform to"),
        (Some("other"), login(), "Set \"Initiate login URL\" in the learning platform to"),
        (Some("moodle"), login(), "Set \"Initiate login URL\" in Moodle to"),
        (Some("canvas"), login(), "Set \"OpenID Connect Initiation Url\" in Canvas to"),
        (Some("moodle"), legacy(), "Set \"LTI version\" to LTI 1.3 in Moodle"),
        (Some("schoology"), legacy(), "Set \"Type of App\" to LTI 1.3 App in Schoology"),
        (
            Some("openedx"),
            Refusal::StateMissing,
            "check \"Registered Redirect URIs\" and \"Tool Initiate",
        ),
        (
            Some("canvas"),
            Protocol::AudMismatch { expected: "a".into(), received: vec!["b".into()] }.into(),
            "If this is the client ID that Canvas shows (\"Details\")",
        ),
    ] {
        let fix = refusal.fix(Some(&registration(product)));
        assert!(fix.contains(expected), "{product:?}: {fix} should contain {expected}");
    }
}
