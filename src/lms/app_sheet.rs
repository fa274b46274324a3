//! The settings of apps that sign people in by OpenID Connect, in their own words: one file each.

use std::sync::LazyLock;

use serde::Deserialize;

use super::form::fill;

/// The settings of one app.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppSheet {
    /// Its name.
    pub name: String,
    /// How the path of its redirect URI ends; empty if the administrator chooses it.
    pub callback: String,
    /// What to enter, and where.
    pub parts: Vec<AppPart>,
    /// What to know besides.
    pub notes: Vec<String>,
}

/// What to enter in one place.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppPart {
    /// The file, or where in the app.
    #[serde(rename = "where")]
    pub place: String,
    /// The text, with the names of values in braces.
    pub text: String,
}

/// Stands for the secret, which no sheet contains.
pub const SECRET: &str = "THE-CLIENT-SECRET";

/// The files, by their names in commands.
const FILES: [(&str, &str); 9] = [
    ("grafana", include_str!("apps/grafana.yaml")),
    ("gitea", include_str!("apps/gitea.yaml")),
    ("jupyterhub", include_str!("apps/jupyterhub.yaml")),
    ("mod-auth-openidc", include_str!("apps/mod-auth-openidc.yaml")),
    ("oauth2-proxy", include_str!("apps/oauth2-proxy.yaml")),
    ("django", include_str!("apps/django.yaml")),
    ("streamlit", include_str!("apps/streamlit.yaml")),
    ("nextcloud", include_str!("apps/nextcloud.yaml")),
    ("generic", include_str!("apps/generic.yaml")),
];

static SHEETS: LazyLock<Vec<(&str, AppSheet)>> = LazyLock::new(|| {
    let read = |(name, text)| {
        let sheet = serde_saphyr::from_str(text);
        (name, sheet.unwrap_or_else(|error| panic!("lms/apps/{name}.yaml: {error}")))
    };
    FILES.into_iter().map(read).collect()
});

/// The names of all apps in commands.
pub const APP_NAMES: [&str; FILES.len()] = {
    let mut names = [""; FILES.len()];
    let mut index = 0;
    while index < FILES.len() {
        names[index] = FILES[index].0;
        index += 1;
    }
    names
};

/// The settings of an app.
pub fn find_app(name: &str) -> Option<&'static AppSheet> {
    SHEETS.iter().find(|(known, _)| *known == name).map(|(_, sheet)| sheet)
}

impl AppSheet {
    /// The sheet with values in place of their names.
    #[must_use]
    pub fn filled(&self, values: &[(&str, &str)]) -> (Vec<AppPart>, Vec<String>) {
        let parts = self.parts.iter().map(|part| AppPart {
            place: part.place.clone(),
            text: fill(part.text.trim_end(), values),
        });
        (parts.collect(), self.notes.iter().map(|note| fill(note, values)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sheet_has_a_place_for_client_id_and_secret() {
        for name in APP_NAMES {
            let sheet = find_app(name).unwrap();
            let text: String = sheet.parts.iter().map(|part| part.text.as_str()).collect();
            assert!(text.contains(SECRET) && text.contains("{client_id}"), "{name}");
            assert!(
                !sheet.name.is_empty() && sheet.parts.iter().all(|part| !part.place.is_empty())
            );
        }
        assert!(find_app("no-such-app").is_none());
    }
}
