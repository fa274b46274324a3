use jiff::Timestamp;

use super::*;
use crate::domain::{ClientId, EndpointUrl, Issuer, Name, PlatformDetails};
use crate::store::{CreatedBy, Store};

const SHARED: &str = "https://canvas.example";

fn registration(number: usize, issuer: Option<&str>, enabled: bool) -> Registration {
    let name = format!("school-{number}");
    let endpoint = |path: &str| EndpointUrl::stored(format!("https://lms-{number}.example/{path}"));
    let platform = issuer.map(|issuer| PlatformDetails {
        issuer: Issuer::stored(issuer.to_owned()),
        client_id: ClientId::new(&format!("client-{number}")).unwrap(),
        keyset_url: endpoint("jwks"),
        access_token_url: endpoint("token"),
        authentication_request_url: endpoint("auth"),
    });
    Registration {
        platform,
        enabled,
        ..Registration::draft(
            Slug::new(&name).unwrap(),
            Name::new(&name).unwrap(),
            Timestamp::UNIX_EPOCH,
        )
    }
}

/// A database with this many registrations: half of them share an issuer, the others have one each.
/// Number 0 is a draft, number 1 is disabled.
fn store(count: usize) -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::create(directory.path().join("ltictl.db")).unwrap();
    store
        .write(|write| {
            write.add_registration(&registration(0, None, true), CreatedBy::Hand)?;
            for number in 1..count {
                let issuer = if number.is_multiple_of(2) {
                    SHARED.to_owned()
                } else {
                    format!("https://lms-{number}.example")
                };
                write.add_registration(
                    &registration(number, Some(&issuer), number != 1),
                    CreatedBy::Hand,
                )?;
            }
            Ok::<_, store::Error>(())
        })
        .unwrap();
    (directory, store)
}

fn request(iss: &str, client_id: Option<&str>) -> LoginRequest {
    LoginRequest {
        iss: iss.to_owned(),
        login_hint: "4".to_owned(),
        target_link_uri: "https://tool.example/lti/launch".to_owned(),
        lti_message_hint: None,
        client_id: client_id.map(str::to_owned),
        lti_deployment_id: None,
        lti_storage_target: None,
    }
}

/// Why a login is refused, and how many database steps it takes.
fn refused(
    store: &Store,
    slug: Option<&RegistrationRef>,
    request: &LoginRequest,
) -> (Refusal, u32) {
    let find = |read: Read<'_>| find_registration(read, slug, request).unwrap().unwrap_err().0;
    // Statements are prepared the first time.
    store.counting_steps(find);
    store.counting_steps(find)
}

#[test]
fn unknown_issuer_takes_the_same_steps_for_any_number_of_registrations() {
    let stores = [store(100), store(3000)];
    let [few, many] = stores.each_ref().map(|(_, store)| store);
    let [unknown, draft, disabled, ready] =
        ["unknown", "school-0", "school-1", "school-3"].map(RegistrationRef::from);
    for (slug, iss, client_id) in [
        (None, "https://unknown.example", Some("x")),
        (None, "https://unknown.example", None),
        (None, "", None),
        (None, "not a URL", None),
        (None, SHARED, Some("unknown")),
        (None, SHARED, None),
        (None, "https://canvas.example/", Some("client-2")),
        (None, "http://lms-3.example", None),
        (Some(&unknown), "https://unknown.example", None),
        (Some(&unknown), SHARED, None),
        (Some(&draft), "https://unknown.example", None),
        (Some(&disabled), "https://lms-1.example", None),
        (Some(&ready), "https://unknown.example", None),
    ] {
        let request = request(iss, client_id);
        let ((_, few), (refusal, many)) =
            (refused(few, slug, &request), refused(many, slug, &request));
        assert_eq!(few, many, "{slug:?} {iss} {client_id:?}");
        assert!(many < 1000, "{many} steps: {refusal:?}");
    }
}

#[test]
fn an_unknown_registration_takes_the_same_statements_as_a_draft_and_a_disabled_one() {
    let (_directory, store) = store(10);
    let request = request("https://lms-1.example", None);
    let statements = |slug: Option<&RegistrationRef>, request: &LoginRequest| {
        let (refusal, statements) = store.recording_statements(|read| {
            find_registration(read, slug, request).unwrap().unwrap_err().0
        });
        assert!(!statements.is_empty());
        (refusal.code(), statements)
    };
    let by_slug = ["unknown", "school-3", "school-0", "school-1"]
        .map(|slug| statements(Some(&slug.into()), &request));
    assert_eq!(
        by_slug.each_ref().map(|(code, _)| code.as_str()),
        [
            "registration_unknown",
            "registration_unknown",
            "registration_incomplete",
            "registration_disabled"
        ]
    );
    assert!(by_slug.iter().all(|(_, statements)| *statements == by_slug[0].1), "{by_slug:#?}");
    let by_issuer = ["https://unknown.example", "https://lms-1.example"]
        .map(|iss| statements(None, &LoginRequest { iss: iss.to_owned(), ..request.clone() }));
    assert_eq!(
        by_issuer.each_ref().map(|(code, _)| code.as_str()),
        ["registration_unknown", "registration_disabled"]
    );
    assert_eq!(by_issuer[0].1, by_issuer[1].1);
}

#[test]
fn near_misses_are_found_among_neighbouring_issuers() {
    let (_directory, store) = store(10);
    for (iss, client_id, expected) in [
        ("https://canvas.example/", None, Some("a slash at the end that is too many")),
        ("http://canvas.example", Some("client-2"), Some("http instead of https")),
        ("https://CANVAS.example", None, Some("capital letters")),
        ("https://canvas.beta.example", None, Some("test or beta site")),
        ("https://canvas.example:443", None, Some("the port")),
        ("https://lms-3.example/", None, Some("\"https://lms-3.example\" is registered")),
        ("https://canvas.example:8443", None, None),
        ("https://canvas.example/path", None, None),
        ("https://unknown.example", None, None),
        (SHARED, Some("unknown"), None),
    ] {
        let (refusal, _) = refused(&store, None, &request(iss, client_id));
        let Refusal::RegistrationUnknown { near_miss, .. } = refusal else {
            panic!("{iss}: {refusal:?}")
        };
        match expected {
            Some(words) => assert!(
                near_miss.as_ref().is_some_and(|hint| hint.contains(words)),
                "{iss}: {near_miss:?}"
            ),
            None => assert_eq!(near_miss, None, "{iss}"),
        }
    }
}
