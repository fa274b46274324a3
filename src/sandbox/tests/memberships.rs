//! Lists of members.

use serde_json::json;

use super::super::{Course, Member, MemberDetails, MemberStatus, RoleForm, ServiceOptions};
use super::{Client, LINE_ITEM, MEMBERS, platform_and_tool, services};

const MEMBERSHIPS: &str = "/services/2/memberships?type_id=1";

/// The identifiers of all pages from this one on, and the number of pages.
async fn all(client: &Client, first: &str) -> (Vec<String>, usize) {
    let (mut url, mut ids, mut pages) = (Some(first.to_owned()), Vec::new(), 0);
    while let Some(page) = url {
        let response = client.get(&page, MEMBERS).await;
        assert_eq!(response.status, 200, "{page}: {}", response.body);
        ids.extend(
            response.json()["members"]
                .as_array()
                .unwrap()
                .iter()
                .map(|member| member["user_id"].as_str().unwrap().to_owned()),
        );
        pages += 1;
        url = response.link("next");
    }
    (ids, pages)
}

#[tokio::test]
async fn members_are_described_like_in_moodle() {
    let (sandbox, client) = services(ServiceOptions::default()).await;
    let response = client.get(MEMBERSHIPS, MEMBERS).await;
    let body = response.json();
    assert_eq!(body["id"], format!("{}{MEMBERSHIPS}", sandbox.issuer()));
    assert_eq!(body["context"], json!({ "id": "2", "label": "ALG1", "title": "Algebra I" }));
    assert_eq!(
        response.header("content-type"),
        "application/vnd.ims.lti-nrps.v2.membershipcontainer+json; charset=utf-8"
    );
    let member = |id: &str| {
        body["members"]
            .as_array()
            .unwrap()
            .iter()
            .find(|member| member["user_id"] == id)
            .unwrap()
            .clone()
    };
    assert_eq!(
        member("4"),
        json!({
            "status": "Active", "roles": ["Learner"], "user_id": "4", "lis_person_sourcedid": "STU-001", "name": "Sam \
                Student", "given_name": "Sam",
            "family_name": "Student", "email": "sam.student@school.example", "ext_user_username": "sam",
        })
    );
    assert_eq!(
        member("2")["roles"][1],
        "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"
    );
    assert!(member("6").get("name").is_none() && member("6").get("email").is_none());
    // Moodle accepts a request without Accept, but not with another media type.
    assert_eq!(client.get(MEMBERSHIPS, "*/*").await.status, 200);
    assert_eq!(client.get(MEMBERSHIPS, LINE_ITEM).await.status, 400);
}

#[tokio::test]
async fn roles_and_details_are_sent_as_configured() {
    let (sandbox, client) = services(ServiceOptions::default()).await;
    for (roles, details, role, name, email) in [
        (RoleForm::Short, MemberDetails::Full, "Learner", true, true),
        (
            RoleForm::Full,
            MemberDetails::NoEmail,
            "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner",
            true,
            false,
        ),
        (RoleForm::Short, MemberDetails::NoNames, "Learner", false, true),
        (RoleForm::Short, MemberDetails::Nothing, "Learner", false, false),
    ] {
        sandbox.set_services(ServiceOptions {
            roles,
            member_details: details,
            ..ServiceOptions::default()
        });
        let sam = client.get(MEMBERSHIPS, MEMBERS).await.json()["members"][0].clone();
        assert_eq!(
            (
                &sam["roles"][0],
                sam.get("name").is_some(),
                sam.get("family_name").is_some(),
                sam.get("email").is_some()
            ),
            (&json!(role), name, name, email)
        );
    }
}

#[tokio::test]
async fn lists_are_filtered_by_role_or_link() {
    let (_sandbox, client) = services(ServiceOptions::default()).await;
    let learner = "http%3A%2F%2Fpurl.imsglobal.org%2Fvocab%2Flis%2Fv2%2Fmembership%23Learner";
    for (filter, expected) in [
        ("&role=Learner".to_owned(), vec!["4", "5", "6"]),
        (format!("&role={learner}"), vec!["4", "5", "6"]),
        ("&role=Instructor".to_owned(), vec!["3", "2"]),
        ("&role=Mentor".to_owned(), vec![]),
        ("&rlid=21&role=Learner".to_owned(), vec!["4", "5", "6"]),
    ] {
        assert_eq!(all(&client, &format!("{MEMBERSHIPS}{filter}")).await.0, expected, "{filter}");
        assert_eq!(
            all(&client, &format!("{MEMBERSHIPS}{filter}&limit=1")).await.0,
            expected,
            "{filter} in pages"
        );
    }
    for (path, reason) in [
        (format!("{MEMBERSHIPS}&rlid=999"), "LTI link 999 doesn't exist"),
        (format!("{MEMBERSHIPS}&rlid=31"), "LTI link 31 doesn't exist"),
        ("/services/9/memberships?type_id=1".to_owned(), "Course 9 doesn't exist"),
        ("/services/2/memberships?rlid=21".to_owned(), "must carry type_id=1"),
    ] {
        let response = client.get(&path, MEMBERS).await;
        assert_eq!(
            (response.status, response.json()["reason"].as_str().unwrap().contains(reason)),
            (404, true),
            "{path}: {}",
            response.body
        );
    }
}

#[tokio::test]
async fn members_of_a_link_contain_its_message() {
    let sandbox = platform_and_tool().await;
    let client = Client::new(&sandbox);
    let member =
        client.get(&format!("{MEMBERSHIPS}&rlid=21&limit=1"), MEMBERS).await.json()["members"][0]
            .clone();
    assert_eq!(
        member["message"][0]["https://purl.imsglobal.org/spec/lti/claim/message_type"],
        "LtiResourceLinkRequest"
    );
    assert_eq!(
        member["message"][0]["https://purl.imsglobal.org/spec/lti/claim/custom"]["id"],
        "393cf3fc-5b7c-4b60-b528-80e38f6159d3"
    );
    assert!(client.get(MEMBERSHIPS, MEMBERS).await.json()["members"][0].get("message").is_none());
}

#[tokio::test]
async fn members_are_added_removed_and_change_status() {
    let (sandbox, client) =
        services(ServiceOptions { members: 2, ..ServiceOptions::default() }).await;
    sandbox.add_member(Course::Algebra, Member::student("new", "New", "Student"));
    assert!(
        sandbox.remove_member(Course::Algebra, "4")
            && sandbox.remove_member(Course::Algebra, "1001")
            && !sandbox.remove_member(Course::Algebra, "4")
    );
    assert!(sandbox.set_member_status(Course::Algebra, "1002", MemberStatus::Deleted));
    assert_eq!(all(&client, MEMBERSHIPS).await.0, ["3", "2", "5", "6", "1002", "new"]);
    let body = client.get(MEMBERSHIPS, MEMBERS).await.json();
    assert_eq!(
        (&body["members"][4]["status"], &body["members"][5]["email"]),
        (&json!("Deleted"), &json!("usernew@school.example"))
    );
    assert_eq!(
        (sandbox.member_count(Course::Algebra), sandbox.member_count(Course::Biology)),
        (6, 7)
    );
    assert!(
        sandbox.member(Course::Algebra, "4").is_none()
            && sandbox.member(Course::Biology, "4").is_some()
    );
}

#[tokio::test]
async fn any_number_of_members_is_listed_in_pages() {
    let (sandbox, client) =
        services(ServiceOptions { members: 2500, largest_page: 700, ..ServiceOptions::default() })
            .await;
    let (ids, pages) = all(&client, &format!("{MEMBERSHIPS}&limit=5000")).await;
    assert_eq!((ids.len(), pages), (2505, 4));
    assert_eq!((ids[5].as_str(), ids[2504].as_str()), ("1001", "3500"));
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), 2505);
    // A member who is removed between two pages hides no other member.
    let first = client.get(&format!("{MEMBERSHIPS}&limit=3"), MEMBERS).await;
    sandbox.remove_member(Course::Algebra, "4");
    let rest = all(&client, &first.link("next").unwrap()).await.0;
    assert_eq!(rest.len(), 2502);
}
