//! How this tool proves to a platform's token end point who it is (RFC 7523, section 3; Security Framework 1.0, 4.1).

use serde_json::{Value, json};

/// The kind of assertion that goes with it (RFC 7523, section 2.2).
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How long an assertion is good, in seconds.
const LIFETIME_SECONDS: i64 = 60;

/// The claims of an assertion; `jti` is a fresh name that is never used again. [`super::launch_token::sign`] signs them.
pub fn claims(client_id: &str, audience: &str, now_seconds: i64, jti: &str) -> Value {
    json!({ "iss": client_id, "sub": client_id, "aud": audience, "iat": now_seconds, "exp": now_seconds.saturating_add(LIFETIME_SECONDS), "jti": jti })
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_assertion_names_the_client_twice_and_lives_a_minute() {
        let claims = super::claims("client", "https://lms.example.edu/token", 1_795_453_357, "name");
        assert_eq!((&claims["iss"], &claims["sub"], &claims["aud"]), (&"client".into(), &"client".into(), &"https://lms.example.edu/token".into()));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 60);
    }
}
