//! The valid launches of the certification suite.

use serde_json::{Value, json};

use super::super::claims::{Object, claim};
use super::super::school::Role;
use super::super::words::words;

words! {
    /// A valid launch that differs from the usual one; the certification suite sends each once as a
    /// teacher and once as a student, and all must be accepted.
    Variation, "variation" {
        Roles "roles" "Several roles, of the course and of the school",
        ShortRole "short-role" "The role as a bare name instead of a URI",
        UnknownRole "unknown-role" "A role of no vocabulary: for a teacher alone, for a \
            student beside a known one",
        NoRole "no-role" "No role: the list holds one empty string",
        EmailOnly "email-only" "Email address, but no names",
        NamesOnly "names-only" "Names, but no email address",
        NoPii "no-pii" "Neither names nor email address",
        EmailWithoutContext "email-without-context" "Email address, but no names and no course",
    }
}

impl Variation {
    /// Changes the claims of a full launch.
    pub(in crate::sandbox) fn change_claims(self, claims: &mut Object, role: Role) {
        match self {
            Self::Roles | Self::ShortRole | Self::UnknownRole | Self::NoRole => {
                drop(claims.insert(claim("roles"), self.roles(role.teaches())))
            }
            Self::EmailOnly => remove(claims, &NAMES),
            Self::NamesOnly => remove(claims, &["email"]),
            Self::NoPii => {
                remove(claims, &NAMES);
                remove(claims, &["email"]);
            }
            Self::EmailWithoutContext => {
                remove(claims, &NAMES);
                claims.remove(&claim("context"));
            }
        }
    }

    fn roles(self, teaches: bool) -> Value {
        match (self, teaches) {
            (Self::Roles, true) => json!([
                "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor",
                "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Staff",
                "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Other",
            ]),
            (Self::Roles, false) => json!([
                "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner",
                "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student",
                "http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor",
            ]),
            (Self::ShortRole, true) => json!(["Instructor"]),
            (Self::ShortRole, false) => json!(["Learner"]),
            (Self::UnknownRole, true) => {
                json!(["http://purl.imsglobal.org/vocab/lis/v2/unknown/unknown#Helper"])
            }
            (Self::UnknownRole, false) => json!([
                "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner",
                // Misspelt in the suite, too.
                "http://purl.imsglobal.org/vocab/lis/v2/uknownrole/unknown#Unknown",
            ]),
            _ => json!([""]),
        }
    }
}

const NAMES: [&str; 4] = ["name", "given_name", "family_name", "middle_name"];

fn remove(claims: &mut Object, names: &[&str]) {
    claims.retain(|name, _| !names.contains(&name.as_str()));
}
