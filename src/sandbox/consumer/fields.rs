//! The fields of a good launch or request, as Moodle and others send them, before they are signed (LTI
//! 1.1.1, 3; Content-Item Message 1.0, 3.1).

use super::choice::{ContentItemChoice, FormLaunch, MemberServices};
use super::proxy::{ToolProxy, custom_name};
use super::setup::ConsumerSetup;
use super::sourcedid::sourcedid;
use crate::sandbox::content::ContentItem;
use crate::sandbox::fields::Fields;
use crate::sandbox::school::Role;
use crate::sandbox::services::ServiceOptions;

/// What a launch is built from.
pub(super) struct Scene<'a> {
    pub(super) issuer: &'a str,
    pub(super) setup: &'a ConsumerSetup,
    /// Limits what is sent (LTI 2.0).
    pub(super) proxy: Option<&'a ToolProxy>,
    /// The selected content that is launched, instead of one of the school's own links.
    pub(super) item: Option<&'a ContentItem>,
    pub(super) services: &'a ServiceOptions,
    pub(super) result_key: &'a str,
    /// Where the response to a content selection is posted.
    pub(super) return_url: &'a str,
    /// In seconds since 1970.
    pub(super) now: i64,
    pub(super) nonce: &'a str,
}

impl Scene<'_> {
    fn endpoint(&self, path: &str) -> String {
        format!("{}{path}", self.issuer.trim_end_matches('/'))
    }

    /// The URL of a service of a course.
    fn service(&self, choice: &FormLaunch, path: &str) -> String {
        let course = choice.course.id();
        self.services.with_query(self.endpoint(&format!("/services/1p1/{course}/{path}")))
    }

    fn link_id(&self, choice: &FormLaunch) -> String {
        self.item.map_or_else(|| choice.link.id(choice.course).to_string(), |item| item.id.clone())
    }

    /// The URL that the form is sent to.
    pub(super) fn launch_url(&self, choice: &FormLaunch) -> String {
        let of_item = || self.item.and_then(|item| item.url.clone());
        let own = choice.launch_url.clone().or_else(of_item);
        own.unwrap_or_else(|| self.setup.launch_url.clone())
    }
}

/// The fields, those of OAuth included, without a signature.
pub(super) fn fields(scene: &Scene<'_>, choice: &FormLaunch) -> Fields {
    let mut fields = Fields::new();
    let mut push = |name: &str, value: &str| fields.push((name.to_owned(), value.to_owned()));
    push("lti_version", scene.setup.version.name());
    push("user_id", choice.user.person().id);
    push("roles", roles(choice.role));
    push("launch_presentation_locale", "en");
    let target = if choice.new_window { "window" } else { "iframe" };
    push("launch_presentation_document_target", target);
    push("tool_consumer_info_product_family_code", "ltictl-sandbox");
    push("tool_consumer_info_version", env!("CARGO_PKG_VERSION"));
    push("tool_consumer_instance_guid", "sandbox");
    push("tool_consumer_instance_name", "Sandbox");
    push("tool_consumer_instance_description", "Test platform of ltictl");
    push("ext_lms", "ltictl-sandbox");
    push("ext_user_username", choice.user.person().username);
    fields.extend(person(choice));
    fields.extend(context(choice));
    match &choice.selection {
        Some(selection) => fields.extend(selection_fields(scene, selection)),
        None => {
            fields.extend(link(scene, choice));
            if choice.course.context().is_some() {
                fields.extend(services(scene, choice));
            }
        }
    }
    let mut custom = scene.setup.custom.clone();
    custom.extend(scene.item.iter().flat_map(|item| item.custom.clone()));
    custom.extend(choice.custom.clone());
    fields.extend(custom.into_iter().map(|(name, value)| (custom_name(&name), value)));
    if let Some(proxy) = scene.proxy {
        fields = proxy.limited(fields, &scene.launch_url(choice));
    }
    for (name, value) in [
        ("oauth_callback", "about:blank"),
        ("oauth_consumer_key", &scene.setup.key),
        ("oauth_nonce", scene.nonce),
        ("oauth_signature_method", choice.signature.name()),
        ("oauth_timestamp", &scene.now.to_string()),
        ("oauth_version", "1.0"),
    ] {
        fields.push((name.to_owned(), value.to_owned()));
    }
    fields
}

fn owned<const N: usize>(fields: [(&str, String); N]) -> Fields {
    fields.map(|(name, value)| (name.to_owned(), value)).into()
}

fn link(scene: &Scene<'_>, choice: &FormLaunch) -> Fields {
    let (title, description) = match scene.item {
        Some(item) => (item.title.as_str(), item.text.as_str()),
        None => (choice.link.description(), ""),
    };
    let return_url = scene.endpoint(&format!("/return?course={}", choice.course.id()));
    owned([
        ("lti_message_type", "basic-lti-launch-request".to_owned()),
        ("resource_link_id", scene.link_id(choice)),
        ("resource_link_title", title.to_owned()),
        // Browsers send line breaks like this.
        ("resource_link_description", description.replace("\r\n", "\n").replace('\n', "\r\n")),
        ("launch_presentation_return_url", return_url),
    ])
}

fn selection_fields(scene: &Scene<'_>, selection: &ContentItemChoice) -> Fields {
    let mut fields = owned([
        ("lti_message_type", "ContentItemSelectionRequest".to_owned()),
        ("accept_media_types", selection.media_types.clone()),
        ("accept_presentation_document_targets", selection.targets.clone()),
        ("content_item_return_url", scene.return_url.to_owned()),
        ("accept_unsigned", "false".to_owned()),
        ("auto_create", "true".to_owned()),
        ("can_confirm", "false".to_owned()),
        ("title", "Sandbox tool".to_owned()),
    ]);
    let multiple = selection.accept_multiple.map(|multiple| multiple.to_string());
    fields.extend(multiple.map(|multiple| ("accept_multiple".to_owned(), multiple)));
    fields.extend(selection.data.clone().map(|data| ("data".to_owned(), data)));
    fields
}

fn person(choice: &FormLaunch) -> Fields {
    let person = choice.user.person();
    let mut fields = Fields::new();
    if let Some((given, family)) = person.names {
        fields.extend(owned([
            ("lis_person_name_given", given.to_owned()),
            ("lis_person_name_family", family.to_owned()),
            ("lis_person_name_full", format!("{given} {family}")),
        ]));
    }
    let email = person.email.map(str::to_owned);
    fields.extend(email.map(|email| ("lis_person_contact_email_primary".to_owned(), email)));
    fields.extend(owned([("lis_person_sourcedid", person.sourcedid.to_owned())]));
    fields
}

fn context(choice: &FormLaunch) -> Fields {
    let Some(context) = choice.course.context() else { return Fields::new() };
    let text = |name: &str| context[name].as_str().unwrap_or_default().to_owned();
    owned([
        ("context_id", text("id")),
        ("context_label", text("label")),
        ("context_title", text("title")),
        ("context_type", "CourseSection".to_owned()),
        ("lis_course_section_sourcedid", format!("CRS-{}", choice.course.id())),
    ])
}

/// Grades and members, which only courses have. Like Moodle, the platform names a result for teachers,
/// too. Selected content has a result only if the tool sent a line item.
fn services(scene: &Scene<'_>, choice: &FormLaunch) -> Fields {
    let mut fields = Fields::new();
    let link = scene.link_id(choice);
    if scene.item.is_none_or(|item| item.line_item.is_some()) {
        let user = choice.user.person().id;
        fields.extend(owned([
            ("lis_outcome_service_url", scene.service(choice, "outcomes")),
            ("lis_result_sourcedid", sourcedid(scene.result_key, choice.course, &link, user)),
        ]));
    }
    let memberships = scene.service(choice, "memberships");
    let mark = if memberships.contains('?') { '&' } else { '?' };
    // A tool proxy says which ones it wants.
    let wants_all = scene.proxy.is_some() && choice.members != MemberServices::Nothing;
    let has = |one: MemberServices| {
        wants_all || choice.members == one || choice.members == MemberServices::All
    };
    if has(MemberServices::Context) {
        fields.extend(owned([("custom_context_memberships_url", memberships.clone())]));
    }
    if has(MemberServices::Link) {
        let of_link = format!("{memberships}{mark}rlid={link}");
        fields.extend(owned([("custom_link_memberships_url", of_link)]));
    }
    if has(MemberServices::Names) {
        fields.extend(owned([("custom_context_memberships_v2_url", memberships)]));
    }
    if has(MemberServices::Extension) {
        fields.extend(owned([
            ("ext_ims_lis_memberships_url", scene.service(choice, "members")),
            ("ext_ims_lis_memberships_id", format!("members of {link}")),
        ]));
    }
    fields
}

/// The names of roles (LTI 1.1.1, A.2).
fn roles(role: Role) -> &'static str {
    match role {
        Role::Student => "Learner",
        Role::Teacher => "Instructor",
        Role::Assistant => "Instructor,urn:lti:role:ims/lis/TeachingAssistant",
        Role::Designer => "ContentDeveloper",
        Role::Admin => {
            "Instructor,urn:lti:sysrole:ims/lis/Administrator,urn:lti:instrole:ims/lis/Administrator"
        }
        Role::Observer => "Mentor",
    }
}
