//! Pages of members: read as a whole or not at all, and what is read has an ID.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::lti::members::{Member, MemberStatus, read_page};
use serde_json::{Value, json};

fuzz_target!(|data: &[u8]| {
    let Ok(members) = read_page(data) else { return };
    let page = data.trim_ascii();
    assert!(page.starts_with(b"{"), "only an object is a page");
    assert!(read_page(&page[..page.len() - 1]).is_err(), "a page that breaks off is read");
    assert!(members.len() <= data.len() / br#"{"user_id":7}"#.len());
    for member in &members {
        let texts = [
            &member.name,
            &member.given_name,
            &member.family_name,
            &member.email,
            &member.locale,
            &member.lti11_legacy_user_id,
        ];
        let texts = texts.into_iter().flatten().chain(&member.roles).chain([&member.user_id]);
        assert!(texts.into_iter().all(|text| !text.trim().is_empty()));
        let _ = member.role(&["Instructor"]);
    }
    let again = json!({ "members": members.iter().map(written).collect::<Vec<_>>() }).to_string();
    assert!(
        read_page(again.as_bytes()).expect("what was read can be written and read again")
            == members
    );
});

fn written(member: &Member) -> Value {
    json!({
        "user_id": member.user_id,
        "roles": member.roles,
        "status": match member.status {
            MemberStatus::Active => "Active",
            MemberStatus::Inactive => "Inactive",
            MemberStatus::Deleted => "Deleted",
        },
        "name": member.name,
        "given_name": member.given_name,
        "family_name": member.family_name,
        "email": member.email,
        "locale": member.locale,
        "lti11_legacy_user_id": member.lti11_legacy_user_id,
    })
}
