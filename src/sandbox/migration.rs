//! The claim that identifies a user of LTI 1.1 (Migration 1.0, 6.1).

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;
use serde_json::{Value, json};

use super::claims::{Object, claim};
use super::words::words;

words! {
    /// How the migration claim is signed.
    MigrationSign, "migration_sign" {
        Raw "raw" "Signed as the specification requires",
        Hex "hex" "Signed as Moodle's tool expects it, in hexadecimal digits",
        Bad "bad" "Signed with another secret",
        Missing "missing" "Not signed",
    }
}

/// A user of LTI 1.1.
#[derive(Clone, PartialEq, Eq)]
pub struct MigrationChoice {
    /// The consumer key.
    pub consumer_key: String,
    /// Its secret.
    pub secret: String,
    /// The user's ID under LTI 1.1; omitted if it is unchanged.
    pub user_id: Option<String>,
    /// How the claim is signed.
    pub sign: MigrationSign,
}

impl std::fmt::Debug for MigrationChoice {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("MigrationChoice")
            .field("consumer_key", &self.consumer_key)
            .field("sign", &self.sign)
            .finish_non_exhaustive()
    }
}

impl MigrationChoice {
    /// Adds the claim to finished claims, whose values it signs, unless they have one already.
    pub(super) fn add_to(&self, claims: &mut Object) {
        let mut migration = json!({ "oauth_consumer_key": self.consumer_key });
        if let Some(sign) = self.signature(claims) {
            migration["oauth_consumer_key_sign"] = json!(sign);
        }
        if let Some(user_id) = &self.user_id {
            migration["user_id"] = json!(user_id);
        }
        claims.entry(claim("lti1p1")).or_insert(migration);
    }

    fn signature(&self, claims: &Object) -> Option<String> {
        let text = |name: &str| match claims.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let deployment = text(&claim("deployment_id"));
        let base = [
            &self.consumer_key,
            &deployment,
            &text("iss"),
            &text("aud"),
            &text("exp"),
            &text("nonce"),
        ]
        .map(String::as_str)
        .join("&");
        let tag = |secret: &str| {
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), base.as_bytes())
        };
        match self.sign {
            MigrationSign::Raw => Some(STANDARD.encode(tag(&self.secret))),
            MigrationSign::Hex => {
                Some(STANDARD.encode(HEXLOWER.encode(tag(&self.secret).as_ref())))
            }
            MigrationSign::Bad => Some(STANDARD.encode(tag("not the secret"))),
            MigrationSign::Missing => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_matches_the_specification() {
        let choice = MigrationChoice {
            consumer_key: "179248902".to_owned(),
            secret: "my-lti11-secret".to_owned(),
            user_id: Some("34212".to_owned()),
            sign: MigrationSign::Raw,
        };
        let mut claims = Object::new();
        for (name, value) in [
            (claim("deployment_id"), json!("689302")),
            ("iss".to_owned(), json!("https://lmsvendor.com")),
            ("aud".to_owned(), json!("PM48OJSfGDTAzAo")),
            ("exp".to_owned(), json!(1551290856)),
            ("nonce".to_owned(), json!("172we8671fd8z")),
        ] {
            claims.insert(name, value);
        }
        let claim_of = |sign: MigrationSign| {
            let mut claims = claims.clone();
            MigrationChoice { sign, ..choice.clone() }.add_to(&mut claims);
            claims[&claim("lti1p1")].clone()
        };
        let sign = "lWd54kFo5qU7xshAna6v8BwoBm6tmUjc6GTax6+12ps=";
        assert_eq!(
            claim_of(MigrationSign::Raw),
            json!({ "oauth_consumer_key": "179248902", "oauth_consumer_key_sign": sign, "user_id": "34212" })
        );
        assert!(
            claim_of(MigrationSign::Hex)["oauth_consumer_key_sign"]
                .as_str()
                .unwrap()
                .starts_with("OTU2Nzc5")
        );
        assert_ne!(claim_of(MigrationSign::Bad)["oauth_consumer_key_sign"], sign);
        assert_eq!(
            claim_of(MigrationSign::Missing),
            json!({ "oauth_consumer_key": "179248902", "user_id": "34212" })
        );
        assert!(!format!("{choice:?}").contains("my-lti11-secret"));
    }
}
