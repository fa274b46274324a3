//! The members of a course under LTI 1.1: the service of LTI 2.0 in pages (Membership Service 1.0),
//! which also serves the format of LTI 1.3 to tools that ask for it, and the older extension.

use axum::http::StatusCode;
use quick_xml::escape::escape;
use serde_json::{Value, json};

use super::super::fields::{Fields, field};
use super::super::school::Role;
use super::call::Call;
use super::member::{Member, MemberDetails, MemberStatus};
use super::memberships;
use super::paging::Paging;
use super::response::{Outcome, ServiceResponse, refuse};
use super::state::Services;

const CONTAINER: &str = "application/vnd.ims.lis.v2.membershipcontainer+json";
const CONTAINER_RESPONSE: &str =
    "application/vnd.ims.lis.v2.membershipcontainer+json; charset=utf-8";
const NAMES_CONTAINER: &str = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";

/// The links of the course, and the names of their results.
pub(super) struct Results<'a> {
    pub(super) is_link: &'a dyn Fn(&str) -> bool,
    /// The name of a link and a user.
    pub(super) name: &'a dyn Fn(&str, &str) -> String,
}

/// `GET /services/1p1/{course}/memberships`
pub(super) fn list(services: &Services, call: &Call<'_>, results: &Results<'_>) -> Outcome {
    if call.accept().contains(NAMES_CONTAINER) {
        return memberships::list(services, call, |link| {
            (results.is_link)(link).then(|| json!({}))
        });
    }
    if call.accept() != "*/*" {
        call.require_accept(CONTAINER)?;
    }
    let paging = Paging::read(call.query, services.options.largest_page)?;
    let link = field(call.query, "rlid");
    if let Some(link) = link.filter(|link| !(results.is_link)(link)) {
        let reason = format!("Not Found: LTI link {link} doesn't exist");
        return refuse(StatusCode::NOT_FOUND, reason);
    }
    let role = field(call.query, "role");
    let matches = |member: &Member| role.is_none_or(|role| roles(member.role).contains(&role));
    let (members, next) = services.rosters.of(call.course).page(paging.from, paging.limit, matches);
    let details = services.options.member_details;
    let entries: Vec<Value> = members
        .iter()
        .map(|member| {
            let name = link.map(|link| (results.name)(link, &member.id));
            entry(member, details, name.as_deref())
        })
        .collect();
    let mut body = json!({
        "@context": "http://purl.imsglobal.org/ctx/lis/v2/MembershipContainer",
        "@type": "Page",
        "@id": call.url("memberships", &[]),
        "pageOf": {
            "@type": "LISMembershipContainer",
            "membershipSubject": {
                "@type": "Context",
                "contextId": call.course.id().to_string(),
                "membership": entries,
            },
        },
    });
    if let Some(next) = next {
        let mut more = vec![("limit", paging.limit.to_string()), ("from", next.to_string())];
        more.extend(call.repeated_fields(&["rlid", "role"]));
        body["nextPage"] = json!(call.url("memberships", &more));
    }
    Ok(ServiceResponse::json(StatusCode::OK, CONTAINER_RESPONSE, &body))
}

/// The names of roles in a course.
fn roles(role: Role) -> &'static [&'static str] {
    match role {
        Role::Student => &["Learner"],
        Role::Teacher | Role::Admin => &["Instructor"],
        Role::Assistant => &["Instructor", "urn:lti:role:ims/lis/TeachingAssistant"],
        Role::Designer => &["ContentDeveloper"],
        Role::Observer => &["Mentor"],
    }
}

/// A text that is sent.
struct Shared<'m> {
    names: [Option<&'m str>; 2],
    name: Option<String>,
    email: Option<&'m str>,
}

impl<'m> Shared<'m> {
    fn of(member: &'m Member, details: MemberDetails) -> Self {
        let has_names = matches!(details, MemberDetails::Full | MemberDetails::NoEmail);
        let has_email = matches!(details, MemberDetails::Full | MemberDetails::NoNames);
        Self {
            names: [&member.given_name, &member.family_name]
                .map(|name| name.as_deref().filter(|_| has_names)),
            name: member.name().filter(|_| has_names),
            email: member.email.as_deref().filter(|_| has_email),
        }
    }
}

fn entry(member: &Member, details: MemberDetails, result: Option<&str>) -> Value {
    let shared = Shared::of(member, details);
    let mut person = json!({
        "@type": "LISPerson",
        "userId": member.id,
        "sourcedId": member.sourcedid,
        "ext_user_username": member.username,
    });
    let [given_name, family_name] = shared.names;
    for (name, value) in [
        ("name", shared.name.as_deref()),
        ("givenName", given_name),
        ("familyName", family_name),
        ("email", shared.email),
        ("resultSourcedId", result),
    ] {
        if let Some(value) = value {
            person[name] = json!(value);
        }
    }
    let mut entry = json!({
        "status": member.status.description(),
        "role": roles(member.role),
        "member": person,
    });
    if let Some(result) = result {
        entry["message"] = json!([{
            "message_type": "basic-lti-launch-request",
            "lis_result_sourcedid": result,
        }]);
    }
    entry
}

/// `POST /services/1p1/{course}/members`, with the message `basic-lis-readmembershipsforcontext`;
/// `checked` is whether the signature is valid.
pub(super) fn extension(
    services: &Services,
    call: &Call<'_>,
    form: &Fields,
    checked: Result<(), String>,
) -> ServiceResponse {
    let is_known = field(form, "id").is_some_and(|id| id.starts_with("members of "));
    let is_request = field(form, "lti_message_type") == Some("basic-lis-readmembershipsforcontext");
    let problem = match checked {
        Err(problem) => Some(problem),
        Ok(()) if !is_request => Some("lti_message_type is not supported.".to_owned()),
        Ok(()) if !is_known => Some("id is not that of a link.".to_owned()),
        Ok(()) => None,
    };
    let (code, severity, description) = match &problem {
        None => ("Success", "Status", "The members of the course"),
        Some(problem) => ("Failure", "Error", problem.as_str()),
    };
    let members = match problem {
        None => services.rosters.of(call.course).page(0, usize::MAX, is_active).0,
        Some(_) => Vec::new(),
    };
    let details = services.options.member_details;
    let members: Vec<String> = members.iter().map(|member| element(member, details)).collect();
    let members = match code {
        "Success" => format!("<members>{}</members>", members.concat()),
        _ => String::new(),
    };
    let description = escape(description);
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<message_response><lti_message_type>\
         basic-lis-readmembershipsforcontext</lti_message_type>{members}<statusinfo>\
         <codemajor>{code}</codemajor><severity>{severity}</severity>\
         <description>{description}</description></statusinfo></message_response>\n"
    );
    ServiceResponse::new(StatusCode::OK, "text/xml; charset=utf-8", document)
}

/// The extension knows no status.
fn is_active(member: &Member) -> bool {
    member.status == MemberStatus::Active
}

fn element(member: &Member, details: MemberDetails) -> String {
    let shared = Shared::of(member, details);
    let [given_name, family_name] = shared.names;
    let roles = roles(member.role).join(",");
    let fields = [
        ("user_id", Some(member.id.as_str())),
        ("roles", Some(&roles)),
        ("person_sourcedid", Some(member.sourcedid.as_str())),
        ("person_name_given", given_name),
        ("person_name_family", family_name),
        ("person_name_full", shared.name.as_deref()),
        ("person_contact_email_primary", shared.email),
    ];
    let fields = fields.iter().filter_map(|(name, value)| {
        value.map(|value| format!("<{name}>{}</{name}>", escape(value)))
    });
    format!("<member>{}</member>", fields.collect::<String>())
}
