use serde_json::Value;

use super::super::test_support::{names, recorded};
use super::*;
use crate::lti::roles::Role;

const STAFF: [&str; 1] = ["Instructor"];
const URL: &str = "https://lms.example/members?limit=2";

fn read(body: &str) -> Result<Page, PageError> {
    read_page(&Url::parse(URL).expect("a URL"), body.as_bytes())
}

fn container(membership: &str, more: &str) -> String {
    format!(r#"{{"pageOf":{{"membershipSubject":{{"membership":[{membership}]}}}}{more}}}"#)
}

/// The recorded lists: members, staff, members with a `lis_result_sourcedid`, and the next page.
const LISTS: &[(&str, usize, usize, usize, Option<&str>)] = &[
    ("memberships-context", 12, 5, 0, None),
    (
        "memberships-context-limit-2",
        2,
        0,
        0,
        Some(
            "http://localhost:8100/mod/lti/services.php/CourseSection/3/bindings/1/memberships?limit=2&from=2",
        ),
    ),
    ("memberships-context-role-learner", 7, 0, 0, None),
    ("memberships-link", 12, 5, 12, None),
];

#[test]
fn recorded_lists_are_read() {
    assert_eq!(LISTS.len() + 2, names("memberships").len());
    for (name, members, staff, sourcedids, next) in LISTS {
        let exchange = recorded(name);
        let url = exchange["request"]["url"].as_str().expect("a URL");
        let body = exchange["response"]["body"].to_string();
        let page = read_page(&Url::parse(url).expect("a URL"), body.as_bytes()).expect(name);
        let staff_found =
            page.members.iter().filter(|member| member.role(&STAFF) == Role::Staff).count();
        assert_eq!(
            (page.members.len(), staff_found, page.result_sourcedids.len()),
            (*members, *staff, *sourcedids),
            "{name}"
        );
        assert_eq!(page.next_page.as_ref().map(Url::as_str), *next, "{name}");
        let zoe = page.members.iter().find(|member| member.user_id == "5").expect("a member");
        assert_eq!(zoe.name.as_deref(), Some("Zoë Núñez-Øberg"));
        assert_eq!(zoe.email.as_deref(), Some("zoe.nunez@a.example.com"));
        assert!(!format!("{page:?}").contains("Zoë"));
    }
}

#[test]
fn both_formats_have_the_same_members() {
    let body = |name: &str| recorded(name)["response"]["body"].to_string();
    let lti_2p0 = read(&body("memberships-context")).expect("a page").members;
    let lti_1p3 = crate::lti::members::read_page(body("memberships-context-v2-accept").as_bytes());
    assert_eq!(lti_2p0, lti_1p3.expect("a page"));
    // An error of the platform is no list.
    assert!(read(&body("memberships-bad-signature")).is_err());
}

#[test]
fn pages_are_read_tolerantly() {
    let page = read(&container(
        r#"{"member":{"userId":7,"name":null,"resultSourcedId":""},"role":"http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor",
            "status":"http://purl.imsglobal.org/vocab/lis/v2/status#Inactive","message":[{},{"lis_result_sourcedid":"r"}]}"#,
        r#","nextPage":"members?page=2""#,
    ))
    .expect("a page");
    let member = &page.members[0];
    assert_eq!(
        (member.user_id.as_str(), member.status, &member.name),
        ("7", MemberStatus::Inactive, &None)
    );
    assert_eq!((member.role(&STAFF), page.result_sourcedids["7"].as_str()), (Role::Staff, "r"));
    assert_eq!(
        page.next_page.map(String::from).as_deref(),
        Some("https://lms.example/members?page=2")
    );
    let next = read(&container("", r#","nextPage":{"@id":"/members?page=3"}"#)).expect("a page");
    let next = next.next_page.map(String::from);
    assert_eq!(next.as_deref(), Some("https://lms.example/members?page=3"));
    // A list whose next page is unknown is not complete.
    for more in [r#","nextPage":{}"#, r#","nextPage":7"#, r#","nextPage":["a"]"#] {
        assert_eq!(read(&container("", more)), Err(PageError::NextPageUnusable), "{more}");
    }
    let long = format!(r#"{{"member":{{"userId":"1","resultSourcedId":"{}"}}}}"#, "x".repeat(4097));
    let page = read(&container(&long, "")).expect("a page");
    assert_eq!((page.members.len(), page.result_sourcedids.len()), (1, 0), "too long to be stored");
    for more in ["", r#","nextPage":null"#, r#","nextPage":"""#] {
        assert_eq!(read(&container("", more)), Ok(Page::default()), "{more}");
    }
    assert_eq!(read(&container("", r#","nextPage":"http://[""#)), Err(PageError::NextPageUnusable));
}

#[test]
fn a_page_is_read_as_a_whole_or_not_at_all() {
    let whole = container(r#"{"member":{"userId":"1"}},{"member":{"userId":"2"}}"#, "");
    assert_eq!(read(&whole).expect("a page").members.len(), 2);
    for end in 0..whole.len() {
        assert!(read(&whole[..end]).is_err(), "{}", &whole[..end]);
    }
    for body in [
        "{}",
        r#"{"pageOf":{}}"#,
        r#"{"pageOf":{"membershipSubject":{}}}"#,
        r#"{"pageOf":{"membershipSubject":{"membership":null}}}"#,
        r#"{"pageOf":[{"membership":[]}]}"#,
        &container("{}", ""),
        &container(r#"{"member":{}}"#, ""),
        &container(r#"{"member":{"userId":""}}"#, ""),
        &container(r#"{"member":["1"]}"#, ""),
        &container(&format!(r#"{{"member":{{"userId":"{}"}}}}"#, "x".repeat(256)), ""),
    ] {
        assert!(matches!(read(body), Err(PageError::NotJson { .. })), "{body}");
    }
}

fn extension(status: &str, members: &str) -> Result<Page, PageError> {
    let body = format!(
        "<message_response><lti_message_type>basic-lis-readmembershipsforcontext</lti_message_type>{members}{status}</message_response>"
    );
    read_extension_response(body.as_bytes())
}

#[test]
fn the_older_extension_is_read() {
    let success = "<statusinfo><codemajor>Success</codemajor><severity>Status</severity><codeminor>fullsuccess</codeminor></statusinfo>";
    let members = "<members><member><user_id>4</user_id><roles>Learner, Instructor</roles><person_name_full>Zoë &amp; Co</person_name_full><person_name_given>Zoë</person_name_given><person_contact_email_primary>z@a.example</person_contact_email_primary><lis_result_sourcedid>a&lt;b</lis_result_sourcedid></member><member><user_id>5</user_id><role>Learner</role></member></members>";
    for status in [success, ""] {
        let page = extension(status, members).expect("a page");
        let [first, second] = page.members.as_slice() else { panic!("two members") };
        assert_eq!((first.user_id.as_str(), first.role(&STAFF)), ("4", Role::Staff));
        assert_eq!(first.name.as_deref(), Some("Zoë & Co"));
        assert_eq!((second.user_id.as_str(), second.role(&STAFF)), ("5", Role::Learner));
        assert_eq!(
            page.result_sourcedids.into_iter().collect::<Vec<_>>(),
            [("4".to_owned(), "a<b".to_owned())]
        );
        assert_eq!(page.next_page, None);
    }
    assert_eq!(extension(success, "<members/>"), Ok(Page::default()));
    let long =
        format!("<members><member><user_id>{}</user_id></member></members>", "x".repeat(256));
    let failure = "<statusinfo><codemajor>Failure</codemajor><description>not\nallowed</description></statusinfo>";
    assert_eq!(
        extension(failure, members),
        Err(PageError::Refused { description: "not allowed".to_owned() })
    );
    assert_eq!(extension(success, ""), Err(PageError::NoMembers));
    for members in [&long, "<members><member><roles>Learner</roles></member></members>"] {
        assert!(matches!(extension(success, members), Err(PageError::UserIdUnusable { .. })));
    }
    assert!(matches!(read_extension_response(b"<members>"), Err(PageError::NotXml { .. })));
    assert_eq!(
        extension_request("abc"),
        [("id", "abc"), ("lti_message_type", EXTENSION_REQUEST), ("lti_version", "LTI-1p0")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[test]
fn recorded_responses_have_the_media_type() {
    for (name, ..) in LISTS {
        let exchange = recorded(name);
        let accept = &exchange["request"]["headers"]["Accept"];
        let sent = exchange["response"]["headers"]["content-type"].as_str().expect("a type");
        assert_eq!(*accept, Value::from(MEDIA_TYPE));
        assert!(sent.starts_with(MEDIA_TYPE), "{sent}");
    }
}
