//! The table that the certification body would run, and more: every valid launch is accepted, every
//! bad one is refused with exactly its reason code.
//!
//! Sources: LTI Advantage Conformance Certification Guide, section 6 (valid and bad payloads); RFC
//! 8725 and RFC 9700 for what lies beyond it.

use ltictl::admin::connect;
use ltictl::domain::DeploymentPolicy;
use ltictl::rules::registration::{PlatformChange, PolicyChange};
use ltictl::sandbox::{KeysetVariant, LaunchChoice, Misbehaviour, Role, User, Variation};

use crate::lab::{Lab, REGISTRATION, outcome};

use Misbehaviour as M;

/// The reason code of everything that the platform can do wrong, `accepted` for what the
/// specifications allow, or the status if nothing is logged.
const EXPECTED: &[(&str, &[Misbehaviour])] = &[
    // Allowed by the specifications.
    (
        "accepted",
        &[
            M::ExpHuge,
            M::ExpFraction,
            M::AudArrayOfOne,
            M::AzpOwn,
            M::RolesEmpty,
            M::UnknownClaims,
            M::HostileNames,
            M::CustomNotText,
            M::UnresolvedVariables,
            M::JwkInHeader,
            M::ContextOnlyId,
            M::LoginByGet,
            M::LoginWithoutClient,
            M::LoginWithoutDeployment,
            M::LoginWithoutMessageHint,
            M::LoginExtraParameters,
            M::ExtraResponseFields,
        ],
    ),
    // Login.
    ("login_parameter_missing", &[M::LoginWithoutIss, M::LoginWithoutHint, M::LoginWithoutTarget]),
    ("registration_unknown", &[M::LoginUnknownIss, M::LoginUnknownClient]),
    ("parameter_repeated", &[M::LoginTwice, M::TokenTwice]),
    // The deployment of 256 characters is turned away at login already.
    ("parameter_malformed", &[M::LoginHintLong, M::LoginLineBreaks, M::DeploymentLong]),
    // 1. State, 2. error answer.
    ("state_missing", &[M::StateMissing]),
    ("state_unknown", &[M::StateChanged, M::StateInvented]),
    ("platform_error:login_required", &[M::LoginRequired]),
    ("platform_error:launch_no_longer_valid", &[M::LaunchNoLongerValid]),
    ("platform_error:berrorb", &[M::ErrorHostile]),
    // 3. Form.
    (
        "token_malformed",
        &[
            M::TokenMissing,
            M::Padding,
            M::StandardBase64,
            M::TwoSegments,
            M::FourSegments,
            M::PayloadArray,
            M::PayloadText,
            M::DuplicateClaims,
            M::NotUtf8,
            M::DeepNesting,
            M::NotAToken,
            M::KidLong,
            M::Crit,
        ],
    ),
    // Larger than the server reads at all: nothing is logged but the request.
    ("413", &[M::HugeToken]),
    // 4. Algorithm, 5. key name.
    (
        "alg_not_allowed",
        &[
            M::AlgNone,
            M::AlgNoneCapital,
            M::AlgNoneMixed,
            M::AlgHs256Pem,
            M::AlgHs256Jwk,
            M::AlgEs256,
            M::AlgEs256True,
            M::AlgPs256,
            M::AlgMissing,
            M::AlgUnknown,
        ],
    ),
    ("kid_missing", &[M::KidMissing, M::KidNumber]),
    // 6 to 8. Parties.
    (
        "iss_mismatch",
        &[M::IssSlash, M::IssUpperCase, M::IssOther, M::IssMissing, M::IssNumber, M::BareMessage],
    ),
    (
        "aud_mismatch",
        &[
            M::AudOther,
            M::AudForeignWithoutAzp,
            M::AudForeignWithAzp,
            M::AudNumber,
            M::AudEmpty,
            M::AudMissing,
        ],
    ),
    ("azp_mismatch", &[M::AzpOther]),
    // 9. Key, 10. signature.
    ("kid_not_found", &[M::KidUnknown, M::KidPath, M::KidSql, M::JkuOfAttacker]),
    (
        "signature_invalid",
        &[
            M::JwkOfAttacker,
            M::SignedByOtherKey,
            M::PayloadChanged,
            M::SignatureEmpty,
            M::SignatureShort,
        ],
    ),
    // 11 to 13. Time.
    ("token_expired", &[M::TimestampsOld, M::Expired, M::ExpMissing, M::ExpString, M::ExpNegative]),
    ("iat_future", &[M::IatFuture]),
    ("token_too_old", &[M::IatOld, M::IatMissing, M::IatString]),
    ("not_yet_valid", &[M::NbfFuture]),
    // 14. Nonce.
    ("nonce_missing", &[M::NonceMissing, M::NonceEmpty, M::NonceNumber]),
    ("nonce_mismatch", &[M::NonceOther]),
    // 15 to 21. LTI.
    ("lti_version_missing", &[M::VersionMissing, M::ClaimsMissing]),
    ("lti_version_unsupported", &[M::VersionWrong, M::VersionNumber]),
    ("message_type_missing", &[M::MessageTypeMissing]),
    ("message_type_unsupported", &[M::MessageTypeUnknown]),
    ("deployment_missing", &[M::DeploymentMissing, M::DeploymentEmpty, M::DeploymentNumber]),
    ("deployment_unknown", &[M::DeploymentUnknown]),
    ("deployment_mismatch", &[M::DeploymentNotAsAtLogin]),
    ("target_missing", &[M::TargetMissing, M::TargetNumber]),
    ("target_mismatch", &[M::TargetNotAsAtLogin]),
    (
        "target_not_allowed",
        &[
            M::TargetForeign,
            M::TargetSchemeless,
            M::TargetSuffix,
            M::TargetUserinfo,
            M::TargetJavascript,
            M::TargetBackslash,
            M::TargetOtherPort,
            M::TargetRelative,
        ],
    ),
    ("sub_missing", &[M::SubMissing, M::SubEmpty, M::SubNumber, M::SubLong]),
    ("roles_missing", &[M::RolesMissing]),
    ("roles_not_array", &[M::RolesString]),
    (
        "resource_link_missing",
        &[M::ResourceLinkMissing, M::ResourceLinkWithoutId, M::ResourceLinkText],
    ),
    // What the launch is for.
    ("resource_id_missing", &[M::CustomMissing, M::CustomIdMissing, M::CustomIdUnresolved]),
    ("resource_unknown", &[M::CustomIdUnknown, M::CustomIdJunk]),
];

/// The outcome that the table expects. Fails if it has no row, or more than one.
fn expected(misbehaviour: Misbehaviour) -> &'static str {
    let mut rows = EXPECTED.iter().filter(|(_, row)| row.contains(&misbehaviour));
    let (Some((expected, _)), None) = (rows.next(), rows.next()) else {
        panic!("{misbehaviour} should have one row")
    };
    expected
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_misbehaviour_gets_exactly_its_reason_code() {
    let lab = Lab::start().await;
    let mut wrong = Vec::new();
    for misbehaviour in Misbehaviour::ALL {
        let expected = expected(*misbehaviour);
        let before = lab.newest_launch().map(|launch| launch.id);
        let page = lab.launch(&LaunchChoice::student().with(*misbehaviour)).await;
        let newest = lab.newest_launch().filter(|launch| Some(&launch.id) != before.as_ref());
        let found = match &newest {
            Some(launch) => outcome(launch).to_owned(),
            None => page.status.to_string(),
        };
        if found != expected || (page.status == 303) != (expected == "accepted") {
            wrong.push(format!(
                "{misbehaviour}: expected {expected}, found {found} (status {})",
                page.status
            ));
        }
        assert_eq!(
            misbehaviour.is_valid(),
            expected == "accepted",
            "{misbehaviour}: the platform and this table disagree on what is allowed"
        );
        if let Some(launch) = newest.filter(|_| expected != "accepted") {
            assert!(
                page.body.contains(launch.id.as_str()),
                "{misbehaviour}: the page names the launch {launch:?}: {page:?}"
            );
            assert!(
                page.status >= 400 && page.status < 500,
                "{misbehaviour}: status {}",
                page.status
            );
            assert!(
                page.header("location").is_none(),
                "{misbehaviour}: an error redirects nowhere"
            );
            assert!(
                !page.body.contains("<script>alert") && !page.body.contains('\u{1b}'),
                "{misbehaviour}: nothing hostile on the page"
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(
        lab.sandbox.attacker_requests(),
        0,
        "nothing is fetched from where a token's header points to"
    );
    assert_eq!(
        lab.launch(&LaunchChoice::student()).await.status,
        303,
        "after all that, a good launch works"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_valid_launch_of_the_suite_succeeds_with_the_right_role() {
    let lab = Lab::start().await;
    let mut rows: Vec<(LaunchChoice, &str)> =
        vec![(LaunchChoice::teacher(), "staff"), (LaunchChoice::student(), "learner")];
    for variation in Variation::ALL {
        let teacher = match variation {
            // Nothing known about the role: least privilege.
            Variation::UnknownRole | Variation::NoRole => "learner",
            _ => "staff",
        };
        rows.push((LaunchChoice::teacher().varied(*variation), teacher));
        rows.push((LaunchChoice::student().varied(*variation), "learner"));
    }
    let mut admin = LaunchChoice::of(User::Ada);
    admin.role = Role::Admin;
    rows.push((admin, "admin"));
    for (choice, role) in rows {
        let page = lab.launch(&choice).await;
        let launch = lab.newest_launch().unwrap();
        assert_eq!((page.status, outcome(&launch)), (303, "accepted"), "{choice:?}");
        assert_eq!(launch.role.as_deref(), Some(role), "{choice:?}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_bad_keyset_is_refused() {
    use KeysetVariant as K;
    let lab = Lab::start().await;
    for variant in KeysetVariant::ALL {
        let expected = match variant {
            K::Rsa1024
            | K::UseEnc
            | K::Oct
            | K::DuplicateKid
            | K::Empty
            | K::Html
            | K::NoKid
            | K::NotAList
            | K::CutShort => "jwks_bad",
            K::Big => "jwks_bad or jwks_unreachable",
            K::Redirect | K::NotFound | K::ServerError => "jwks_unreachable",
            // Waits for the time limit of outbound requests; the client's own tests have a shorter
            // one.
            K::Slow => continue,
        };
        let change = PlatformChange {
            keyset_url: Some(lab.sandbox.keyset_url_of(*variant)),
            ..PlatformChange::default()
        };
        connect::set_platform(
            &mut lab.store(),
            &REGISTRATION.into(),
            &change,
            ltictl::domain::Clock::System.now(),
        )
        .unwrap();
        let page = lab.launch(&LaunchChoice::student()).await;
        let launch = lab.newest_launch().unwrap();
        assert!(
            expected.contains(outcome(&launch)),
            "{variant}: expected {expected}, found {} — {launch:?}",
            outcome(&launch)
        );
        assert_eq!(page.status, 401, "{variant}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_belongs_to_one_browser_one_login_and_one_moment() {
    let lab = Lab::start().await;
    let good = LaunchChoice::student();
    let code = |lab: &Lab| outcome(&lab.newest_launch().unwrap()).to_owned();

    // Replayed: the same token and state, from the same browser.
    let mut browser = lab.browser.another();
    let token = lab.sandbox.launch_until_token(&mut browser, &good).await.unwrap();
    let kept = browser.cookies_for(&format!("{}/lti/launch", lab.url));
    assert_eq!(browser.submit(&token).await.unwrap().status, 303);
    for (name, value) in &kept {
        browser
            .set_cookie(
                &format!("{}/lti/launch", lab.url),
                &format!("{name}={value}; Path=/lti; Secure; HttpOnly; SameSite=None"),
            )
            .unwrap();
    }
    assert_eq!(browser.submit(&token).await.unwrap().status, 401);
    assert_eq!(code(&lab), "state_reused");

    // Login CSRF: the attacker's answer in the victim's browser.
    let token = lab.sandbox.launch_until_token(&mut lab.browser.another(), &good).await.unwrap();
    let mut victim = lab.browser.another();
    lab.sandbox.launch_until_token(&mut victim, &good).await.unwrap();
    assert_eq!(victim.submit(&token).await.unwrap().status, 401);
    assert_eq!(code(&lab), "cookie_missing");

    // Two logins of one browser, their states swapped.
    let mut browser = lab.browser.another();
    let one = lab.sandbox.launch_until_token(&mut browser, &good).await.unwrap().form().unwrap();
    let other = lab.sandbox.launch_until_token(&mut browser, &good).await.unwrap().form().unwrap();
    let mut swapped = one.clone();
    swapped.set("state", other.field("state").unwrap());
    assert_eq!(browser.post_form(&swapped.action, &swapped.fields).await.unwrap().status, 401);
    assert_eq!(code(&lab), "nonce_mismatch");

    // And both still work afterwards, in either order: nothing of theirs was spent on junk.
    for form in [other, one] {
        assert_eq!(browser.post_form(&form.action, &form.fields).await.unwrap().status, 303);
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_simultaneous_replays_let_one_in() {
    let lab = Lab::start().await;
    let mut browser = lab.browser.another();
    let form = lab
        .sandbox
        .launch_until_token(&mut browser, &LaunchChoice::student())
        .await
        .unwrap()
        .form()
        .unwrap();
    let cookies: Vec<String> = browser
        .cookies_for(&form.action)
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    let requests = (0..10).map(|_| {
        let request =
            client.post(&form.action).header("cookie", cookies.join("; ")).form(&form.fields);
        tokio::spawn(async move { request.send().await.unwrap().status().as_u16() })
    });
    let mut statuses = Vec::new();
    for request in requests.collect::<Vec<_>>() {
        statuses.push(request.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [[303].as_slice(), &[401; 9]].concat());
    lab.stop().await;
}

/// The status of the response to a student's launch.
async fn status_with(lab: &Lab, misbehaviour: Misbehaviour) -> u16 {
    lab.launch(&LaunchChoice::student().with(misbehaviour)).await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_deployments_are_accepted_if_the_policy_allows_it() {
    let lab = Lab::start().await;
    assert_eq!(status_with(&lab, M::DeploymentUnknown).await, 403);
    let deployments = Some(DeploymentPolicy::Accept);
    lab.set_policy(PolicyChange { deployments, ..PolicyChange::default() });
    assert_eq!(status_with(&lab, M::DeploymentUnknown).await, 303);
    let deployments = Some(DeploymentPolicy::Known);
    lab.set_policy(PolicyChange { deployments, ..PolicyChange::default() });
    assert_eq!(
        status_with(&lab, M::DeploymentUnknown).await,
        303,
        "it was added, so it is known now"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anonymous_launches_are_accepted_if_the_policy_allows_it() {
    let lab = Lab::start().await;
    assert_eq!(status_with(&lab, M::SubMissing).await, 401);
    lab.set_policy(PolicyChange { allow_anonymous: Some(true), ..PolicyChange::default() });
    assert_eq!(status_with(&lab, M::SubMissing).await, 303);
    assert_eq!(status_with(&lab, M::SubEmpty).await, 401, "an empty sub is always an error");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_leeway_of_the_policy_limits_how_far_clocks_may_differ() {
    let lab = Lab::start().await;
    // 50 s are within the leeway of 60 s, but not within 10 s.
    lab.sandbox.set_clock_offset(50);
    assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303);
    lab.set_policy(PolicyChange { leeway_seconds: Some(10.into()), ..PolicyChange::default() });
    assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 401);
    assert_eq!(outcome(&lab.newest_launch().unwrap()), "iat_future");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotated_key_is_found_by_one_refetch() {
    let lab = Lab::start().await;
    assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303);
    assert_eq!(lab.launch(&LaunchChoice::teacher()).await.status, 303);
    assert_eq!(lab.sandbox.keyset_requests(), 1, "the keyset is kept");
    lab.sandbox.rotate_keys();
    assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303);
    assert_eq!(lab.sandbox.keyset_requests(), 2);
    for _ in 0..5 {
        assert_eq!(
            lab.launch(&LaunchChoice::student().with(Misbehaviour::KidUnknown)).await.status,
            401
        );
    }
    assert_eq!(
        lab.sandbox.keyset_requests(),
        2,
        "strangers' key names make no further requests for a while"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drifting_clock_is_distinguished_from_an_old_token() {
    let lab = Lab::start().await;
    lab.sandbox.set_clock_offset(-300);
    assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 401);
    let launch = lab.newest_launch().unwrap();
    assert_eq!(outcome(&launch), "token_expired");
    let ltictl::domain::Outcome::Refused { cause, .. } = launch.outcome else { unreachable!() };
    assert!(cause.contains("clock"), "{cause}");
    lab.stop().await;
}
