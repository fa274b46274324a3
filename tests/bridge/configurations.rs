//! The configurations that `ltictl generate` prints for proxies: programs accept them, and no value
//! becomes a directive of its own.

use std::process::Command;

use serde_json::Value;

use super::*;
use crate::api::apps::not_run;

const WIKI: &str = "https://wiki.example.edu/start?a={b};c='d'";

async fn with_wiki() -> Lab {
    let lab = Lab::start().await;
    update(&lab, &behind_proxy(WIKI));
    lab
}

/// A file of the repository.
fn file(name: &str) -> String {
    format!("{}/tests/data/tls/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Lets a proxy check a configuration, with a certificate for servers that name none.
fn accepts(program: &str, text: &str) {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).display().to_string();
    let (whole, arguments) = match program {
        "nginx" => (
            format!(
                "pid {};\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log \
                 off;\nssl_certificate {};\nssl_certificate_key {};\n{text}}}\n",
                at("pid"),
                file("certificate.pem"),
                file("key.pem")
            ),
            vec!["-t", "-q", "-c"],
        ),
        _ => (
            format!("{{\n\tadmin off\n}}\n{text}"),
            vec!["validate", "--adapter", "caddyfile", "--config"],
        ),
    };
    std::fs::write(at(program), &whole).unwrap();
    let mut command = Command::new(program);
    command.args(arguments).arg(at(program));
    for variable in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
        command.env(variable, directory.path());
    }
    match command.output() {
        Ok(output) => {
            let why = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{program}: {why}\n{whole}");
        }
        Err(_) => not_run(&format!("the check of a configuration for {program}")),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nginx_and_caddy_accept_a_site_with_a_certificate() {
    let lab = with_wiki().await;
    let (certificate, key) = (file("certificate.pem"), file("key.pem"));
    let tls = ["--certificate", &*certificate, "--certificate-key", &key];
    for program in ["nginx", "caddy"] {
        accepts(program, &ltictl(&lab, &[&["generate", program, RESOURCE][..], &tls].concat()));
    }
    lab.stop().await;
}

#[test]
fn proxies_accept_the_configurations_of_the_documents() {
    let mut checked = Vec::new();
    for document in std::fs::read_dir("docs").unwrap() {
        let path = document.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for block in text.split("```").skip(1).step_by(2) {
            let (_, block) = block.split_once('\n').unwrap();
            let program = match block {
                block if block.contains("server {") => "nginx",
                block if block.contains("reverse_proxy ") => "caddy",
                _ => continue,
            };
            accepts(program, block);
            checked.push(program);
        }
    }
    checked.sort_unstable();
    assert_eq!(checked, ["caddy", "nginx", "nginx"]);
    // The one inside of a file for Docker Compose, whose names only its containers know.
    let output = crate::lab::binary().args(["generate", "compose"]).output().unwrap();
    let compose: Value =
        serde_saphyr::from_str(&String::from_utf8(output.stdout).unwrap()).unwrap();
    let text = compose["configs"]["nginx"]["content"].as_str().unwrap();
    let text = text.replace("$$", "$").replace("server tool-", "server 127.0.0.");
    let text = text
        .replace("/etc/nginx/tls/fullchain.pem", &file("certificate.pem"))
        .replace("/etc/nginx/tls/privkey.pem", &file("key.pem"));
    accepts("nginx", &text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn traefiks_configuration_has_a_router_for_the_app_and_one_for_pages() {
    let lab = with_wiki().await;
    let text = ltictl(&lab, &["generate", "traefik", RESOURCE, "--tool", "http://10.0.0.4:8080"]);
    let document: Value = serde_saphyr::from_str(&text).unwrap();
    let http = &document["http"];
    let (routers, middlewares) = (&http["routers"], &http["middlewares"]);
    assert_eq!(routers[RESOURCE]["rule"], "Host(`wiki.example.edu`)");
    assert_eq!(
        routers["algebra-quiz-ltictl"]["rule"],
        "Host(`wiki.example.edu`) && PathPrefix(`/.ltictl/`)"
    );
    let question = &middlewares["algebra-quiz-auth"]["forwardAuth"];
    assert_eq!(question["address"], "http://10.0.0.4:8080/bridge/auth/forward");
    assert_eq!(question["trustForwardHeader"], false);
    let listed: Vec<&str> = question["authResponseHeaders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_str().unwrap())
        .collect();
    let stripped = &middlewares["algebra-quiz-strip"]["headers"]["customRequestHeaders"];
    for name in &listed {
        for name in [(*name).to_owned(), name.replace('-', "_")] {
            assert_eq!(stripped[&name], "", "{name}");
        }
    }
    assert!(listed.contains(&"Remote-User") && listed.contains(&"X-Lti-Token"));
    for (router, services) in [(RESOURCE, RESOURCE), ("algebra-quiz-ltictl", "algebra-quiz-ltictl")]
    {
        assert_eq!(routers[router]["service"], services);
        assert!(http["services"][services]["loadBalancer"]["servers"][0]["url"].is_string());
        for name in routers[router]["middlewares"].as_array().unwrap() {
            assert!(middlewares[name.as_str().unwrap()].is_object(), "{name}");
        }
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_value_becomes_a_directive_of_its_own() {
    let lab = with_wiki().await;
    for proxy in ["nginx", "caddy", "traefik"] {
        let text = ltictl(&lab, &["generate", proxy, RESOURCE]);
        assert!(!text.contains("{b}") && !text.contains("'d'"), "{proxy}: {text}");
        for (arguments, code) in [
            (&["--upstream", "http://127.0.0.1:3000/path"][..], 5),
            (&["--upstream", "http://a;b"], 5),
            (&["--upstream", "http://a{b}"], 5),
            (&["--upstream", "unix:/run/app.sock"], 5),
            (&["--tool", "http://127.0.0.1:8080;deny all"], 5),
            (&["--tool", "127.0.0.1:8080"], 5),
            (&["--user-header", "X-A\nB"], 5),
            (&["--user-header", "X_User"], 5),
            (&["--user-header", "X-Lti-Role"], 5),
            (&["--user-header", "Host"], 5),
            (&["--user-header", "X-Forwarded-For"], 5),
            (&["--user-header", "Transfer-Encoding"], 5),
            (&["--listen", "80;"], 2),
        ] {
            let words = [&["generate", proxy, RESOURCE][..], arguments].concat();
            let output =
                crate::lab::binary().args(words).env("LTICTL_DB", &lab.database).output().unwrap();
            assert_eq!(output.status.code(), Some(code), "{proxy} {arguments:?}");
            assert!(output.stdout.is_empty(), "{proxy} {arguments:?}");
        }
    }
    update(&lab, &ResourceChange { handover: Some(Handover::Token), ..ResourceChange::default() });
    let output = crate::lab::binary()
        .args(["generate", "nginx", RESOURCE])
        .env("LTICTL_DB", &lab.database)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("ltictl resource update algebra-quiz --handover headers"), "{error}");
    lab.stop().await;
}
