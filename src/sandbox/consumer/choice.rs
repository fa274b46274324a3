//! A launch of LTI 1.1 to make, and its form.

use std::collections::BTreeMap;

use super::misbehaviour::FormMisbehaviour;
use super::oauth::FormSignature;
use crate::sandbox::bad_choice::BadChoice;
use crate::sandbox::choice::{lines, parse_lines};
use crate::sandbox::content::ContentItem;
use crate::sandbox::school::{Course, Link, Role, User};
use crate::sandbox::words::{optional, words};

words! {
    /// Which services for members a launch names.
    MemberServices, "members" {
        Context "context" "That of LTI 2.0, for the course",
        Link "link" "That of LTI 2.0, for the link, with the names of results",
        Names "names" "That of LTI 1.3 (Names and Role Provisioning Services 2.0)",
        Extension "extension" "The older extension of LTI 1.0",
        All "all" "All of them",
        Nothing "none" "None",
    }
}

/// What to launch. It is sent as the fields of the page's form, see [`FormLaunch::to_form`].
#[derive(Debug, Clone, PartialEq)]
pub struct FormLaunch {
    /// The person who clicks.
    pub user: User,
    /// The person's role in the course.
    pub role: Role,
    /// The course that contains the link.
    pub course: Course,
    /// The link that is clicked.
    pub link: Link,
    /// Selected content that is clicked instead, by its identifier; it determines the course.
    pub item: Option<String>,
    /// A content selection instead of a launch.
    pub selection: Option<ContentItemChoice>,
    /// What the platform does wrong.
    pub misbehaviour: Option<FormMisbehaviour>,
    /// Custom parameters in addition to those of the tool, or replacing them.
    pub custom: BTreeMap<String, String>,
    /// The link's own launch URL.
    pub launch_url: Option<String>,
    /// How the form is signed.
    pub signature: FormSignature,
    /// The services for members.
    pub members: MemberServices,
    /// Whether the tool opens in a new window (`launch_presentation_document_target`).
    pub new_window: bool,
}

impl FormLaunch {
    /// A good launch of the quiz in the algebra course by this person, in the person's usual role.
    pub fn of(user: User) -> Self {
        Self {
            user,
            role: user.usual_role(),
            course: Course::Algebra,
            link: Link::Quiz,
            item: None,
            selection: None,
            misbehaviour: None,
            custom: BTreeMap::new(),
            launch_url: None,
            signature: FormSignature::Sha1,
            members: MemberServices::Context,
            new_window: false,
        }
    }

    /// A good launch by Sam Student.
    pub fn student() -> Self {
        Self::of(User::Sam)
    }

    /// A good launch by Tina Teacher.
    pub fn teacher() -> Self {
        Self::of(User::Tina)
    }

    /// The same launch with this misbehaviour.
    #[must_use]
    pub fn with(mut self, misbehaviour: FormMisbehaviour) -> Self {
        self.misbehaviour = Some(misbehaviour);
        self
    }

    /// A content selection by the same user in the same course.
    #[must_use]
    pub fn selecting(mut self, selection: ContentItemChoice) -> Self {
        self.selection = Some(selection);
        self
    }

    /// The same launch of this selected content, in its course.
    #[must_use]
    pub fn opening(mut self, item: &ContentItem) -> Self {
        self.course = item.course;
        self.item = Some(item.id.clone());
        self
    }

    /// The fields of `POST /lti-1p1/launch` for this launch.
    pub fn to_form(&self) -> Vec<(String, String)> {
        let mut form = vec![
            ("user", self.user.name().to_owned()),
            ("role", self.role.name().to_owned()),
            ("course", self.course.name().to_owned()),
            ("link", self.link.name().to_owned()),
            ("signature", self.signature.name().to_owned()),
            ("members", self.members.name().to_owned()),
        ];
        form.extend(self.misbehaviour.map(|one| ("misbehaviour", one.name().to_owned())));
        form.extend((!self.custom.is_empty()).then(|| ("custom", lines(&self.custom))));
        form.extend(self.launch_url.clone().map(|url| ("launch_url", url)));
        form.extend(self.new_window.then(|| ("window", "1".to_owned())));
        form.extend(self.item.clone().map(|item| ("item", item)));
        form.extend(self.selection.iter().flat_map(ContentItemChoice::to_form));
        form.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Reads the fields of `POST /lti-1p1/launch`. Missing and empty ones mean Sam Student, the usual
    /// role, the algebra course and its quiz, and nothing wrong.
    ///
    /// # Errors
    ///
    /// An unknown field, an unknown word, or custom parameters without `=`.
    pub fn from_form(form: &[(String, String)]) -> Result<Self, BadChoice> {
        let mut choice = Self::of(User::Sam);
        let mut role = None;
        // The page sends the fields of a content selection with every launch.
        let (mut selects, mut selection) = (false, ContentItemChoice::default());
        let some = |value: &String| Some(value.clone()).filter(|value| !value.is_empty());
        for (name, value) in form {
            if selection.take(name, value)? {
                continue;
            }
            match name.as_str() {
                "user" => choice.user = optional(value)?.unwrap_or(choice.user),
                "role" => role = optional(value)?,
                "course" => choice.course = optional(value)?.unwrap_or(choice.course),
                "link" => choice.link = optional(value)?.unwrap_or(choice.link),
                "signature" => choice.signature = optional(value)?.unwrap_or(choice.signature),
                "members" => choice.members = optional(value)?.unwrap_or(choice.members),
                "misbehaviour" => choice.misbehaviour = optional(value)?,
                "custom" => choice.custom = parse_lines(value)?,
                "launch_url" => choice.launch_url = some(value),
                "window" => choice.new_window = !value.is_empty(),
                "item" => choice.item = some(value),
                "content_item" => selects = !value.is_empty(),
                other => return Err(BadChoice::Field(other.to_owned())),
            }
        }
        choice.role = role.unwrap_or(choice.user.usual_role());
        choice.selection = selects.then_some(selection);
        Ok(choice)
    }
}

/// A content selection to request (Content-Item Message 1.0, 3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentItemChoice {
    /// `accept_media_types`, separated by commas.
    pub media_types: String,
    /// `accept_presentation_document_targets`, separated by commas.
    pub targets: String,
    /// `accept_multiple`; omitted if `None`.
    pub accept_multiple: Option<bool>,
    /// `data`, which must be returned unchanged; omitted if `None`.
    pub data: Option<String>,
}

impl Default for ContentItemChoice {
    /// Several links, and data.
    fn default() -> Self {
        Self {
            media_types: "application/vnd.ims.lti.v1.ltilink".to_owned(),
            targets: "frame,iframe,window".to_owned(),
            accept_multiple: Some(true),
            data: Some("opaque & \"unchanged\"".to_owned()),
        }
    }
}

impl ContentItemChoice {
    fn to_form(&self) -> Vec<(&'static str, String)> {
        let multiple = match self.accept_multiple {
            None => "absent",
            Some(true) => "true",
            Some(false) => "false",
        };
        let mut form = vec![
            ("content_item", "1".to_owned()),
            ("accept_media_types", self.media_types.clone()),
            ("accept_targets", self.targets.clone()),
            ("accept_multiple", multiple.to_owned()),
        ];
        form.extend(Some(("data", self.data.clone().unwrap_or_else(|| "absent".to_owned()))));
        form
    }

    /// Reads one field of the form; false if it is not about content selection.
    fn take(&mut self, name: &str, value: &str) -> Result<bool, BadChoice> {
        match name {
            "accept_media_types" => value.clone_into(&mut self.media_types),
            "accept_targets" => value.clone_into(&mut self.targets),
            "accept_multiple" => {
                self.accept_multiple = match value {
                    "" => self.accept_multiple,
                    "true" => Some(true),
                    "false" => Some(false),
                    "absent" => None,
                    _ => {
                        let (field, word) = ("accept_multiple", value.to_owned());
                        return Err(BadChoice::Truth { field, word });
                    }
                }
            }
            "data" => self.data = Some(value.to_owned()).filter(|value| value != "absent"),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_survives_its_form() {
        let mut choice = FormLaunch::teacher().with(FormMisbehaviour::ALL[3]);
        choice.course = Course::Biology;
        choice.link = Link::Essay;
        choice.custom.insert("id".to_owned(), "x=y".to_owned());
        choice.launch_url = Some("https://tool.example/x".to_owned());
        choice.signature = FormSignature::Sha256;
        choice.members = MemberServices::All;
        choice.new_window = true;
        choice.item = Some("100".to_owned());
        assert_eq!(FormLaunch::from_form(&choice.to_form()), Ok(choice.clone()));
        for (accept_multiple, data) in
            [(Some(false), Some(String::new())), (None, None), (Some(true), Some("x".to_owned()))]
        {
            let selection =
                ContentItemChoice { accept_multiple, data, ..ContentItemChoice::default() };
            let choice = choice.clone().selecting(selection);
            assert_eq!(FormLaunch::from_form(&choice.to_form()), Ok(choice));
        }
        assert_eq!(FormLaunch::from_form(&[]), Ok(FormLaunch::student()));
    }

    #[test]
    fn invalid_fields_are_reported() {
        for (name, value, message) in [
            ("usr", "sam", r#"the launch form has no field "usr""#),
            (
                "accept_multiple",
                "yes",
                r#"accept_multiple must be true, false or absent, not "yes""#,
            ),
            ("signature", "x", r#"signature "x" is unknown; choose one of HMAC-SHA1, HMAC-SHA256"#),
        ] {
            let error = FormLaunch::from_form(&[(name.to_owned(), value.to_owned())]).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }
}
