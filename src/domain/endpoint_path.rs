//! The paths of the tool's LTI and OpenID endpoints, below its public URL, and how a launch URL names a
//! resource.

use url::Url;
use uuid::Uuid;

use super::{PublicUrl, Slug};

/// Where the platform posts the id_token: "Tool URL" and redirect URI.
pub const LAUNCH_PATH: &str = "/lti/launch";

/// Where it posts the id_token of a content selection: "Content selection URL" and redirect URI.
pub const DEEP_LINKING_PATH: &str = "/lti/deep-link";

/// Where consumers post launches of LTI 1.1 and 2.0.
pub const LAUNCH_1P1_PATH: &str = "/lti/1p1/launch";

/// Where apps read what the OpenID provider offers (OpenID Connect Discovery 1.0, section 4).
pub const OPENID_CONFIGURATION_PATH: &str = "/.well-known/openid-configuration";

/// Where apps send browsers to sign in.
pub const OPENID_AUTHORIZE_PATH: &str = "/oidc/authorize";

/// Where apps exchange codes for tokens.
pub const OPENID_TOKEN_PATH: &str = "/oidc/token";

/// Where apps read who has signed in.
pub const OPENID_USERINFO_PATH: &str = "/oidc/userinfo";

/// The keyset that verifies ID tokens.
pub const OPENID_JWKS_PATH: &str = "/oidc/jwks";

/// Where apps send browsers to sign out.
pub const OPENID_LOGOUT_PATH: &str = "/oidc/logout";

/// How a link names its resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceName {
    /// By its UUID.
    Uuid(Uuid),
    /// By its slug.
    Slug(Slug),
    /// By text that can be neither.
    Unknown(String),
}

impl ResourceName {
    /// The value of the custom parameter `id`, which is a UUID; `None` if it is empty.
    pub fn of_custom_id(id: &str) -> Option<Self> {
        let id = id.trim();
        let name = || Uuid::parse_str(id).map_or_else(|_| Self::Unknown(id.to_owned()), Self::Uuid);
        (!id.is_empty()).then(name)
    }

    /// The name in a target link URI: a slug after the launch path, or else the query parameter
    /// `id` of the launch path itself. `None` if it is another URL, or names none.
    pub fn of_target(target: &str, tool: &PublicUrl) -> Option<Self> {
        Self::below(LAUNCH_PATH, target, tool)
    }

    /// The same for the launch URL of LTI 1.1.
    pub fn of_signed_url(url: &str, tool: &PublicUrl) -> Option<Self> {
        Self::below(LAUNCH_1P1_PATH, url, tool)
    }

    fn below(path: &str, target: &str, tool: &PublicUrl) -> Option<Self> {
        let (target, launch) = (Url::parse(target).ok()?, Url::parse(&tool.join(path)).ok()?);
        if target.origin() != launch.origin() {
            return None;
        }
        let rest = target.path().strip_prefix(launch.path())?;
        match rest.strip_prefix('/') {
            Some(name) if !name.is_empty() => {
                Some(Slug::new(name).map_or_else(|_| Self::Unknown(name.to_owned()), Self::Slug))
            }
            None if !rest.is_empty() => None,
            _ => {
                let mut ids = target.query_pairs().filter(|(name, _)| name == "id");
                match (ids.next(), ids.next()) {
                    (Some((_, id)), None) => Self::of_custom_id(&id),
                    (Some(_), Some(_)) => Some(Self::Unknown(target.to_string())),
                    (None, _) => None,
                }
            }
        }
    }

    /// The name as it was given.
    pub fn to_text(&self) -> String {
        match self {
            Self::Uuid(uuid) => uuid.to_string(),
            Self::Slug(slug) => slug.to_string(),
            Self::Unknown(text) => text.clone(),
        }
    }
}

/// The path of a launch URL of LTI 1.1 that names a resource.
pub fn named_launch_1p1_path(slug: &Slug) -> String {
    format!("{LAUNCH_1P1_PATH}/{slug}")
}

/// The path of a cartridge, from which a consumer's platform reads what a resource is. It ends in
/// `.xml`, because Moodle recognizes cartridges by that.
pub fn cartridge_path(token: &str, slug: &Slug) -> String {
    format!("/lti/1p1/cartridge/{token}/{slug}.xml")
}

/// The path of a launch URL that names a resource.
pub fn named_launch_path(slug: &Slug) -> String {
    format!("{LAUNCH_PATH}/{slug}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn target_link_uris_name_resources() {
        let tool = PublicUrl::new("https://tool.example/below", false).unwrap();
        let uuid = "393cf3fc-5b7c-4b60-b528-80e38f6159d3";
        let by_slug = |slug: &str| Some(ResourceName::Slug(Slug::new(slug).unwrap()));
        let by_uuid = || Some(ResourceName::Uuid(uuid.parse().unwrap()));
        let unknown = |text: &str| Some(ResourceName::Unknown(text.to_owned()));
        for (target, expected) in [
            ("https://tool.example/below/lti/launch", None),
            ("https://tool.example/below/lti/launch/", None),
            ("https://tool.example/below/lti/launch/quiz", by_slug("quiz")),
            ("https://tool.example/below/lti/launch/quiz?id=other#x", by_slug("quiz")),
            (&format!("https://tool.example/below/lti/launch?id={uuid}"), by_uuid()),
            (&format!("https://tool.example/below/lti/launch/?a=b&id=%20{uuid}"), by_uuid()),
            ("https://tool.example/below/lti/launch?id=quiz", unknown("quiz")),
            ("https://tool.example/below/lti/launch?id=", None),
            ("https://tool.example/below/lti/launch/a/b", unknown("a/b")),
            ("https://tool.example/below/lti/launch/Quiz%2F", unknown("Quiz%2F")),
            ("https://tool.example/below/lti/launcher/quiz", None),
            ("https://tool.example/lti/launch/quiz", None),
            ("https://other.example/below/lti/launch/quiz", None),
            ("http://tool.example/below/lti/launch/quiz", None),
            ("not a URL", None),
        ] {
            assert_eq!(ResourceName::of_target(target, &tool), expected, "{target}");
        }
        let twice = format!("https://tool.example/below/lti/launch?id={uuid}&id={uuid}");
        assert_eq!(ResourceName::of_target(&twice, &tool), unknown(&twice));
    }

    #[test]
    fn the_path_of_a_resource_names_it() {
        let tool = PublicUrl::new("https://tool.example", false).unwrap();
        let slug = Slug::new("algebra-quiz").unwrap();
        let url = tool.join(&named_launch_path(&slug));
        assert_eq!(ResourceName::of_target(&url, &tool), Some(ResourceName::Slug(slug)));
    }
}
