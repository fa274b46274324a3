//! The members of a course or of a link (Names and Role Provisioning Services 2.0, 2), in pages.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::super::fields::field;
use super::super::school::Role;
use super::call::Call;
use super::member::{Member, MemberDetails, RoleForm};
use super::paging::{LinkStyle, Paging, linked};
use super::response::{Outcome, ServiceResponse, refuse};
use super::state::Services;

const CONTAINER: &str = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";
const CONTAINER_RESPONSE: &str =
    "application/vnd.ims.lti-nrps.v2.membershipcontainer+json; charset=utf-8";

/// The vocabulary of roles in a course, which can be omitted from their names.
const MEMBERSHIP: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#";

/// `GET /services/{course}/memberships`; `message` returns the custom parameters of a link of the
/// course, and `None` for any other link.
pub(super) fn list(
    services: &Services,
    call: &Call<'_>,
    message: impl Fn(&str) -> Option<Value>,
) -> Outcome {
    // Moodle accepts requests without Accept, too.
    if call.accept() != "*/*" {
        call.require_accept(CONTAINER)?;
    }
    let options = &services.options;
    let paging = Paging::read(call.query, options.largest_page)?;
    let rlid = field(call.query, "rlid");
    let custom = match rlid {
        None => None,
        Some(link) => match message(link) {
            Some(custom) => Some(custom),
            None => {
                return refuse(
                    StatusCode::NOT_FOUND,
                    format!("Not Found: LTI link {link} doesn't exist"),
                );
            }
        },
    };
    let role = field(call.query, "role");
    let matches = |member: &Member| role.is_none_or(|role| has_role(member.role, role));
    let (members, next) = services.rosters.of(call.course).page(paging.from, paging.limit, matches);
    let members: Vec<Value> = members
        .iter()
        .map(|member| {
            let mut entry = entry(member, options.roles, options.member_details);
            if let Some(custom) = &custom {
                entry["message"] = json!([{
                    "https://purl.imsglobal.org/spec/lti/claim/message_type": "LtiResourceLinkRequest",
                    "https://purl.imsglobal.org/spec/lti/claim/custom": custom,
                }]);
            }
            entry
        })
        .collect();
    let mut context = call.course.context().unwrap_or_default();
    drop(context.as_object_mut().and_then(|context| context.remove("type")));
    let body =
        json!({ "id": call.url("memberships", &[]), "context": context, "members": members });
    let response = ServiceResponse::json(StatusCode::OK, CONTAINER_RESPONSE, &body);
    let Some(next) = next else { return Ok(response) };
    let style = if options.links == LinkStyle::Moodle { LinkStyle::Plain } else { options.links };
    let filters = call.repeated_fields(&["rlid", "role"]);
    Ok(linked(response, style, paging, Some(next), None, |from| {
        call.url(
            "memberships",
            &[
                vec![("limit", paging.limit.to_string()), ("from", from.to_string())],
                filters.clone(),
            ]
            .concat(),
        )
    }))
}

/// Whether a role has this name, as a URI or as the short name of a role in a course.
fn has_role(role: Role, wanted: &str) -> bool {
    role.uris().iter().any(|uri| *uri == wanted || uri.strip_prefix(MEMBERSHIP) == Some(wanted))
}

fn entry(member: &Member, roles: RoleForm, details: MemberDetails) -> Value {
    let written = |uri: &&'static str| match roles {
        RoleForm::Short => uri.strip_prefix(MEMBERSHIP).unwrap_or(uri),
        RoleForm::Full => uri,
    };
    let roles: Vec<&str> = member.role.uris().iter().map(written).collect();
    let mut entry = json!({
        "status": member.status.description(),
        "roles": roles,
        "user_id": member.id,
        "lis_person_sourcedid": member.sourcedid,
        "ext_user_username": member.username,
    });
    if matches!(details, MemberDetails::Full | MemberDetails::NoEmail) {
        for (name, value) in [
            ("name", member.name()),
            ("given_name", member.given_name.clone()),
            ("family_name", member.family_name.clone()),
        ] {
            if let Some(value) = value {
                entry[name] = json!(value);
            }
        }
    }
    if let (MemberDetails::Full | MemberDetails::NoNames, Some(email)) = (details, &member.email) {
        entry["email"] = json!(email);
    }
    entry
}
