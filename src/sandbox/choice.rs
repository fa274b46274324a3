//! A launch to make: user, place, and differences from a good launch.

use std::collections::BTreeMap;

use serde_json::Value;

use super::bad_choice::BadChoice;
use super::content::ContentItem;
use super::deep_linking::DeepLinkingChoice;
use super::migration::{MigrationChoice, MigrationSign};
use super::misbehaviour::{Misbehaviour, Variation};
use super::school::{Course, Link, Role, User};
use super::storage::Storage;
use super::words::optional;
use crate::lti::json_problem;

/// What to launch. It is sent as the fields of the page's form, see
/// [`LaunchChoice::to_form`].
#[derive(Debug, Clone, PartialEq)]
pub struct LaunchChoice {
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
    pub deep_linking: Option<DeepLinkingChoice>,
    /// A submission review of this user's work instead of a launch.
    pub review: Option<User>,
    /// The user's identity under LTI 1.1.
    pub migration: Option<MigrationChoice>,
    /// One of the certification suite's valid launches instead of the full one.
    pub variation: Option<Variation>,
    /// What the platform does wrong.
    pub misbehaviour: Option<Misbehaviour>,
    /// Custom parameters in addition to those of the tool, or replacing them.
    pub custom: BTreeMap<String, String>,
    /// The link's own URL at the tool instead of the Tool URL; sent in the login request and in
    /// the token.
    pub target_link_uri: Option<String>,
    /// Parameters of the login request to set; a parameter with an empty value is omitted.
    pub login: BTreeMap<String, String>,
    /// JSON merge patch (RFC 7396) on the token's payload, applied last.
    pub patch: Option<Value>,
    /// JSON merge patch (RFC 7396) on the token's header, applied last.
    pub header_patch: Option<Value>,
    /// How the platform stores values for the tool.
    pub storage: Storage,
    /// Whether the tool opens in a new window (`document_target`).
    pub new_window: bool,
}

impl LaunchChoice {
    /// A good launch of the quiz in the algebra course by this person, in the person's usual role.
    pub fn of(user: User) -> Self {
        Self {
            user,
            role: user.usual_role(),
            course: Course::Algebra,
            link: Link::Quiz,
            item: None,
            deep_linking: None,
            review: None,
            migration: None,
            variation: None,
            misbehaviour: None,
            custom: BTreeMap::new(),
            target_link_uri: None,
            login: BTreeMap::new(),
            patch: None,
            header_patch: None,
            storage: Storage::Absent,
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
    pub fn with(mut self, misbehaviour: Misbehaviour) -> Self {
        self.misbehaviour = Some(misbehaviour);
        self
    }

    /// The same launch in this valid variation.
    #[must_use]
    pub fn varied(mut self, variation: Variation) -> Self {
        self.variation = Some(variation);
        self
    }

    /// A content selection by the same user in the same course.
    #[must_use]
    pub fn selecting(mut self, selection: DeepLinkingChoice) -> Self {
        self.deep_linking = Some(selection);
        self
    }

    /// The same launch of this selected content, in its course.
    #[must_use]
    pub fn opening(mut self, item: &ContentItem) -> Self {
        self.course = item.course;
        self.item = Some(item.id.clone());
        self
    }

    /// A submission review of a user's work by the same user.
    #[must_use]
    pub fn reviewing(mut self, user: User) -> Self {
        self.review = Some(user);
        self
    }

    /// The same launch by a user of LTI 1.1.
    #[must_use]
    pub fn migrating(mut self, migration: MigrationChoice) -> Self {
        self.migration = Some(migration);
        self
    }

    /// The same launch with a custom parameter.
    #[must_use]
    pub fn custom(mut self, name: &str, value: &str) -> Self {
        self.custom.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The same launch with a JSON merge patch on the token's payload.
    #[must_use]
    pub fn patched(mut self, patch: Value) -> Self {
        self.patch = Some(patch);
        self
    }

    /// The fields of `POST /launch` for this launch.
    pub fn to_form(&self) -> Vec<(String, String)> {
        let mut form = vec![
            ("user".to_owned(), self.user.name().to_owned()),
            ("role".to_owned(), self.role.name().to_owned()),
            ("course".to_owned(), self.course.name().to_owned()),
            ("link".to_owned(), self.link.name().to_owned()),
        ];
        let mut push = |name: &str, value: String| form.push((name.to_owned(), value));
        if let Some(variation) = self.variation {
            push("variation", variation.name().to_owned());
        }
        if let Some(misbehaviour) = self.misbehaviour {
            push("misbehaviour", misbehaviour.name().to_owned());
        }
        if !self.custom.is_empty() {
            push("custom", lines(&self.custom));
        }
        if let Some(target) = &self.target_link_uri {
            push("target_link_uri", target.clone());
        }
        for (name, value) in &self.login {
            push(&format!("login_{name}"), value.clone());
        }
        if let Some(patch) = &self.patch {
            push("patch", patch.to_string());
        }
        if let Some(patch) = &self.header_patch {
            push("header_patch", patch.to_string());
        }
        if self.storage != Storage::Absent {
            push("storage", self.storage.name().to_owned());
        }
        if self.new_window {
            push("window", "1".to_owned());
        }
        if let Some(user) = self.review {
            push("review", user.name().to_owned());
        }
        if let Some(item) = &self.item {
            push("item", item.clone());
        }
        if let Some(migration) = &self.migration {
            push("migration_key", migration.consumer_key.clone());
            push("migration_secret", migration.secret.clone());
            push("migration_user", migration.user_id.clone().unwrap_or_default());
            push("migration_sign", migration.sign.name().to_owned());
        }
        form.extend(self.deep_linking.iter().flat_map(DeepLinkingChoice::to_form));
        form
    }

    /// Reads the fields of `POST /launch`. Missing and empty ones mean Sam Student, the usual role,
    /// the algebra course and its quiz, and nothing wrong.
    ///
    /// # Errors
    ///
    /// An unknown field, an unknown word, custom parameters without `=`, or a patch that is not a
    /// JSON object.
    pub fn from_form(form: &[(String, String)]) -> Result<Self, BadChoice> {
        let mut choice = Self::of(User::Sam);
        let mut role = None;
        // The page sends the fields of a content selection and of a migration with every launch;
        // one field each determines whether there is one.
        let (mut selects, mut selection) = (false, DeepLinkingChoice::default());
        let mut migration = MigrationChoice {
            consumer_key: String::new(),
            secret: String::new(),
            user_id: None,
            sign: MigrationSign::Raw,
        };
        for (name, value) in form {
            if selection.take(name, value)? {
                continue;
            }
            match name.as_str() {
                "user" => choice.user = optional(value)?.unwrap_or(choice.user),
                "role" => role = optional(value)?,
                "course" => choice.course = optional(value)?.unwrap_or(choice.course),
                "link" => choice.link = optional(value)?.unwrap_or(choice.link),
                "variation" => choice.variation = optional(value)?,
                "misbehaviour" => choice.misbehaviour = optional(value)?,
                "custom" => choice.custom = parse_lines(value)?,
                "target_link_uri" => {
                    choice.target_link_uri = Some(value.clone()).filter(|value| !value.is_empty())
                }
                "patch" => choice.patch = patch("patch", value)?,
                "header_patch" => choice.header_patch = patch("header_patch", value)?,
                "storage" => choice.storage = optional(value)?.unwrap_or(Storage::Absent),
                "window" => choice.new_window = !value.is_empty(),
                "item" => choice.item = Some(value.clone()).filter(|value| !value.is_empty()),
                "review" => choice.review = optional(value)?,
                "deep_linking" => selects = !value.is_empty(),
                "migration_key" => migration.consumer_key.clone_from(value),
                "migration_secret" => migration.secret.clone_from(value),
                "migration_user" => {
                    migration.user_id = Some(value.clone()).filter(|value| !value.is_empty())
                }
                "migration_sign" => migration.sign = optional(value)?.unwrap_or(migration.sign),
                other => match other.strip_prefix("login_") {
                    Some(parameter) => {
                        drop(choice.login.insert(parameter.to_owned(), value.clone()))
                    }
                    None => return Err(BadChoice::Field(other.to_owned())),
                },
            }
        }
        choice.role = role.unwrap_or(choice.user.usual_role());
        choice.deep_linking = selects.then_some(selection);
        choice.migration = Some(migration).filter(|migration| !migration.consumer_key.is_empty());
        Ok(choice)
    }
}

/// Custom parameters as text: `name=value`, one per line.
pub(super) fn lines(custom: &BTreeMap<String, String>) -> String {
    custom.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n")
}

/// Parses [`lines`]; empty lines and white space around names and values are ignored.
pub(super) fn parse_lines(text: &str) -> Result<BTreeMap<String, String>, BadChoice> {
    let line = |line: &str| match line.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err(BadChoice::Custom(line.to_owned())),
    };
    text.lines().map(str::trim).filter(|text| !text.is_empty()).map(line).collect()
}

fn patch(field: &'static str, text: &str) -> Result<Option<Value>, BadChoice> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    match serde_json::from_str(text) {
        Ok(value @ Value::Object(_)) => Ok(Some(value)),
        Ok(_) => Err(BadChoice::Patch { field, problem: "it is a different type".to_owned() }),
        Err(error) => Err(BadChoice::Patch { field, problem: json_problem(&error) }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_choice_survives_its_form() {
        let mut choice = LaunchChoice::teacher()
            .with(Misbehaviour::ALL[3])
            .varied(Variation::NoPii)
            .custom("id", "x=y")
            .custom("b", "");
        choice.course = Course::Outside;
        choice.link = Link::Essay;
        choice.target_link_uri = Some("https://tool.example/x".to_owned());
        choice.login.insert("iss".to_owned(), String::new());
        choice.patch = Some(json!({"sub": null}));
        choice.header_patch = Some(json!({"kid": "k"}));
        choice.storage = Storage::Frame;
        choice.new_window = true;
        choice.item = Some("100".to_owned());
        choice.migration = Some(MigrationChoice {
            consumer_key: "k".to_owned(),
            secret: "s".to_owned(),
            user_id: Some("7".to_owned()),
            sign: MigrationSign::Hex,
        });
        for selection in [
            DeepLinkingChoice::default(),
            DeepLinkingChoice::certification(),
            DeepLinkingChoice {
                data: Some(String::new()),
                accept_multiple: None,
                accept_lineitem: Some(false),
                targets: Vec::new(),
                ..DeepLinkingChoice::default()
            },
            DeepLinkingChoice {
                product_family: Some("BlackboardLearn".to_owned()),
                ..DeepLinkingChoice::default()
            },
        ] {
            let choice = choice.clone().selecting(selection);
            assert_eq!(LaunchChoice::from_form(&choice.to_form()), Ok(choice));
        }
        assert_eq!(LaunchChoice::from_form(&choice.to_form()), Ok(choice));
        assert_eq!(LaunchChoice::from_form(&[]), Ok(LaunchChoice::student()));
    }

    #[test]
    fn invalid_fields_are_reported() {
        for (name, value, message) in [
            ("user", "x", r#"user "x" is unknown; choose one of sam, tina, ada, zoe, nobody"#),
            ("usr", "sam", r#"the launch form has no field "usr""#),
            ("custom", "id=1\nid", r#"custom parameters must be lines of name=value, not "id""#),
            ("custom", "=1", r#"custom parameters must be lines of name=value, not "=1""#),
            (
                "accept_multiple",
                "yes",
                r#"accept_multiple must be true, false or absent, not "yes""#,
            ),
            ("patch", "[1]", "patch must be a JSON object: it is a different type"),
        ] {
            let error =
                LaunchChoice::from_form(&[(name.to_owned(), value.to_owned())]).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }
}
