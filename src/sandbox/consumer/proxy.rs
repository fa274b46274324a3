//! A tool proxy of LTI 2.0: it limits what the platform sends in launches (LTI 2.0, Tool Proxy).

use std::collections::BTreeSet;

use crate::sandbox::fields::{Fields, field};

/// The capabilities that the platform offers besides messages, and the field of a launch that each
/// fills (LTI 2.0, Capabilities and variables). As in Moodle, a field may belong to several.
pub(in crate::sandbox) const CAPABILITIES: &[(&str, &str)] = &[
    ("User.id", "user_id"),
    ("User.username", "ext_user_username"),
    ("Membership.role", "roles"),
    ("Person.name.given", "lis_person_name_given"),
    ("Person.name.family", "lis_person_name_family"),
    ("Person.name.full", "lis_person_name_full"),
    ("Person.email.primary", "lis_person_contact_email_primary"),
    ("Person.sourcedId", "lis_person_sourcedid"),
    ("Context.id", "context_id"),
    ("Context.label", "context_label"),
    ("Context.title", "context_title"),
    ("CourseSection.label", "context_label"),
    ("CourseSection.title", "context_title"),
    ("CourseSection.sourcedId", "lis_course_section_sourcedid"),
    ("ResourceLink.id", LINK_ID),
    ("ResourceLink.title", "resource_link_title"),
    ("ResourceLink.description", "resource_link_description"),
    ("Result.sourcedId", "lis_result_sourcedid"),
    ("Result.autocreate", "lis_outcome_service_url"),
    ("BasicOutcome.sourcedId", "lis_result_sourcedid"),
    ("BasicOutcome.url", "lis_outcome_service_url"),
    ("ToolProxyBinding.memberships.url", "custom_context_memberships_url"),
    ("LtiLink.memberships.url", "custom_link_memberships_url"),
];

/// Every launch has it, because it is required (LTI 1.1.1, 3).
const LINK_ID: &str = "resource_link_id";

/// What only LTI 1.1 has.
const NOT_SENT: [&str; 3] = [
    "custom_context_memberships_v2_url",
    "ext_ims_lis_memberships_url",
    "ext_ims_lis_memberships_id",
];

/// The resources of an accepted tool proxy; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) struct ToolProxy {
    pub(in crate::sandbox) resources: Vec<ProxyResource>,
    /// The URL that accepts requests to register again.
    pub(in crate::sandbox) change_url: String,
}

/// A resource of a tool proxy, for which links can be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) struct ProxyResource {
    pub(in crate::sandbox) name: String,
    pub(in crate::sandbox) launch_url: String,
    /// What launches may contain.
    pub(in crate::sandbox) capabilities: BTreeSet<String>,
    /// The custom parameters of launches, by name.
    pub(in crate::sandbox) parameters: Vec<(String, Parameter)>,
}

/// The value of a custom parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) enum Parameter {
    Fixed(String),
    /// The name of a capability.
    Variable(String),
}

impl ToolProxy {
    /// What remains of the fields of a launch, with the parameters of the resource that has this URL
    /// (of the first one, if none has it). A variable without a value is sent by its name.
    pub(super) fn limited(&self, fields: Fields, launch_url: &str) -> Fields {
        let found = self.resources.iter().find(|resource| resource.launch_url == launch_url);
        let Some(resource) = found.or(self.resources.first()) else { return fields };
        let mut custom = Fields::new();
        for (name, parameter) in &resource.parameters {
            let value = match parameter {
                Parameter::Fixed(text) => text.clone(),
                Parameter::Variable(variable) => value(&fields, variable),
            };
            custom.push((custom_name(name), value));
        }
        let mut limited: Fields =
            fields.into_iter().filter(|(name, _)| resource.may_receive(name)).collect();
        custom.retain(|(name, _)| !limited.iter().any(|(sent, _)| sent == name));
        limited.extend(custom);
        limited
    }
}

impl ProxyResource {
    fn may_receive(&self, name: &str) -> bool {
        let mut of_field = CAPABILITIES.iter().filter(|(_, field)| *field == name).peekable();
        if of_field.peek().is_none() || name == LINK_ID {
            return !NOT_SENT.contains(&name);
        }
        of_field.any(|(capability, _)| self.capabilities.contains(*capability))
    }
}

fn value(fields: &Fields, variable: &str) -> String {
    let known = CAPABILITIES.iter().find(|(capability, _)| *capability == variable);
    let value = known.and_then(|(_, name)| field(fields, name));
    value.map_or_else(|| format!("${variable}"), str::to_owned)
}

/// The parameter of a custom parameter (LTI 1.1.1, 3).
pub(super) fn custom_name(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let is_plain = |character: char| character.is_ascii_alphanumeric();
    format!("custom_{}", name.replace(|character| !is_plain(character), "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn launches_contain_what_the_proxy_enables() {
        let fields: Fields = [
            ("lti_version", "LTI-2p0"),
            ("resource_link_id", "21"),
            ("user_id", "4"),
            ("lis_person_name_full", "Sam Student"),
            ("lis_outcome_service_url", "https://lms.example/outcomes"),
            ("custom_context_memberships_url", "https://lms.example/members"),
            ("custom_context_memberships_v2_url", "https://lms.example/members"),
            ("custom_own", "of the link"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let resource = |url: &str, capabilities: &[&str]| ProxyResource {
            name: "Quiz".to_owned(),
            launch_url: url.to_owned(),
            capabilities: capabilities.iter().map(|name| (*name).to_owned()).collect(),
            parameters: [
                ("Item", Parameter::Fixed("42".to_owned())),
                ("own", Parameter::Fixed("of the tool".to_owned())),
                ("members", Parameter::Variable("ToolProxyBinding.memberships.url".to_owned())),
                ("other", Parameter::Variable("Context.id".to_owned())),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
        };
        let resources =
            vec![resource("first", &["User.id"]), resource("second", &["Result.autocreate"])];
        let proxy = ToolProxy { resources, change_url: String::new() };
        for (url, kept) in
            [("first", "user_id"), ("second", "lis_outcome_service_url"), ("none", "user_id")]
        {
            let limited = proxy.limited(fields.clone(), url);
            let names: Vec<&str> = limited.iter().map(|(name, _)| name.as_str()).collect();
            let custom = ["custom_own", "custom_item", "custom_members", "custom_other"];
            let expected = [&["lti_version", LINK_ID, kept][..], &custom].concat();
            assert_eq!(names, expected, "{url}");
            assert_eq!(field(&limited, "custom_own"), Some("of the link"));
            assert_eq!(field(&limited, "custom_members"), Some("https://lms.example/members"));
            assert_eq!(field(&limited, "custom_other"), Some("$Context.id"));
        }
    }
}
