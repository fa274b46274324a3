//! The verifiers of docs/app.md, word for word, with the libraries that they name; see
//! [`super::apps`]. The same rules in Rust are always checked.

use std::io::Write as _;
use std::process::{Command, Stdio};

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ltictl::lti::jws;
use serde_json::Value;

use super::APP;
use super::apps::{GUIDE, installed, not_run, printed};

/// Which of the tokens a program accepts: it reads one token per line and writes `yes` or `no` and
/// its error.
fn run(mut program: Command, tool: &str, tokens: &[String]) -> Vec<bool> {
    program.env("TOOL_URL", tool).env("APP_URL", APP).envs([("NO_PROXY", "*"), ("no_proxy", "*")]);
    let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    // A token may hold anything but a line feed.
    assert!(tokens.iter().all(|token| !token.contains('\n')));
    child.stdin.take().unwrap().write_all((tokens.join("\n") + "\n").as_bytes()).unwrap();
    let output = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(output.lines().count(), tokens.len(), "{output}");
    output.lines().map(|line| line == "yes").collect()
}

fn python(tool: &str, tokens: &[String]) -> Option<Vec<bool>> {
    let mut program = Command::new(installed("python/bin/python")?);
    let ask = "\nimport sys\nfor line in sys.stdin:\n    try:\n        \
        verify(line.rstrip('\\n'))\n        print('yes')\n    except jwt.PyJWTError as \
        error:\n        print('no', error)\n";
    program.arg("-c").arg(printed("verify.py").to_owned() + ask);
    Some(run(program, tool, tokens))
}

fn node(tool: &str, tokens: &[String]) -> Option<Vec<bool>> {
    // Node.js looks for libraries from the script's own directory upwards.
    let directory =
        tempfile::tempdir_in(installed("node/node_modules/jose")?.ancestors().nth(2)?).unwrap();
    let script = directory.path().join("app.mjs");
    let ask = "\nimport { createInterface } from 'node:readline';\nfor await (const line of \
        createInterface({ input: process.stdin })) {\n  try { await verify(line); \
        console.log('yes'); } catch (error) { console.log('no', error.message); }\n}\n";
    std::fs::write(&script, printed("verify.mjs").to_owned() + ask).unwrap();
    let mut program = Command::new("node");
    program.arg(script);
    Some(run(program, tool, tokens))
}

/// Header and claims of a token that a key of the keyset has signed.
pub(crate) fn verified(keyset: &Value, token: &str) -> Option<(Value, Value)> {
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
    let read = |part: &str| serde_json::from_slice::<Value>(&bytes(part)?).ok();
    let (input, signature) = token.rsplit_once('.')?;
    let (header, payload) = input.split_once('.')?;
    let (header, claims) = (read(header)?, read(payload)?);
    let key = keyset["keys"].as_array()?.iter().find(|key| key["kid"] == header["kid"])?;
    let key = PublicKeyComponents { n: bytes(key["n"].as_str()?)?, e: bytes(key["e"].as_str()?)? };
    key.verify(&RSA_PKCS1_2048_8192_SHA256, input.as_bytes(), &bytes(signature)?).ok()?;
    Some((header, claims))
}

/// The rules of the guide: signature by a key of the keyset, type, algorithm, issuer, audience,
/// expiry, and an ID.
fn by_the_rules(tool: &str, keyset: &Value, token: &str) -> bool {
    let Some((header, claims)) = verified(keyset, token) else { return false };
    header["typ"] == jws::LAUNCH_TOKEN
        && header["alg"] == "RS256"
        && claims["iss"] == tool
        && claims["aud"] == APP
        && claims["exp"].as_i64().is_some_and(|exp| exp > jiff::Timestamp::now().as_second())
        && claims["jti"].is_string()
}

/// Which of the tokens an app accepts that does what the guide says. All verifiers agree.
pub(crate) async fn accepted_by_apps(tool: &str, tokens: &[String]) -> Vec<bool> {
    let keyset: Value =
        reqwest::get(format!("{tool}/lti/jwks")).await.unwrap().json().await.unwrap();
    let expected: Vec<bool> =
        tokens.iter().map(|token| by_the_rules(tool, &keyset, token)).collect();
    let (tool, tokens) = (tool.to_owned(), tokens.to_vec());
    let programs = tokio::task::spawn_blocking(move || {
        [("Python", python(&tool, &tokens)), ("Node.js", node(&tool, &tokens))]
    })
    .await
    .unwrap();
    for (language, found) in programs {
        match found {
            Some(found) => assert_eq!(found, expected, "{language}"),
            None => not_run(&format!("the verifier in {language} of docs/app.md")),
        }
    }
    expected
}

#[test]
fn every_verifier_of_the_guide_requires_the_type() {
    for file in ["verify.py", "verify.mjs"] {
        assert!(printed(file).contains(&format!("\"{}\"", jws::LAUNCH_TOKEN)), "{file}");
    }
    assert!(GUIDE.contains(&format!("`{}`", jws::LAUNCH_TOKEN)), "in words, too");
}
