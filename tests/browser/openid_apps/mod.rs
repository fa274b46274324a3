//! Apps and libraries of others that sign people in by OpenID Connect: each by a launch, in a frame
//! of another site whose cookies are third-party, and in a window. The app is at a third site.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ltictl::domain::{Client, EndpointUrl, Handover, RedirectUris};
use ltictl::rules::resource::{self, ResourceChange};

use super::chromium::{Chromium, ThirdPartyCookies};
use crate::api::apps::{installed, not_run};
use crate::bridge::proxies::{Kind, Proxy, free_port};
use crate::lab::{Lab, RESOURCE};
use crate::openid::{add_client, update};

/// An app, and what its administrator does.
struct App {
    name: &'static str,
    /// Its file, and the text of it.
    file: (&'static str, &'static str),
    /// What it needs below `target/apps`; everything if this is empty.
    needs: &'static [&'static str],
    /// How it is run in a directory with its file.
    run: fn(&Path) -> Command,
    /// Its page after the launch.
    page: &'static str,
    callback: &'static str,
    /// Where it begins a sign-in that the tool starts, if it can.
    login: Option<&'static str>,
    /// Whether it is behind nginx with the configuration that `ltictl generate` prints.
    is_behind_nginx: bool,
    /// What its page shows before the person.
    greeting: &'static str,
}

fn python() -> Command {
    Command::new(installed("python/bin/python").unwrap())
}

const FLASK: App = App {
    name: "Flask with Authlib",
    file: ("app.py", include_str!("flask.py")),
    needs: &["python/lib/python3*/site-packages/authlib"],
    run: |directory| {
        let mut command = python();
        command.arg(directory.join("app.py"));
        command
    },
    page: "/",
    callback: "/callback",
    login: None,
    is_behind_nginx: true,
    greeting: "Signed in as sam-",
};

const DJANGO: App = App {
    name: "Django with mozilla-django-oidc",
    file: ("django_app.py", include_str!("django_app.py")),
    needs: &["python/lib/python3*/site-packages/mozilla_django_oidc"],
    run: |directory| {
        let mut command = python();
        command.arg(directory.join("django_app.py"));
        command
    },
    page: "/",
    callback: "/oidc/callback/",
    login: None,
    is_behind_nginx: true,
    greeting: "Signed in as sam",
};

const JUPYTERHUB: App = App {
    name: "JupyterHub",
    file: ("jupyterhub_config.py", include_str!("jupyterhub_config.py")),
    needs: &[
        "python/lib/python3*/site-packages/oauthenticator",
        "node/node_modules/configurable-http-proxy",
    ],
    run: |_| {
        let mut command = python();
        command.args(["-m", "jupyterhub"]);
        let proxy = installed("node/node_modules/.bin").unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", proxy.display()));
        command
    },
    page: "/hub/home",
    callback: "/hub/oauth_callback",
    login: None,
    is_behind_nginx: true,
    greeting: "sam-",
};

const NODE: App = App {
    name: "Express with openid-client",
    file: ("app.mjs", include_str!("node.mjs")),
    needs: &["node/node_modules/openid-client"],
    run: |directory| {
        let mut command = Command::new("node");
        command.arg(directory.join("app.mjs"));
        command
    },
    page: "/",
    callback: "/callback",
    login: None,
    is_behind_nginx: true,
    greeting: "Signed in as sam-",
};

const APACHE: App = App {
    name: "Apache with mod_auth_openidc",
    file: ("apache.conf", include_str!("apache.conf")),
    needs: &[],
    run: |directory| {
        std::fs::write(
            directory.join("index.shtml"),
            "Signed in as <!--#echo var=\"REMOTE_USER\" -->",
        )
        .unwrap();
        let mut command = Command::new("apache2");
        command.arg("-f").arg(directory.join("apache.conf")).args(["-D", "FOREGROUND"]);
        command
    },
    page: "/",
    callback: "/oidc/callback",
    // In a frame, it would answer 401 instead of beginning by itself.
    login: Some("/oidc/callback"),
    is_behind_nginx: false,
    greeting: "Signed in as sam-",
};

impl App {
    /// Whether everything is installed that it needs. In CI, it has to be.
    fn is_installed(&self) -> bool {
        let has = |pattern: &&str| match pattern.split_once("python3*") {
            Some((before, after)) => installed(before).is_some_and(|directory| {
                let found = std::fs::read_dir(directory).into_iter().flatten().flatten();
                found
                    .into_iter()
                    .any(|entry| entry.path().join(after.trim_start_matches('/')).exists())
            }),
            None => installed(pattern).is_some(),
        };
        let is_here = match self.needs {
            [] => Path::new("/usr/lib/apache2/modules/mod_auth_openidc.so").exists(),
            needs => needs.iter().all(has),
        };
        let is_here = is_here && Kind::Nginx.is_installed();
        if !is_here {
            not_run(self.name);
        }
        is_here
    }
}

/// A program of a test with all that it has started, which ends with this value.
struct Running {
    child: Child,
    _directory: tempfile::TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It is the first of its own group of processes.
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-TERM", "--", &group]).status();
        for _ in 0..100 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.child.wait();
    }
}

/// A tool with an app, perhaps behind nginx.
struct Site {
    lab: Lab,
    origin: String,
    _app: Running,
    _proxy: Option<Proxy>,
}

impl Site {
    async fn start(app: &App) -> Self {
        let (lab, port) = (Lab::start().await, free_port());
        let origin = format!("http://wiki.localhost:{port}");
        let target = format!("{origin}{}", app.page);
        update(
            &lab,
            ResourceChange {
                target: Some(resource::parse_target(&target, true).unwrap().into()),
                allow_http: Some(true),
                handover: Some(Handover::Openid),
                ..ResourceChange::default()
            },
        );
        let upstream = if app.is_behind_nginx { free_port() } else { port };
        let running = run(app, &lab, &origin, upstream).await;
        let proxy = match app.is_behind_nginx {
            true => Some(behind_nginx(&lab, port, upstream).await),
            false => None,
        };
        Self { lab, origin, _app: running, _proxy: proxy }
    }
}

/// Starts an app as a client of the tool, and waits until it listens.
async fn run(app: &App, lab: &Lab, origin: &str, port: u16) -> Running {
    let registered = |client: &mut Client| {
        let callback = [format!("{origin}{}", app.callback)];
        client.redirect_uris = RedirectUris::new("uri", &callback).unwrap();
        client.login_url = app
            .login
            .map(|path| EndpointUrl::new("login", &format!("{origin}{path}"), true).unwrap());
    };
    let (client, secret) = add_client(lab, "App", RESOURCE, registered);
    // Node.js looks for libraries from the program's own directory upwards.
    let parent = match app.needs.first().and_then(|needed| needed.strip_prefix("node/")) {
        Some(_) => installed("node").unwrap(),
        None => std::env::temp_dir(),
    };
    let directory = tempfile::tempdir_in(parent).unwrap();
    std::fs::write(directory.path().join(app.file.0), app.file.1).unwrap();
    let log = directory.path().join("output");
    let output = std::fs::File::create(&log).unwrap();
    let mut command = (app.run)(directory.path());
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let child = command
        .current_dir(directory.path())
        .env("ISSUER", &lab.url)
        .env("ORIGIN", origin)
        .env("HOST", "wiki.localhost")
        .env("PORT", port.to_string())
        .env("DIRECTORY", directory.path())
        .env("CLIENT_ID", client.client_id.as_str())
        .env("CLIENT_SECRET", secret)
        .envs([("NO_PROXY", "*"), ("no_proxy", "*"), ("PYTHONDONTWRITEBYTECODE", "1")])
        .stdout(output.try_clone().unwrap())
        .stderr(output)
        .spawn()
        .unwrap();
    let mut running = Running { child, _directory: directory };
    for _ in 0..1200 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return running;
        }
        if running.child.try_wait().unwrap().is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} does not listen:\n{}", app.name, std::fs::read_to_string(log).unwrap());
}

/// nginx with the configuration that the command prints.
async fn behind_nginx(lab: &Lab, port: u16, upstream: u16) -> Proxy {
    let (listen, upstream) = (format!("127.0.0.1:{port}"), format!("http://127.0.0.1:{upstream}"));
    let words = ["generate", "nginx", RESOURCE, "--upstream", &upstream, "--listen", &listen];
    Proxy::start(Kind::Nginx, port, &crate::bridge::ltictl(lab, &words)).await
}

/// A person signs in in the platform's frame, and in a window.
async fn signs_in(app: &App) {
    if !app.is_installed() {
        return;
    }
    let site = Site::start(app).await;
    let page = format!("{}{}", site.origin, app.page);
    for cookies in [ThirdPartyCookies::Allowed, ThirdPartyCookies::Blocked] {
        let chromium = Chromium::start(cookies).await;
        chromium.launch(&site.lab, &[("user", "sam")]).await;
        chromium.arrive_in_frame(&page).await;
        let text: String = chromium.ask("return document.documentElement.textContent").await;
        assert!(text.contains(app.greeting), "{}: {text}", app.name);
        chromium.launch(&site.lab, &[("user", "sam"), ("window", "1")]).await;
        chromium.arrive_in_new_window(&page).await;
        let text: String = chromium.ask("return document.documentElement.textContent").await;
        assert!(text.contains(app.greeting), "{}: {text}", app.name);
        chromium.close().await;
    }
    site.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flask_with_authlib() {
    signs_in(&FLASK).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn django_with_mozilla_django_oidc() {
    signs_in(&DJANGO).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jupyterhub_with_oauthenticator() {
    signs_in(&JUPYTERHUB).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn express_with_openid_client() {
    signs_in(&NODE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn apache_with_mod_auth_openidc() {
    signs_in(&APACHE).await;
}
