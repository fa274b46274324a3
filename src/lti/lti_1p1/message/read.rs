//! Reads the parameters of a verified message into types.

use std::collections::{BTreeMap, HashMap};

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{
    BasicOutcome, CONTENT_ITEM_REQUEST, Context, LAUNCH, LINK_MEDIA_TYPE, Launch,
    LaunchPresentation, Lis, MAX_DATA_CHARACTERS, MAX_ID_CHARACTERS, MAX_SOURCEDID_CHARACTERS,
    MAX_URL_CHARACTERS, Memberships, MembershipsExtension, Person, Problem, Request, ResourceLink,
    ToolPlatform, Version,
};
use crate::lti::deep_linking::{RESOURCE_LINK, Settings, check_return_url};
use crate::lti::lti_1p1::excerpt::one_line;
use crate::lti::lti_1p1::oauth1::{Verified, has_one_meaning};

/// The prefix of context roles, which short names omit (LTI 1.1.1, A.1 and A.2.2).
const ROLE: &str = "urn:lti:role:ims/lis/";

/// Maximum length of what a problem shows of a message, in characters.
const SHOWN_CHARACTERS: usize = 60;

impl Launch {
    /// Reads a message whose signature is valid. Texts are trimmed; IDs are not. `allow_http`
    /// accepts an http return URL for a content selection, as
    /// [`crate::lti::deep_linking::Settings::read`] does.
    ///
    /// # Errors
    ///
    /// [`Problem`].
    pub fn read(verified: &Verified, allow_http: bool) -> Result<Self, Problem> {
        let reader = Reader::of(verified);
        let request = reader.request(allow_http)?;
        let version = reader.version()?;
        let (mut custom, mut extensions) = (BTreeMap::new(), BTreeMap::new());
        for (name, value) in &verified.parameters {
            let (into, short) = if let Some(short) = name.strip_prefix(b"custom_") {
                (&mut custom, short)
            } else if let Some(short) = name.strip_prefix(b"ext_") {
                (&mut extensions, short)
            } else if version == Version::Lti2p0 && !has_one_meaning(name) {
                (&mut custom, name.as_slice())
            } else {
                continue;
            };
            let (short, value) = (utf8(name, short)?, utf8(name, value)?.trim());
            into.entry(short.to_owned()).or_insert_with(|| value.to_owned());
        }
        custom.retain(|_, value| !value.starts_with('$'));
        Ok(Self {
            version,
            request,
            user_id: reader.id("user_id", MAX_ID_CHARACTERS)?,
            roles: reader.list("roles")?.into_iter().map(full_role).collect(),
            mentored: reader
                .list("role_scope_mentor")?
                .into_iter()
                .map(|id| percent_decode_str(&id).decode_utf8_lossy().into_owned())
                .collect(),
            person: reader.person()?,
            context: reader.context()?,
            lis: Lis {
                person_sourcedid: reader.text("lis_person_sourcedid")?,
                course_offering_sourcedid: reader.text("lis_course_offering_sourcedid")?,
                course_section_sourcedid: reader.text("lis_course_section_sourcedid")?,
            },
            tool_platform: reader.tool_platform()?,
            launch_presentation: reader.launch_presentation()?,
            outcome: reader.outcome()?,
            memberships: reader.memberships()?,
            custom,
            extensions,
        })
    }
}

/// A role as a URI. Short names are context roles.
fn full_role(role: String) -> String {
    if role.contains(':') { role } else { format!("{ROLE}{role}") }
}

/// The values of a message by name, of repeated ones the first.
struct Reader<'a>(HashMap<&'a [u8], &'a [u8]>);

impl<'a> Reader<'a> {
    fn of(verified: &'a Verified) -> Self {
        let mut values = HashMap::with_capacity(verified.parameters.len());
        for (name, value) in &verified.parameters {
            values.entry(name.as_slice()).or_insert(value.as_slice());
        }
        Self(values)
    }

    /// A value as it was sent; `None` if it is absent or only white space.
    fn value(&self, name: &str) -> Result<Option<&'a str>, Problem> {
        match self.0.get(name.as_bytes()) {
            None => Ok(None),
            Some(value) => {
                utf8(name.as_bytes(), value).map(|text| Some(text).filter(|_| !is_blank(text)))
            }
        }
    }

    fn text(&self, name: &str) -> Result<Option<String>, Problem> {
        Ok(self.value(name)?.map(|text| text.trim().to_owned()))
    }

    /// An opaque value that is stored or sent back: as it was sent, but not too long.
    fn id(&self, name: &'static str, maximum: usize) -> Result<Option<String>, Problem> {
        self.value(name)?.map(|text| limited(name, text, maximum)).transpose()
    }

    fn url(&self, name: &'static str) -> Result<Option<String>, Problem> {
        self.value(name)?.map(|text| limited(name, text.trim(), MAX_URL_CHARACTERS)).transpose()
    }

    /// The parts of a list that are not empty, without white space around them.
    fn list(&self, name: &str) -> Result<Vec<String>, Problem> {
        let parts = self.value(name)?.unwrap_or_default().split(',').map(str::trim);
        Ok(parts.filter(|part| !part.is_empty()).map(str::to_owned).collect())
    }

    fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        Ok(match self.value(name)?.map(str::trim) {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        })
    }

    fn version(&self) -> Result<Version, Problem> {
        let version =
            self.value("lti_version")?.ok_or(Problem::Missing { parameter: "lti_version" })?;
        [Version::Lti1p0, Version::Lti2p0]
            .into_iter()
            .find(|known| known.as_str() == version)
            .ok_or_else(|| Problem::VersionUnsupported { version: shown(version) })
    }

    fn request(&self, allow_http: bool) -> Result<Request, Problem> {
        let parameter = "lti_message_type";
        match self.value(parameter)?.ok_or(Problem::Missing { parameter })? {
            LAUNCH => {
                let parameter = "resource_link_id";
                Ok(Request::ResourceLink(ResourceLink {
                    id: self
                        .id(parameter, MAX_ID_CHARACTERS)?
                        .ok_or(Problem::Missing { parameter })?,
                    title: self.text("resource_link_title")?,
                    description: self.text("resource_link_description")?,
                }))
            }
            CONTENT_ITEM_REQUEST => self.selection(allow_http).map(Request::ContentItemSelection),
            other => Err(Problem::MessageTypeUnsupported { message_type: shown(other) }),
        }
    }

    /// The settings of a content selection (Content-Item Message 1.0, 3.1), in the words of LTI
    /// 1.3.
    fn selection(&self, allow_http: bool) -> Result<Settings, Problem> {
        let parameter = "content_item_return_url";
        let return_url = self.url(parameter)?.ok_or(Problem::Missing { parameter })?;
        if let Err(problem) = check_return_url(&return_url, allow_http) {
            let url = return_url.split(['?', '#']).next().unwrap_or_default().to_owned();
            return Err(Problem::ReturnUrlNotAllowed { url, problem });
        }
        let accept_media_types = self.list("accept_media_types")?;
        if accept_media_types.is_empty() {
            return Err(Problem::Missing { parameter: "accept_media_types" });
        }
        if !accept_media_types.iter().any(|accepted| accepts_links(accepted)) {
            return Err(Problem::LinkNotAccepted { accept_media_types });
        }
        let data = "data";
        Ok(Settings {
            return_url,
            accept_types: vec![RESOURCE_LINK.to_owned()],
            accept_presentation_document_targets: self
                .list("accept_presentation_document_targets")?,
            accept_media_types,
            accept_multiple: self.flag("accept_multiple")?.unwrap_or(false),
            accept_lineitem: None,
            auto_create: self.flag("auto_create")?.unwrap_or(false),
            title: self.text("title")?,
            text: self.text("text")?,
            data: match self.0.get(data.as_bytes()) {
                Some(value) => {
                    let text = utf8(data.as_bytes(), value)?;
                    Some(Value::String(short_enough(data, text, MAX_DATA_CHARACTERS)?))
                }
                None => None,
            },
        })
    }

    fn person(&self) -> Result<Person, Problem> {
        Ok(Person {
            name: self.text("lis_person_name_full")?,
            given_name: self.text("lis_person_name_given")?,
            family_name: self.text("lis_person_name_family")?,
            email: self.text("lis_person_contact_email_primary")?,
            picture: self.url("user_image")?,
        })
    }

    fn context(&self) -> Result<Option<Context>, Problem> {
        let Some(id) = self.id("context_id", MAX_ID_CHARACTERS)? else { return Ok(None) };
        Ok(Some(Context {
            id,
            label: self.text("context_label")?,
            title: self.text("context_title")?,
            types: self.list("context_type")?,
        }))
    }

    fn tool_platform(&self) -> Result<ToolPlatform, Problem> {
        Ok(ToolPlatform {
            guid: self.id("tool_consumer_instance_guid", MAX_ID_CHARACTERS)?,
            name: self.text("tool_consumer_instance_name")?,
            description: self.text("tool_consumer_instance_description")?,
            url: self.url("tool_consumer_instance_url")?,
            contact_email: self.text("tool_consumer_instance_contact_email")?,
            product_family_code: self.text("tool_consumer_info_product_family_code")?,
            version: self.text("tool_consumer_info_version")?,
        })
    }

    fn launch_presentation(&self) -> Result<LaunchPresentation, Problem> {
        Ok(LaunchPresentation {
            document_target: self.text("launch_presentation_document_target")?,
            return_url: self.url("launch_presentation_return_url")?,
            locale: self.text("launch_presentation_locale")?,
            width: self.text("launch_presentation_width")?,
            height: self.text("launch_presentation_height")?,
            css_url: self.url("launch_presentation_css_url")?,
        })
    }

    fn outcome(&self) -> Result<Option<BasicOutcome>, Problem> {
        let current = self.url("lis_outcome_service_url")?;
        let Some(service_url) = current.or(self.url("ext_ims_lis_basic_outcome_url")?) else {
            return Ok(None);
        };
        Ok(Some(BasicOutcome {
            service_url,
            result_sourcedid: self.id("lis_result_sourcedid", MAX_SOURCEDID_CHARACTERS)?,
            data_values_accepted: self.list("ext_outcome_data_values_accepted")?,
            total_score_accepted: self
                .flag("ext_outcome_result_total_score_accepted")?
                .unwrap_or(false),
        }))
    }

    fn memberships(&self) -> Result<Memberships, Problem> {
        let custom = |name| Ok(self.url(name)?.filter(|url: &String| !url.starts_with('$')));
        let url = self.url("ext_ims_lis_memberships_url")?;
        let id = self.id("ext_ims_lis_memberships_id", MAX_SOURCEDID_CHARACTERS)?;
        Ok(Memberships {
            context_url: custom("custom_context_memberships_url")?,
            link_url: custom("custom_link_memberships_url")?,
            context_v2_url: custom("custom_context_memberships_v2_url")?,
            extension: url.zip(id).map(|(url, id)| MembershipsExtension { url, id }),
        })
    }
}

/// Whether a media type, or a range of them, includes links to tools.
fn accepts_links(accepted: &str) -> bool {
    let accepted = accepted.split(';').next().unwrap_or_default().trim();
    [LINK_MEDIA_TYPE, "*/*", "application/*"].iter().any(|one| one.eq_ignore_ascii_case(accepted))
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

fn utf8<'a>(name: &[u8], value: &'a [u8]) -> Result<&'a str, Problem> {
    std::str::from_utf8(value)
        .map_err(|_| Problem::NotUtf8 { parameter: shown(&String::from_utf8_lossy(name)) })
}

fn limited(parameter: &'static str, text: &str, maximum: usize) -> Result<String, Problem> {
    if text.chars().any(char::is_control) {
        return Err(Problem::ControlCharacters { parameter });
    }
    short_enough(parameter, text, maximum)
}

fn short_enough(parameter: &'static str, text: &str, maximum: usize) -> Result<String, Problem> {
    match text.chars().nth(maximum) {
        None => Ok(text.to_owned()),
        Some(_) => Err(Problem::TooLong { parameter, maximum }),
    }
}

/// What a problem may show of a message.
fn shown(text: &str) -> String {
    one_line(text, SHOWN_CHARACTERS)
}
