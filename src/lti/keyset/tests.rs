use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RsaKeyPair,
};

use super::*;
use crate::lti::test_support::{KID, key_pair};

/// The coordinates of a new key on P-256.
fn curve_point() -> (Vec<u8>, Vec<u8>) {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let point = pair.public_key().as_ref();
    (point[1..33].to_vec(), point[33..].to_vec())
}

fn good_entry() -> Value {
    public_jwk(KID, &key_pair().modulus, &key_pair().exponent)
}

/// The entry with one member set, or removed when the value is null.
fn entry_with(name: &str, value: Value) -> Value {
    let mut entry = good_entry();
    let members = entry.as_object_mut().expect("an object");
    members.remove(name);
    if !value.is_null() {
        members.insert(name.to_owned(), value);
    }
    entry
}

fn parse(keys: Value) -> Keyset {
    Keyset::parse(json!({ "keys": keys }).to_string().as_bytes()).expect("a keyset")
}

#[test]
fn invalid_keysets_are_explained() {
    let many = json!({ "keys": vec![json!({}); 101] }).to_string();
    let table: [(&[u8], &str); 8] = [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"not json", "not JSON"),
        (b"[]", "without the member"),
        (b"{}", "without the member"),
        (br#"{"keys":{}}"#, "not a list"),
        (many.as_bytes(), "101 keys"),
    ];
    for (body, expected) in table {
        let problem = Keyset::parse(body).expect_err("no keyset");
        assert!(problem.contains(expected), "{problem} should say {expected}");
    }
}

#[test]
fn keyset_may_be_empty() {
    let keyset = parse(json!([]));
    assert!(keyset.is_empty());
    assert!(keyset.find(KID).is_none());
}

#[test]
fn entries_are_checked_one_by_one() {
    let weak = URL_SAFE_NO_PAD.encode([0xff; 128]);
    let huge = URL_SAFE_NO_PAD.encode([0xff; 1025]);
    let even = URL_SAFE_NO_PAD.encode([0xfe; 256]);
    let table = [
        ("kty", json!("EC"), "type is EC on no curve"),
        ("kty", json!("OKP"), "type is OKP"),
        ("kty", json!("oct"), "shared secret"),
        ("kty", Value::Null, "no type"),
        ("use", json!("enc"), "not for signatures (use enc)"),
        ("use", json!(1), "not text"),
        ("key_ops", json!(["sign"]), "key_ops without verify"),
        ("key_ops", json!([]), "key_ops without verify"),
        ("key_ops", json!("verify"), "key_ops is not a list"),
        ("alg", json!("ES256"), "for ES256, which needs EC on P-256, and is RSA"),
        ("alg", json!("HS256"), "for HS256, which signs no launch"),
        ("alg", json!("RSA-OAEP"), "for RSA-OAEP, which signs no launch"),
        ("alg", json!(["RS256"]), "not text"),
        ("n", Value::Null, "no modulus"),
        ("n", json!("+/+/"), "not base64url"),
        ("n", json!(weak), "1024 bits"),
        ("n", json!(huge), "8200 bits"),
        ("n", json!(even), "not those of an RSA key"),
        ("n", json!(""), "0 bits"),
        ("e", Value::Null, "no exponent"),
        ("e", json!("AQ"), "not those of an RSA key"),
        ("e", json!(""), "not those of an RSA key"),
        ("e", json!("AQABAQAB"), "not those of an RSA key"),
    ];
    for (name, value, expected) in table {
        let mut other = good_entry();
        other["kid"] = json!("other");
        let keyset = parse(json!([entry_with(name, value.clone()), other]));
        let problem = keyset.find(KID).expect("an entry").expect_err("not fit");
        assert!(problem.contains(expected), "{name} {value}: {problem} should say {expected}");
        assert!(
            keyset.find("other").is_some_and(|key| key.is_ok()),
            "{name} {value} must not spoil the other key"
        );
        assert_eq!(keyset.len(), 1);
        assert_eq!(keyset.problems().len(), 1);
    }
}

#[test]
fn points_are_checked() {
    let (x, y) = curve_point();
    let good = json!({ "kty": "EC", "crv": "P-256", "kid": KID, "x": URL_SAFE_NO_PAD.encode(&x), "y": URL_SAFE_NO_PAD.encode(&y) });
    let with = |name: &str, value: Value| {
        let mut entry = good.clone();
        entry[name] = value;
        parse(json!([entry])).find(KID).expect("an entry").map(drop).map_err(str::to_owned)
    };
    assert_eq!(with("use", json!("sig")), Ok(()));
    for (name, value, expected) in [
        ("crv", json!("P-521"), "on P-521"),
        ("crv", json!("secp256k1"), "on secp256k1"),
        ("crv", json!("P-384"), "48 bytes"),
        ("crv", Value::Null, "no curve"),
        ("x", Value::Null, "no x coordinate"),
        ("y", json!("AA"), "32 bytes"),
        ("y", json!(URL_SAFE_NO_PAD.encode([1; 32])), "not on its curve"),
        ("alg", json!("RS256"), "for RS256, which needs RSA, and is EC on P-256"),
    ] {
        let problem = with(name, value.clone()).expect_err("not fit");
        assert!(problem.contains(expected), "{name} {value}: {problem} should say {expected}");
    }
}

#[test]
fn key_verifies_algorithms_of_its_type_or_only_its_own() {
    let (x, y) = curve_point();
    let point = json!({ "kty": "EC", "crv": "P-256", "kid": "point", "x": URL_SAFE_NO_PAD.encode(&x), "y": URL_SAFE_NO_PAD.encode(&y) });
    let mut any = entry_with("alg", Value::Null);
    any["kid"] = json!("any");
    let mut pss = entry_with("alg", json!("PS384"));
    pss["kid"] = json!("pss");
    let keyset = parse(json!([good_entry(), any, pss, point]));
    let rsa = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
    for (kid, fitting) in
        [(KID, &["RS256"][..]), ("any", &rsa), ("pss", &["PS384"]), ("point", &["ES256"])]
    {
        let keys = keyset.find(kid).expect("an entry").expect("fit");
        let [key] = &*keys.0 else { panic!("{kid}: one key") };
        let found: Vec<&str> = algorithm::names()
            .filter(|name| key.fits(algorithm::find(name).unwrap()).is_ok())
            .collect();
        assert_eq!(found, fitting, "{kid}");
    }
    for (algorithms, count) in [
        (&["RS256"][..], 2),
        (&["ES256"], 1),
        (&["ES384"], 0),
        (&["RS256", "ES256"], 3),
        (&["HS256"], 0),
        (&[], 0),
    ] {
        assert_eq!(keyset.count_usable_with(algorithms), count, "{algorithms:?}");
    }
}

#[test]
fn what_is_optional_may_be_absent() {
    for name in ["use", "alg"] {
        assert!(
            parse(json!([entry_with(name, Value::Null)])).find(KID).is_some_and(|key| key.is_ok()),
            "{name}"
        );
    }
    for operations in [json!(["verify"]), json!(["sign", "verify"])] {
        let entry = entry_with("key_ops", operations);
        assert!(parse(json!([entry])).find(KID).is_some_and(|key| key.is_ok()));
    }
    let padded = format!("{}==", URL_SAFE_NO_PAD.encode(&key_pair().modulus));
    assert!(
        parse(json!([entry_with("n", json!(padded))])).find(KID).is_some_and(|key| key.is_ok())
    );
}

#[test]
fn entries_without_a_key_id_are_skipped() {
    let keyset = parse(json!([
        entry_with("kid", Value::Null),
        entry_with("kid", json!("")),
        entry_with("kid", json!(7)),
        "text"
    ]));
    assert!(keyset.is_empty());
    assert_eq!(keyset.problems(), ["4 without a key ID"]);
}

#[test]
fn a_key_that_is_listed_twice_counts_once() {
    let keyset = parse(json!([good_entry(), good_entry()]));
    assert_eq!((keyset.len(), keyset.problems().len()), (1, 0));
    assert!(keyset.find(KID).is_some_and(|keys| keys.is_ok_and(|keys| keys.0.len() == 1)));
    assert_eq!(keyset.digests(), parse(json!([good_entry()])).digests());
}

#[test]
fn the_entry_with_the_key_id_that_fits_is_used() {
    let (x, y) = curve_point();
    let point = json!({ "kty": "EC", "crv": "P-256", "kid": KID, "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y) });
    let stranger = super::super::private_key::PrivateKey::generate();
    let other = public_jwk(KID, &stranger.modulus, &stranger.exponent);
    let with = |name: &str, value: Value| entry_with(name, value);
    let message = b"message";
    let pair = RsaKeyPair::from_pkcs8(&key_pair().pkcs8_der).unwrap();
    let mut signature = vec![0; pair.public_modulus_len()];
    let random = aws_lc_rs::rand::SystemRandom::new();
    pair.sign(&aws_lc_rs::signature::RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
    let signature = URL_SAFE_NO_PAD.encode(signature);
    let rs256 = algorithm::find("RS256").unwrap();
    let (good, enc) = (good_entry(), with("use", json!("enc")));
    let no_verify = with("key_ops", json!(["encrypt"]));
    for (entries, expected) in [
        (json!([good]), Ok(true)),
        (json!([good, good]), Ok(true)),
        (json!([point, good]), Ok(true)),
        (json!([good, point]), Ok(true)),
        (json!([other, good]), Err("2 different keys have this ID")),
        (json!([good, other, good]), Err("2 different keys have this ID")),
        (json!([enc, good]), Ok(true)),
        (json!([no_verify, good]), Ok(true)),
        (json!([with("alg", json!("RS512")), good]), Ok(true)),
        (json!([with("n", json!("AQAB")), good]), Ok(true)),
        (json!([other]), Ok(false)),
        (json!([other, point]), Ok(false)),
        (json!([point]), Err("its type is EC on P-256")),
        (json!([point, with("alg", json!("RS512"))]), Err("it is for RS512, not for RS256")),
        (json!([no_verify]), Err("key_ops without verify")),
        (json!([enc, no_verify]), Err("(use enc); it is not for verifying signatures")),
    ] {
        let keyset = parse(entries.clone());
        let found = keyset.find(KID).unwrap().map_err(str::to_owned);
        match (found.and_then(|keys| keys.verify(rs256, message, &signature)), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{entries}"),
            (Err(problem), Err(expected)) => assert!(problem.contains(expected), "{problem}"),
            (found, expected) => panic!("{found:?} instead of {expected:?}: {entries}"),
        }
    }
}

#[test]
fn public_entry_contains_nothing_private() {
    let entry = good_entry();
    let mut names: Vec<&str> =
        entry.as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["alg", "e", "kid", "kty", "n", "use"]);
    assert_eq!(entry["e"], "AQAB");
    assert_eq!(public_keyset(vec![entry.clone()]), json!({ "keys": [entry] }));
}

#[test]
fn pem_matches_the_library() {
    use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
    let pair = RsaKeyPair::from_pkcs8(&key_pair().pkcs8_der).expect("a key");
    let expected: PublicKeyX509Der<'_> = pair.public_key().as_der().expect("DER");
    let pem = public_pem(&key_pair().modulus, &key_pair().exponent);
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    assert_eq!(STANDARD.decode(body).expect("base64"), expected.as_ref());
    assert!(pem.lines().all(|line| line.len() <= 64));
    assert!(jsonwebtoken::DecodingKey::from_rsa_pem(pem.as_bytes()).is_ok());
}
