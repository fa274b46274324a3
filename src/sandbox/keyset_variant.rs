//! Invalid keysets.

use super::words::words;

words! {
    /// An invalid or unusual keyset. A tool with the keyset URL `/jwks/NAME` must refuse every
    /// launch, except with `duplicate-kid`, where it may also try both keys.
    KeysetVariant, "keyset" {
        Rsa1024 "rsa-1024" "The key has 1024 bits",
        UseEnc "use-enc" "The key is for encryption",
        Oct "oct" "The key is a shared secret",
        DuplicateKid "duplicate-kid" "Two keys have the same key ID; one of them signs",
        Empty "empty" "There are no keys",
        Html "html" "A web page instead of a keyset",
        Big "big" "5 MB of JSON",
        Redirect "redirect" "A redirect to the right keyset",
        Slow "slow" "The response takes half a minute",
        NotFound "not-found" "Status 404",
        ServerError "server-error" "Status 500",
        NoKid "no-kid" "The key has no key ID",
        NotAList "not-a-list" "keys is an object instead of a list",
        CutShort "cut-short" "The JSON ends in the middle",
    }
}
