//! Lists of members under LTI 1.1: every member has an ID of a bounded length, the next page is a
//! URL, and a list that is written again is read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::lti::lti_1p1::members::{read_extension_response, read_page};
use serde_json::json;
use url::Url;

fuzz_target!(|data: &[u8]| {
    let url = Url::parse("https://lms.example.edu/members").expect("a URL");
    for page in [read_page(&url, data), read_extension_response(data)] {
        let Ok(page) = page else { continue };
        for member in &page.members {
            assert!((1..=255).contains(&member.user_id.chars().count()));
        }
        let is_member = |id: &String| page.members.iter().any(|member| member.user_id == *id);
        assert!(page.result_sourcedids.keys().all(is_member));
        let membership: Vec<_> = page
            .members
            .iter()
            .map(|member| {
                json!({
                    "role": member.roles,
                    "status": format!("{:?}", member.status),
                    "member": {
                        "userId": member.user_id,
                        "name": member.name,
                        "givenName": member.given_name,
                        "familyName": member.family_name,
                        "email": member.email,
                        "resultSourcedId": page.result_sourcedids.get(&member.user_id),
                    },
                })
            })
            .collect();
        let again = json!({
            "pageOf": { "membershipSubject": { "membership": membership } },
            "nextPage": page.next_page.as_ref().map(Url::as_str),
        });
        assert_eq!(read_page(&url, again.to_string().as_bytes()), Ok(page));
    }
});
