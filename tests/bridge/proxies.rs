//! Debian's nginx and Caddy with the configurations that `ltictl generate` prints, in front of a
//! plain app.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ltictl::domain::{Clock, Guests, PathPrefix};
use ltictl::rules::setting::Clearable;
use ltictl::session::bridge::identity;

use super::plain_app::PlainApp;
use super::*;
use crate::api::apps::{installed, not_run};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Nginx,
    Caddy,
}

impl Kind {
    fn program(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Caddy => "caddy",
        }
    }

    /// Whether it is installed. In CI, it has to be.
    pub(crate) fn is_installed(self) -> bool {
        let argument = if self == Self::Nginx { "-v" } else { "version" };
        let found = Command::new(self.program()).arg(argument).output().is_ok();
        if !found {
            not_run(&format!("the configuration for {}", self.program()));
        }
        found
    }

    /// What the proxy says if the tool does not answer.
    fn status_without_tool(self) -> u16 {
        match self {
            Self::Nginx => 500,
            Self::Caddy => 502,
        }
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// A proxy, until it is dropped.
pub(crate) struct Proxy {
    child: Child,
    address: SocketAddr,
    _directory: tempfile::TempDir,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Proxy {
    pub(crate) async fn start(kind: Kind, port: u16, configuration: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut command = match kind {
            Kind::Nginx => nginx(directory.path(), configuration),
            Kind::Caddy => caddy(directory.path(), configuration),
        };
        let log = directory.path().join("stderr");
        let stderr = std::fs::File::create(&log).unwrap();
        let child = command.stdout(Stdio::null()).stderr(stderr).spawn().unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut proxy = Self { child, address, _directory: directory };
        for _ in 0..600 {
            if tokio::net::TcpStream::connect(address).await.is_ok() {
                return proxy;
            }
            if let Some(status) = proxy.child.try_wait().unwrap() {
                let why = std::fs::read_to_string(log).unwrap();
                panic!("{kind:?} stopped with {status}:\n{why}\n{configuration}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{kind:?} does not listen");
    }
}

/// nginx as one process, which includes the configuration as it was printed.
fn nginx(directory: &Path, configuration: &str) -> Command {
    let at = |name: &str| directory.join(name).display().to_string();
    std::fs::write(at("app.conf"), configuration).unwrap();
    let paths: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|name| format!("    {name}_temp_path {};\n", at(name)))
        .collect();
    let whole = format!(
        "daemon off;\nmaster_process off;\npid {};\nerror_log {} notice;\nevents {{}}\nhttp {{\n    \
         access_log {};\n{paths}    include {};\n}}\n",
        at("pid"),
        at("error.log"),
        at("access.log"),
        at("app.conf"),
    );
    std::fs::write(at("nginx.conf"), whole).unwrap();
    let mut command = Command::new("nginx");
    command.args(["-e", &at("error.log"), "-p", &at(""), "-c", &at("nginx.conf")]);
    command
}

/// Caddy with the site as it was printed, after options that keep it on this machine.
fn caddy(directory: &Path, configuration: &str) -> Command {
    let file = directory.join("Caddyfile");
    let global = "{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n}\n";
    std::fs::write(&file, format!("{global}{configuration}")).unwrap();
    let mut command = Command::new("caddy");
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
    for variable in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
        command.env(variable, directory);
    }
    command
}

/// A tool, a proxy and an app.
pub(crate) struct Site {
    kind: Kind,
    pub(crate) lab: Lab,
    app: PlainApp,
    proxy: Proxy,
    host: String,
    pub(crate) origin: String,
}

impl Site {
    /// With the app at a host.
    pub(crate) async fn start(kind: Kind, host: &str) -> Self {
        let app = PlainApp::start().await;
        let upstream = format!("http://{}", app.address);
        Self::before(kind, host, app, &upstream, "X-WEBAUTH-USER").await
    }

    /// Before an app at an address, which reads the username from a header.
    async fn before(
        kind: Kind,
        host: &str,
        app: PlainApp,
        upstream: &str,
        user_header: &str,
    ) -> Self {
        let (lab, port) = (Lab::start().await, free_port());
        let host = format!("{host}:{port}");
        let origin = format!("http://{host}");
        update(&lab, &behind_proxy(&format!("{origin}/start")));
        let listen = format!("127.0.0.1:{port}");
        let mut words = vec!["generate", kind.program(), RESOURCE, "--upstream", upstream];
        words.extend(["--tool", &lab.url, "--user-header", user_header]);
        if kind == Kind::Nginx {
            words.extend(["--listen", &listen]);
        }
        let configuration = ltictl(&lab, &words);
        let proxy = Proxy::start(kind, port, &configuration).await;
        Self { kind, lab, app, proxy, host, origin }
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        Ask { method, path, host: &self.host, headers, body }.send(self.proxy.address).await
    }

    /// Enters by a launch; gives the cookie as a browser sends it, between two of the app's.
    async fn entered(&self, choice: &LaunchChoice) -> String {
        let (action, ticket) = ticket(&self.lab, choice).await;
        assert_eq!(action, format!("{}/.ltictl/enter", self.origin));
        let answer = enter(
            self.proxy.address,
            "/.ltictl/enter",
            &self.host,
            &ticket,
            &[("origin", &self.lab.url)],
        )
        .await;
        assert_eq!(answer.status, 200, "{:?}: {}", self.kind, answer.body);
        assert!(answer.header("content-security-policy").contains(&*self.lab.url));
        format!("first=1; {}; last=2", cookie_of(&answer).unwrap())
    }
}

/// What a person without a session gets, and who has one at the app.
async fn people_come_in_by_a_launch_only(site: &Site) {
    let page = ("accept", "text/html");
    for (method, headers, body, is_page) in [
        ("GET", &[page][..], "", true),
        ("GET", &[("sec-fetch-dest", "empty")], "", false),
        ("POST", &[page, ("sec-fetch-site", "cross-site")], "a=b", true),
        ("GET", &[page, ("cookie", "__Host-ltictl=x; a=b")], "", true),
        ("GET", &[page, ("remote-user", "boss"), ("x-lti-role", "admin")], "", true),
        (
            "GET",
            &[
                page,
                ("x-original-url", "https://other.example.edu/"),
                ("x-forwarded-host", "other.example.edu"),
            ],
            "",
            true,
        ),
    ] {
        let answer = site.ask(method, "/x", headers, body).await;
        assert_eq!(answer.status, 401, "{:?} {headers:?}", site.kind);
        assert_eq!(answer.header("www-authenticate"), "LTI", "{:?}", site.kind);
        assert_eq!(
            answer.body.contains("in your learning platform")
                || answer.body.contains("Your session has ended"),
            is_page,
            "{}",
            answer.body
        );
        assert_eq!(answer.body.is_empty(), !is_page, "{}", answer.body);
    }
    for path in [
        "/.ltictl/auth",
        "/.ltictl/auth/nginx",
        "/.ltictl/../bridge/auth/nginx",
        "/.ltictl/%2e%2e/auth/nginx",
    ] {
        let answer = site.ask("GET", path, &[("x-original-url", &site.origin)], "").await;
        assert!(matches!(answer.status, 401 | 404), "{:?} {path}: {}", site.kind, answer.status);
        assert_eq!(answer.header("remote-user"), "");
    }
    assert_eq!(site.app.requests(), 0, "the app was never asked");
}

/// Every header that could name a person, in several spellings.
fn spoofed() -> Vec<String> {
    let others = [
        "X-WEBAUTH-USER",
        "X-Remote-User",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-Forwarded-User",
        "X-Authenticated-User",
        "X-User",
        "Forwarded",
    ];
    let spellings = |name: &&str| {
        [
            (*name).to_owned(),
            name.replace('-', "_"),
            name.to_uppercase(),
            name.replacen('-', "_", 1),
        ]
    };
    identity::names().chain(others).flat_map(|name| spellings(&name)).collect()
}

/// What the app gets of a person with a session.
async fn the_app_gets_the_person_and_nothing_of_the_cookie(site: &Site) {
    let patch = serde_json::json!({ "name": "Zo\u{eb} \u{160}" });
    let cookie = site.entered(&LaunchChoice::student().patched(patch)).await;
    let spoofed = spoofed();
    let spoofed: Vec<(&str, &str)> = spoofed.iter().map(|name| (&**name, "boss")).collect();
    let forwarded = [("x-forwarded-host", "other.example.edu"), ("x-forwarded-proto", "https")];
    // What a header names in `Connection` is not for the app.
    let removed = [("connection", "Remote-User, X-Lti-Role, X-WEBAUTH-USER, close")];
    let twice = [("cookie", "third=3"), ("cookie", &*cookie)];
    let protocol = [("connection", "Upgrade, HTTP2-Settings"), ("http2-settings", "AAMAAABkAAQ")];
    let h2c = [&protocol[..], &[("upgrade", "h2c")]].concat();
    for more in [&[][..], &spoofed, &forwarded, &removed, &twice, &h2c] {
        let headers = [&[("cookie", &*cookie)], more].concat();
        let answer = site.ask("GET", "/x?y=z", &headers, "").await;
        assert_eq!(answer.status, 200, "{:?}: {}", site.kind, answer.body);
        assert!(answer.body.starts_with("GET /x?y=z HTTP/1.1\n"), "{}", answer.body);
        assert!(!answer.body.contains("boss"), "{:?}: {}", site.kind, answer.body);
        assert!(!answer.body.to_lowercase().contains("__host-ltictl"), "{}", answer.body);
        assert_eq!(answer.at_app("host"), [&*site.host], "{:?}", site.kind);
        assert_eq!(answer.at_app("upgrade").concat(), "", "{:?}", site.kind);
        let cookies = answer.at_app("cookie").join("; ");
        let is_left_out = site.kind == Kind::Nginx && more == twice;
        assert!(
            is_left_out || cookies.contains("first=1") && cookies.contains("last=2"),
            "{cookies}"
        );
        let user = answer.at_app("remote-user");
        assert!(user.len() == 1 && !user[0].is_empty(), "{}", answer.body);
        for (name, expected) in [
            ("x-auth-request-user", user[0]),
            ("x-webauth-user", user[0]),
            ("remote-name", "Zo\u{eb} \u{160}"),
            ("x-lti-role", "learner"),
            ("x-lti-resource", RESOURCE),
        ] {
            assert_eq!(answer.at_app(name), [expected], "{:?} {name}", site.kind);
        }
        for name in [
            "remote-email",
            "x-lti-token",
            "x-lti-frame-ancestors",
            "x-original-url",
            "x-rewrite-url",
            "x-remote-user",
            "x-forwarded-user",
        ] {
            assert_eq!(answer.at_app(name).concat(), "", "{:?} {name}", site.kind);
        }
        the_app_works_in_the_platforms_frame(site, &answer);
    }
}

/// What the app says about frames and its cookies is replaced; the rest of its policy is kept.
fn the_app_works_in_the_platforms_frame(site: &Site, answer: &Answer) {
    assert_eq!(answer.all("x-frame-options"), Vec::<&str>::new());
    let policies = answer.all("content-security-policy").join(", ");
    for part in [
        "default-src 'self'",
        "img-src *",
        "frame-ancestors 'self' ",
        &site.lab.url,
        site.lab.sandbox.issuer(),
    ] {
        assert!(policies.contains(part), "{:?}: {policies}", site.kind);
    }
    assert!(!policies.contains("'none'"), "{policies}");
    let own = answer.header("set-cookie").to_lowercase();
    for part in ["own=1", "secure", "samesite=none", "partitioned"] {
        assert!(own.contains(part), "{:?}: {own}", site.kind);
    }
}

/// Changes, uploads and WebSockets.
async fn requests_of_all_kinds_arrive_from_the_apps_own_pages_only(site: &Site) {
    let cookie = site.entered(&LaunchChoice::student()).await;
    let own = ("cookie", &*cookie);
    let large = "x".repeat(3 * 1024 * 1024);
    for (method, headers, body, status) in [
        ("POST", &[own, ("origin", &*site.origin)][..], &*large, 200),
        ("DELETE", &[own, ("sec-fetch-site", "same-origin")], "", 200),
        ("PUT", &[own], "small", 200),
        ("POST", &[own, ("origin", "https://other.example")], "a=b", 403),
        ("POST", &[own, ("sec-fetch-site", "cross-site")], &large, 403),
        ("PUT", &[own, ("sec-fetch-site", "same-site")], "a=b", 403),
    ] {
        let before = site.app.requests();
        let answer = site.ask(method, "/upload", headers, body).await;
        assert_eq!(answer.status, status, "{:?} {method} {headers:?}", site.kind);
        assert_eq!(site.app.requests() - before, usize::from(status == 200));
        if status == 200 {
            assert_eq!(answer.at_app("body-bytes"), [body.len().to_string()]);
        }
    }
    let socket = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    for (more, expected) in [
        (&[own, ("origin", &*site.origin)][..], (101, "hello")),
        (&[own, ("origin", "https://other.example")], (403, "")),
        (&[own, ("sec-fetch-site", "cross-site")], (403, "")),
        (&[("origin", &*site.origin)], (401, "")),
    ] {
        let headers = [&socket, more].concat();
        let ask =
            Ask { method: "GET", path: "/socket", host: &site.host, headers: &headers, body: "" };
        let (status, echo) = ask.open_socket(site.proxy.address).await;
        assert_eq!((status, &*echo), expected, "{:?} {more:?}", site.kind);
    }
}

/// A session at one app is none at another, whatever host a browser names: not even at another port
/// of the same host.
async fn another_app_is_another_session(site: &Site) {
    for (name, scheme, other) in
        [("Other", "https", "other.example.edu"), ("Port", "http", "wiki.example.edu:9")]
    {
        another_host_is_another_session(site, name, scheme, other).await;
    }
}

async fn another_host_is_another_session(site: &Site, name: &str, scheme: &str, other: &str) {
    let url = format!("{scheme}://{other}/");
    let change = ResourceChange { guests: Some(Guests::Allow), ..behind_proxy(&url) };
    let resource = publish(&site.lab, name, &change);
    let (_, ticket) = ticket(&site.lab, &launch_of(LaunchChoice::student(), &resource)).await;
    let address = site.lab.server.local_addr();
    let tool = [("origin", &*site.lab.url)];
    let entered = enter(address, "/bridge/app/enter", other, &ticket, &tool).await;
    let cookie = cookie_of(&entered).unwrap();
    let named =
        [("x-forwarded-host", other), ("x-forwarded-proto", scheme), ("x-original-url", &*url)];
    let absolute = format!("http://{other}/");
    for (host, path) in [(&*site.host, "/"), (other, "/"), (&site.host, &url), (other, &absolute)] {
        for more in [&[][..], &named] {
            let headers = [&[("cookie", &*cookie)], more].concat();
            let before = site.app.requests();
            let answer = Ask { method: "GET", path, host, headers: &headers, body: "" }
                .send(site.proxy.address)
                .await;
            // Caddy answers nothing for a host that it does not know.
            let is_unknown = site.kind == Kind::Caddy && answer.body.is_empty();
            assert!(
                matches!(answer.status, 400 | 401 | 500) || is_unknown,
                "{:?} {host} {path} {}",
                site.kind,
                answer.status
            );
            assert_eq!(site.app.requests(), before, "{:?} {host} {path}", site.kind);
        }
    }
}

/// Paths of several resources at one host.
async fn paths_belong_to_their_resources(site: &Site) {
    let admin = ResourceChange {
        paths: Some(Clearable(Some(PathPrefix::new("/admin/").unwrap()))),
        allow_role: Some("staff".parse().unwrap()),
        ..behind_proxy(&format!("{}/admin/", site.origin))
    };
    publish(&site.lab, "Wiki admin", &admin);
    let cookie = site.entered(&LaunchChoice::student()).await;
    let headers = [("cookie", &*cookie), ("accept", "text/html")];
    for (path, statuses) in [
        ("/x", &[200][..]),
        ("/admin/x", &[401]),
        ("/%61dmin/x", &[401]),
        ("/x/../admin/x", &[401, 403]),
        ("//admin/x", &[401, 403]),
        ("/admin%2fx", &[403]),
        ("/admin;x/y", &[403]),
    ] {
        let answer = site.ask("GET", path, &headers, "").await;
        assert!(statuses.contains(&answer.status), "{:?} {path}: {}", site.kind, answer.status);
    }
}

/// Signing out, and a tool that does not answer.
async fn the_session_ends(site: Site) {
    let cookie = site.entered(&LaunchChoice::student()).await;
    let own = ("cookie", &*cookie);
    let checked = site.ask("GET", "/.ltictl/check", &[own], "").await;
    assert_eq!(
        (checked.status, checked.header("location")),
        (303, &*format!("{}/start", site.origin))
    );
    assert_eq!(site.ask("GET", "/x", &[own], "").await.status, 200);
    let page = site.ask("GET", "/.ltictl/leave", &[own], "").await;
    assert!(page.status == 200 && page.body.contains("Sign out?"), "{}", page.body);
    let left = site.ask("POST", "/.ltictl/leave", &[own, ("origin", &site.origin)], "").await;
    assert_eq!(left.status, 200, "{}", left.body);
    let answer = site.ask("GET", "/x", &[own, ("accept", "text/html")], "").await;
    assert!(
        answer.status == 401 && answer.body.contains("Your session has ended"),
        "{}",
        answer.body
    );
    let other = site.entered(&LaunchChoice::student()).await;
    let (before, expected) = (site.app.requests(), site.kind.status_without_tool());
    site.lab.stop().await;
    let ask = Ask {
        method: "GET",
        path: "/x",
        host: &site.host,
        headers: &[("cookie", &*other)],
        body: "",
    };
    assert_eq!(ask.send(site.proxy.address).await.status, expected, "{:?}", site.kind);
    assert_eq!(site.app.requests(), before, "the app was never asked");
}

async fn a_plain_app_is_behind_a_launch(kind: Kind) {
    if !kind.is_installed() {
        return;
    }
    let site = Site::start(kind, "wiki.example.edu").await;
    people_come_in_by_a_launch_only(&site).await;
    the_app_gets_the_person_and_nothing_of_the_cookie(&site).await;
    requests_of_all_kinds_arrive_from_the_apps_own_pages_only(&site).await;
    another_app_is_another_session(&site).await;
    paths_belong_to_their_resources(&site).await;
    the_session_ends(site).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_app_is_behind_a_launch_with_nginx() {
    a_plain_app_is_behind_a_launch(Kind::Nginx).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_app_is_behind_a_launch_with_caddy() {
    a_plain_app_is_behind_a_launch(Kind::Caddy).await;
}

/// Radicale, until it is dropped.
struct Radicale {
    child: Child,
    url: String,
    _directory: tempfile::TempDir,
}

impl Drop for Radicale {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Radicale {
    /// Trusts the header X-Remote-User, as its documentation says for reverse proxies.
    async fn start(python: &Path) -> Self {
        let (directory, address) =
            (tempfile::tempdir().unwrap(), format!("127.0.0.1:{}", free_port()));
        let at = |name: &str| directory.path().join(name);
        let configuration = format!(
            "[server]\nhosts = {address}\n[auth]\ntype = http_x_remote_user\n[rights]\n\
             type = owner_only\n[storage]\nfilesystem_folder = {}\n",
            at("collections").display()
        );
        std::fs::write(at("config"), configuration).unwrap();
        let log = at("log");
        let stderr = std::fs::File::create(&log).unwrap();
        let child = Command::new(python)
            .args(["-m", "radicale", "--config"])
            .arg(at("config"))
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .unwrap();
        let mut radicale = Self { child, url: format!("http://{address}"), _directory: directory };
        for _ in 0..600 {
            if tokio::net::TcpStream::connect(&address).await.is_ok() {
                return radicale;
            }
            if radicale.child.try_wait().unwrap().is_some() {
                panic!("Radicale stopped: {}", std::fs::read_to_string(log).unwrap());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("Radicale does not listen");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn radicale_has_the_calendars_of_the_person_who_has_launched() {
    let (Some(python), true) = (
        installed("python/bin/python").filter(|_| installed("python/bin/radicale").is_some()),
        Kind::Nginx.is_installed(),
    ) else {
        return not_run("Radicale behind nginx");
    };
    let radicale = Radicale::start(&python).await;
    let app = PlainApp::start().await;
    let host = "calendar.example.edu";
    let site = Site::before(Kind::Nginx, host, app, &radicale.url, "X-Remote-User").await;
    let question = "<propfind xmlns='DAV:'><prop><current-user-principal/></prop></propfind>";
    let spoofed = ("x-remote-user", "boss");
    let stranger = site.ask("PROPFIND", "/", &[spoofed], question).await;
    assert_eq!(stranger.status, 401, "{}", stranger.body);
    for choice in [LaunchChoice::student(), LaunchChoice::teacher()] {
        let cookie = site.entered(&choice).await;
        let answer = site.ask("PROPFIND", "/", &[("cookie", &cookie), spoofed], question).await;
        assert_eq!(answer.status, 207, "{}", answer.body);
        let launched = site.lab.newest_launch().unwrap();
        let session = site.lab.store().read().session_of_launch(&launched.id, Clock::System.now());
        let account = session.unwrap().unwrap().account_id.unwrap();
        let account = site.lab.store().read().account_by_id(account).unwrap().unwrap();
        let principal = format!("<href>/{}/</href>", account.username);
        assert!(answer.body.contains(&principal), "{principal}: {}", answer.body);
    }
    site.lab.stop().await;
}
