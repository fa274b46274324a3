//! The table of misbehaviours, one line each.

use serde_json::{Value, json};

use super::super::claims::claim;
use super::super::words::UnknownWord;
use super::effect::Effect;
use super::tokens::{self, set, unset};

/// Defines the enum from the table.
macro_rules! cases {
    ($($group:literal { $($variant:ident $name:literal $description:literal => $effect:expr;)+ })+) => {
        /// Something that the platform does wrong or in an unusual way: a difference from a good
        /// launch.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Misbehaviour { $($(#[doc = $description] $variant,)+)+ }

        impl Misbehaviour {
            /// All misbehaviours, in the order of the page.
            pub const ALL: &'static [Self] = &[$($(Self::$variant,)+)+];

            /// The name in forms and on command lines.
            pub fn name(self) -> &'static str {
                match self { $($(Self::$variant => $name,)+)+ }
            }

            /// A description of what is sent.
            pub fn description(self) -> &'static str {
                match self { $($(Self::$variant => $description,)+)+ }
            }

            /// The part of the launch that is affected, as a heading.
            pub fn group(self) -> &'static str {
                match self { $($(Self::$variant)|+ => $group,)+ }
            }

            pub(super) fn effect(self) -> Effect {
                match self { $($(Self::$variant => $effect,)+)+ }
            }
        }
    };
}

impl Misbehaviour {
    /// Whether a tool must accept the launch, because the specifications allow what is sent.
    pub fn is_valid(self) -> bool {
        matches!(
            self,
            Self::ExpHuge
                | Self::ExpFraction
                | Self::AudArrayOfOne
                | Self::AzpOwn
                | Self::RolesEmpty
                | Self::UnknownClaims
                | Self::HostileNames
                | Self::CustomNotText
                | Self::UnresolvedVariables
                | Self::JwkInHeader
                | Self::ContextOnlyId
                | Self::LoginByGet
                | Self::LoginWithoutClient
                | Self::LoginWithoutDeployment
                | Self::LoginWithoutMessageHint
                | Self::LoginExtraParameters
                | Self::ExtraResponseFields
        )
    }
}

impl std::fmt::Display for Misbehaviour {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(self.name())
    }
}

impl std::str::FromStr for Misbehaviour {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.iter().copied().find(|one| one.name() == text).ok_or_else(|| UnknownWord {
            field: "misbehaviour",
            word: text.to_owned(),
            choices: Self::ALL.iter().map(|one| one.name()).collect::<Vec<_>>().join(", "),
        })
    }
}

cases! {
    "Algorithm" {
        AlgNone "alg-none" "alg is none and the signature is empty" => Effect::Token(|m, h, c| tokens::unsigned(m, h, c, "none"));
        AlgNoneCapital "alg-none-capital" "alg is None and the signature is empty" => Effect::Token(|m, h, c| tokens::unsigned(m, h, c, "None"));
        AlgNoneMixed "alg-none-mixed" "alg is nOnE and the signature is empty" => Effect::Token(|m, h, c| tokens::unsigned(m, h, c, "nOnE"));
        AlgHs256Pem "alg-hs256-pem" "HS256 with the public key in PEM as the secret" => Effect::Token(tokens::hs256_pem);
        AlgHs256Jwk "alg-hs256-jwk" "HS256 with the public JWK as the secret" => Effect::Token(tokens::hs256_jwk);
        AlgEs256 "alg-es256" "alg is ES256 over an RSA signature" => Effect::Header(|h, _| set(h, "alg", "ES256"));
        AlgPs256 "alg-ps256" "A valid PS256 signature, an algorithm that was not agreed on" => Effect::Token(tokens::ps256);
        AlgEs256True "alg-es256-true" "A valid ES256 signature by a published key of that type; \
            valid only for a tool that agreed on it" => Effect::Token(tokens::es256);
        AlgMissing "alg-missing" "The header names no algorithm" => Effect::Header(|h, _| unset(h, "alg"));
        AlgUnknown "alg-unknown" "alg is RS257, which does not exist" => Effect::Header(|h, _| set(h, "alg", "RS257"));
    }
    "Key and header" {
        KidMissing "kid-missing" "The header names no key (certification: No KID Sent in JWT \
            header)" => Effect::Header(|h, _| {
            unset(h, "kid");
            set(h, "badtestonly", "12345");
        });
        KidUnknown "kid-unknown" "kid is not in the keyset (certification: Incorrect KID in JWT \
            header)" => Effect::Header(|h, _| set(h, "kid", "no-such-key"));
        KidPath "kid-path" "kid is a path" => Effect::Header(|h, _| set(h, "kid", "../../../../../../dev/null"));
        KidSql "kid-sql" "kid is a piece of SQL" => Effect::Header(|h, _| set(h, "kid", "x' UNION \
            SELECT 'secret' --"));
        KidLong "kid-long" "kid is 10 kB long" => Effect::Header(|h, _| set(h, "kid", "k".repeat(10_000)));
        KidNumber "kid-number" "kid is a number" => Effect::Header(|h, _| set(h, "kid", 1));
        JwkInHeader "jwk-in-header" "The header repeats the published key as jwk; to be ignored" => Effect::Header(|h, m| set(h, "jwk", m.key.jwk()));
        JwkOfAttacker "jwk-of-attacker" "The header embeds another key as jwk, and that key signed" => Effect::Token(tokens::attacker_jwk);
        JkuOfAttacker "jku-of-attacker" "The header points to another \
            key with jku and x5u, and that key signed" => Effect::Token(tokens::attacker_jku);
        Crit "crit" "The header contains crit with exp" => Effect::Header(|h, _| set(h, "crit", json!(["exp"])));
        SignedByOtherKey "signed-by-other-key" "Another key signed under the published kid" => Effect::Token(tokens::other_key);
        PayloadChanged "payload-changed" "A student's roles became an administrator's after \
            signing" => Effect::Token(tokens::changed_after_signing);
        SignatureEmpty "signature-empty" "The signature is empty while alg stays RS256" => Effect::Token(|m, h, c| tokens::without_signature(&m.seal(&h, &c)));
        SignatureShort "signature-short" "The signature lacks its last bytes" => Effect::Token(|m, h, c| tokens::cut(&m.seal(&h, &c), 8));
    }
    "Form of the token" {
        Padding "padding" "The parts are padded with =" => Effect::Token(tokens::padded);
        StandardBase64 "standard-base64" "The parts use the + and / of ordinary base64" => Effect::Token(tokens::standard_base64);
        TwoSegments "two-segments" "The token has two parts" => Effect::Token(|m, h, c| tokens::first_two(&m.seal(&h, &c)));
        FourSegments "four-segments" "The token has four parts" => Effect::Token(|m, h, c| format!("{}.e30", m.seal(&h, &c)));
        PayloadArray "payload-array" "The payload is an array that contains the claims" => Effect::Token(|m, h, c| tokens::raw(m, &h, json!([c]).to_string().as_bytes()));
        PayloadText "payload-text" "The payload is not JSON" => Effect::Token(|m, h, _| tokens::raw(m, &h, b"launch"));
        DuplicateClaims "duplicate-claims" "The claim sub occurs twice in the payload, with two \
            values" => Effect::Token(tokens::duplicate_claim);
        NotUtf8 "not-utf8" "The payload contains a byte that is not UTF-8" => Effect::Token(tokens::not_utf8);
        DeepNesting "deep-nesting" "A claim is nested 10,000 levels deep" => Effect::Token(tokens::nested);
        HugeToken "huge-token" "The token is larger than 1 MB" => Effect::Claims(|c, _| set(c, "filler", "x".repeat(1_000_000)));
        NotAToken "not-a-token" "The token is a word" => Effect::Token(|_, _, _| "launch".to_owned());
        BareMessage "bare-message" "The payload contains only a name (certification: Invalid \
            LTI message)" => Effect::Claims(|c, _| {
            c.clear();
            set(c, "name", "badltilaunch");
        });
    }
    "Issuer and audience" {
        IssSlash "iss-slash" "iss has a trailing slash too many or too few" => Effect::Claims(|c, s| set(c, "iss", match s.issuer.strip_suffix('/') {
            Some(without) => without.to_owned(),
            None => format!("{}/", s.issuer),
        }));
        IssUpperCase "iss-upper-case" "iss is in upper case" => Effect::Claims(|c, s| set(c, "iss", s.issuer.to_uppercase()));
        IssOther "iss-other" "iss is another platform's" => Effect::Claims(|c, _| set(c, "iss", "https://other-platform.example"));
        IssMissing "iss-missing" "iss is missing" => Effect::Claims(|c, _| unset(c, "iss"));
        IssNumber "iss-number" "iss is a number" => Effect::Claims(|c, _| set(c, "iss", 1));
        AudOther "aud-other" "aud is another client" => Effect::Claims(|c, _| set(c, "aud", "another-tool"));
        AudForeignWithoutAzp "aud-foreign-without-azp" "aud is a list of this client and a foreign \
            one, without azp" => Effect::Claims(|c, s| set(c, "aud", json!([s.client_id, "another-tool"])));
        AudForeignWithAzp "aud-foreign-with-azp" "aud is a list of this client and a foreign one, \
            with this client as azp" => Effect::Claims(|c, s| {
            set(c, "aud", json!([s.client_id, "another-tool"]));
            set(c, "azp", s.client_id.clone());
        });
        AudNumber "aud-number" "aud is a number" => Effect::Claims(|c, _| set(c, "aud", 42));
        AudEmpty "aud-empty" "aud is an empty list" => Effect::Claims(|c, _| set(c, "aud", json!([])));
        AudMissing "aud-missing" "aud is missing" => Effect::Claims(|c, _| unset(c, "aud"));
        AudArrayOfOne "aud-array-of-one" "aud is a list of this client alone; allowed" => Effect::Claims(|c, s| set(c, "aud", json!([s.client_id])));
        AzpOwn "azp-own" "azp is this client; allowed" => Effect::Claims(|c, s| set(c, "azp", s.client_id.clone()));
        AzpOther "azp-other" "azp is another client" => Effect::Claims(|c, _| set(c, "azp", "another-tool"));
    }
    "Time" {
        TimestampsOld "timestamps-old" "exp is 22222 and iat 11111 (certification: Timestamps \
            Incorrect)" => Effect::Claims(|c, _| {
            set(c, "exp", 22222);
            set(c, "iat", 11111);
        });
        Expired "expired" "The token expired ten minutes ago" => Effect::Claims(|c, s| {
            set(c, "iat", s.seconds() - 660);
            set(c, "exp", s.seconds() - 600);
        });
        IatOld "iat-old" "iat is two hours ago while exp is tomorrow" => Effect::Claims(|c, s| {
            set(c, "iat", s.seconds() - 7200);
            set(c, "exp", s.seconds() + 86400);
        });
        IatFuture "iat-future" "iat is in an hour, exp a minute later" => Effect::Claims(|c, s| {
            set(c, "iat", s.seconds() + 3600);
            set(c, "exp", s.seconds() + 3660);
        });
        IatMissing "iat-missing" "iat is missing" => Effect::Claims(|c, _| unset(c, "iat"));
        IatString "iat-string" "iat is text" => Effect::Claims(|c, s| set(c, "iat", s.seconds().to_string()));
        ExpMissing "exp-missing" "exp is missing" => Effect::Claims(|c, _| unset(c, "exp"));
        ExpString "exp-string" "exp is text" => Effect::Claims(|c, s| set(c, "exp", (s.seconds() + 60).to_string()));
        ExpNegative "exp-negative" "exp is -1" => Effect::Claims(|c, _| set(c, "exp", -1));
        ExpHuge "exp-huge" "exp is 1e30, beyond every calendar; allowed, since iat fits" => Effect::Claims(|c, _| set(c, "exp", 1e30));
        ExpFraction "exp-fraction" "exp has a fraction of a second; allowed" => Effect::Claims(|c, s| set(c, "exp", tokens::with_half(s.seconds() + 60)));
        NbfFuture "nbf-future" "nbf is in an hour" => Effect::Claims(|c, s| set(c, "nbf", s.seconds() + 3600));
    }
    "Nonce" {
        NonceMissing "nonce-missing" "nonce is missing" => Effect::Claims(|c, _| unset(c, "nonce"));
        NonceEmpty "nonce-empty" "nonce is empty" => Effect::Claims(|c, _| set(c, "nonce", ""));
        NonceOther "nonce-other" "nonce belongs to another login" => Effect::Claims(|c, s| set(c, "nonce", s.other_nonce.clone()));
        NonceNumber "nonce-number" "nonce is a number" => Effect::Claims(|c, _| set(c, "nonce", 1));
    }
    "Deployment" {
        DeploymentMissing "deployment-missing" "deployment_id is missing (certification)" => Effect::Deployment(|_| Value::Null);
        DeploymentUnknown "deployment-unknown" "deployment_id is unknown to the tool" => Effect::Deployment(|_| json!("unknown-deployment"));
        DeploymentEmpty "deployment-empty" "deployment_id is empty" => Effect::Deployment(|_| json!(""));
        DeploymentNumber "deployment-number" "deployment_id is a number" => Effect::Deployment(|s| json!(s.deployment_id.parse::<u64>().unwrap_or(1)));
        DeploymentLong "deployment-long" "deployment_id has 256 characters" => Effect::Deployment(|_| json!("d".repeat(256)));
        DeploymentNotAsAtLogin "deployment-not-as-at-login" "The login request named another \
            deployment than the token" => Effect::Login(|l, _| l.set("lti_deployment_id", "another-deployment"));
    }
    "Target link URI" {
        TargetMissing "target-missing" "target_link_uri is missing in the token" => Effect::Claims(|c, _| unset(c, &claim("target_link_uri")));
        TargetNotAsAtLogin "target-not-as-at-login" "The token's target_link_uri differs from the \
            login request's" => Effect::Claims(|c, s| set(c, &claim("target_link_uri"), format!("{}?other=1", s.tool.tool_url)));
        TargetForeign "target-foreign" "target_link_uri is on a foreign host" => Effect::Target(|_| "https://evil.example/lti/launch".to_owned());
        TargetSchemeless "target-schemeless" "target_link_uri starts with //evil.example" => Effect::Target(|_| "//evil.example/lti/launch".to_owned());
        TargetSuffix "target-suffix" "target_link_uri's host starts with the tool's and ends in \
            .evil.example" => Effect::Target(|s| tokens::suffixed(&s.tool.tool_url));
        TargetUserinfo "target-userinfo" "target_link_uri has the tool's host as the user name of \
            a foreign host" => Effect::Target(|s| format!("{}://{}@evil.example/", s.tool_scheme(), s.tool_host()));
        TargetJavascript "target-javascript" "target_link_uri is javascript:" => Effect::Target(|_| "javascript:alert(document.domain)".to_owned());
        TargetBackslash "target-backslash" "target_link_uri has a backslash before the tool's \
            host" => Effect::Target(|s| format!("{}://evil.example\\@{}/", s.tool_scheme(), s.tool_host()));
        TargetOtherPort "target-other-port" "target_link_uri is on another port of the tool's host" => Effect::Target(|s| tokens::other_port(&s.tool.tool_url));
        TargetRelative "target-relative" "target_link_uri is a path" => Effect::Target(|_| "/lti/launch".to_owned());
        TargetNumber "target-number" "target_link_uri is a number in the token" => Effect::Claims(|c, _| set(c, &claim("target_link_uri"), 1));
    }
    "Message and version" {
        VersionMissing "version-missing" "version is missing (certification: No LTI Version)" => Effect::Claims(|c, _| unset(c, &claim("version")));
        VersionWrong "version-wrong" "version is 11.3 (certification: Wrong LTI Version)" => Effect::Claims(|c, _| set(c, &claim("version"), "11.3"));
        VersionNumber "version-number" "version is the number 1.3" => Effect::Claims(|c, _| set(c, &claim("version"), 1.3));
        MessageTypeMissing "message-type-missing" "message_type is missing (certification)" => Effect::Claims(|c, _| unset(c, &claim("message_type")));
        MessageTypeUnknown "message-type-unknown" "message_type is LtiTeaBreakRequest" => Effect::Claims(|c, _| set(c, &claim("message_type"), "LtiTeaBreakRequest"));
        ClaimsMissing "claims-missing" "version, message_type and roles are missing \
            (certification: Missing LTI Claims)" => Effect::Claims(|c, _| {
            for name in ["version", "message_type", "roles"] {
                unset(c, &claim(name));
            }
        });
        UnknownClaims "unknown-claims" "Unknown claims; to be ignored" => Effect::Claims(|c, _| {
            set(c, "https://vendor.example/claim/tea", json!({"milk": [true, null, {"sugar": 2}]}));
            set(c, "amr", json!(["pwd"]));
        });
    }
    "Person and roles" {
        SubMissing "sub-missing" "sub is missing, as for an anonymous person (certification: user \
            Claim Missing)" => Effect::Claims(|c, _| unset(c, "sub"));
        SubEmpty "sub-empty" "sub is empty" => Effect::Claims(|c, _| set(c, "sub", ""));
        SubNumber "sub-number" "sub is a number" => Effect::Claims(|c, _| set(c, "sub", 4));
        SubLong "sub-long" "sub has 256 characters" => Effect::Claims(|c, _| set(c, "sub", "s".repeat(256)));
        RolesMissing "roles-missing" "roles is missing (certification)" => Effect::Claims(|c, _| unset(c, &claim("roles")));
        RolesString "roles-string" "roles is text instead of a list" => Effect::Claims(|c, _| set(c, &claim("roles"), "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"));
        RolesEmpty "roles-empty" "roles is an empty list; allowed" => Effect::Claims(|c, _| set(c, &claim("roles"), json!([])));
        HostileNames "hostile-names" "Names with markup, control characters and direction marks; \
            allowed, to be displayed safely" => Effect::Claims(|c, _| {
            set(c, "name", "<script>alert(1)</script>\u{1b}[31m\u{202e}");
            set(c, &claim("context"), json!({"id": "2\"><b>", "label": "<b>", "title": "</title><img \
                src=x onerror=alert(1)>"}));
        });
    }
    "Link, course and custom parameters" {
        ResourceLinkMissing "resource-link-missing" "resource_link is missing (certification)" => Effect::Claims(|c, _| unset(c, &claim("resource_link")));
        ResourceLinkWithoutId "resource-link-without-id" "resource_link has no id" => Effect::Claims(|c, _| set(c, &claim("resource_link"), json!({"title": "Quiz"})));
        ResourceLinkText "resource-link-text" "resource_link is text instead of an object" => Effect::Claims(|c, _| set(c, &claim("resource_link"), "1"));
        ContextOnlyId "context-only-id" "context has only an id; allowed" => Effect::Claims(|c, _| set(c, &claim("context"), json!({"id": "2"})));
        CustomMissing "custom-missing" "There are no custom parameters" => Effect::Claims(|c, _| unset(c, &claim("custom")));
        CustomIdMissing "custom-id-missing" "The custom parameter id is missing" => Effect::Claims(|c, _| tokens::custom(c, None));
        CustomIdUnknown "custom-id-unknown" "The custom parameter id does not name a resource" => Effect::Claims(|c, _| tokens::custom(c, Some("00000000-0000-4000-8000-000000000000")));
        CustomIdJunk "custom-id-junk" "The custom parameter id is not an identifier" => Effect::Claims(|c, _| tokens::custom(c, Some("' \
            OR 1=1 --")));
        CustomIdUnresolved "custom-id-unresolved" "The custom parameter id is a variable that was \
            not replaced" => Effect::Claims(|c, _| tokens::custom(c, Some("$ResourceLink.id")));
        CustomNotText "custom-not-text" "Other custom parameters are numbers and null; allowed" => Effect::Claims(|c, _| tokens::add_custom(c, json!({"number": 1, "nothing": null, "truth": true})));
        UnresolvedVariables "unresolved-variables" "Other custom parameters are variables that \
            were not replaced; allowed" => Effect::Claims(|c, _| tokens::add_custom(c, json!({"term": "$CourseSection.timeFrame.begin"})));
    }
    "Login request" {
        LoginByGet "login-by-get" "The login request is a GET; allowed" => Effect::Login(|l, _| l.by_get = true);
        LoginWithoutClient "login-without-client" "The login request has no client_id; allowed \
            while the issuer is registered once" => Effect::Login(|l, _| l.remove("client_id"));
        LoginWithoutDeployment "login-without-deployment" "The login request has no \
            lti_deployment_id; allowed" => Effect::Login(|l, _| l.remove("lti_deployment_id"));
        LoginWithoutMessageHint "login-without-message-hint" "The login request has no \
            lti_message_hint; allowed" => Effect::Login(|l, _| {
            let launch = l.get("lti_message_hint").unwrap_or_default().to_owned();
            l.set("login_hint", launch);
            l.remove("lti_message_hint");
        });
        LoginExtraParameters "login-extra-parameters" "The login request has parameters that only \
            some platforms send; to be ignored" => Effect::Login(|l, _| {
            l.add("canvas_region", "us-east-1");
            l.add("deployment_id", "1");
            l.add("utf8", "✓");
        });
        LoginWithoutIss "login-without-iss" "The login request has no iss" => Effect::Login(|l, _| l.remove("iss"));
        LoginUnknownIss "login-unknown-iss" "The login request comes from an unknown issuer" => Effect::Login(|l, _| l.set("iss", "https://other-platform.example"));
        LoginUnknownClient "login-unknown-client" "The login request names an unknown client" => Effect::Login(|l, _| l.set("client_id", "another-tool"));
        LoginWithoutHint "login-without-hint" "The login request has no login_hint" => Effect::Login(|l, _| l.remove("login_hint"));
        LoginWithoutTarget "login-without-target" "The login request has no target_link_uri" => Effect::Login(|l, _| l.remove("target_link_uri"));
        LoginTwice "login-twice" "The login request names two issuers" => Effect::Login(|l, _| l.add("iss", "https://other-platform.example"));
        LoginHintLong "login-hint-long" "login_hint is 10 kB long" => Effect::Login(|l, _| l.set("login_hint", "h".repeat(10_000)));
        LoginLineBreaks "login-line-breaks" "lti_message_hint tries to break into the response's \
            headers" => Effect::Login(|l, _| {
            let hint = l.get("lti_message_hint").unwrap_or_default().to_owned();
            l.set("lti_message_hint", format!("{hint}\r\nSet-Cookie: broken=in\r\n\r\n<h1>broken \
                in</h1>"));
        });
    }
    "Response" {
        LoginRequired "login-required" "The response is the error login_required instead of a \
            token" => Effect::Response(|a| tokens::error(a, "login_required", "The \
            person is not signed in"));
        LaunchNoLongerValid "launch-no-longer-valid" "The response is the error \
            launch_no_longer_valid instead of a token" => Effect::Response(|a| tokens::error(a, "launch_no_longer_valid", "The \
                launch has expired"));
        ErrorHostile "error-hostile" "The response is an error with markup and control characters" => Effect::Response(|a| tokens::error(a, "<b>error</b>", "<script>alert(1)</script>\u{1b}[31m"));
        TokenMissing "token-missing" "The response contains no id_token" => Effect::Response(|a| a.retain(|(name, _)| name != "id_token"));
        TokenTwice "token-twice" "The response contains the id_token twice" => Effect::Response(|a| tokens::repeat(a, "id_token"));
        StateMissing "state-missing" "The response contains no state" => Effect::Response(|a| a.retain(|(name, _)| name != "state"));
        StateChanged "state-changed" "The state is returned with an additional character" => Effect::Response(|a| tokens::append(a, "state", "x"));
        StateInvented "state-invented" "The state was invented by the platform" => Effect::Response(|a| tokens::replace(a, "state", "invented-by-the-platform"));
        ExtraResponseFields "extra-answer-fields" "The response has further fields; to be ignored" => Effect::Response(|a| a.push(("session_state".to_owned(), "1".to_owned())));
    }
}
