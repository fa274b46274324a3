//! The complete apps of docs/app.md, word for word, between the real server and the test platform.
//! `.ci/run` installs what they need below `target/apps`. Elsewhere, a program whose interpreter or
//! libraries are missing is reported as not run; in CI, that is a failure.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ltictl::domain::{Enrolment, GradingProgress};
use ltictl::sandbox::LaunchChoice;
use reqwest::{Client, Method, Response, redirect};

use super::{app_key, grades, target, token};
use crate::lab::{Lab, RESOURCE};

/// The guide for app developers.
pub(super) const GUIDE: &str = include_str!("../../docs/app.md");

/// The code block of the guide that follows the first mention of a file.
pub(super) fn printed(file: &str) -> &'static str {
    let (_, after) = GUIDE.split_once(&format!("`{file}`")).unwrap();
    let (_, block) = after.split_once("```").unwrap();
    block.split_once('\n').unwrap().1.split("```").next().unwrap()
}

/// Where `.ci/run` installs libraries, if it has installed these.
pub(crate) fn installed(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/apps").join(path);
    path.exists().then_some(path)
}

/// Reports that a program was not run. Not through the macros, whose output tests swallow.
pub(crate) fn not_run(what: &str) {
    assert!(std::env::var_os("CI").is_none(), "{what} must run in CI");
    let _ = writeln!(std::io::stderr(), "NOT RUN: {what} (.ci/run shows what to install)");
}

/// A directory with files of the guide.
pub(super) fn directory(parent: &Path, files: &[&str]) -> tempfile::TempDir {
    let directory = tempfile::tempdir_in(parent).unwrap();
    for file in files {
        std::fs::write(directory.path().join(file), printed(file)).unwrap();
    }
    directory
}

/// How to run a program of the guide on a port, if what it needs is installed.
pub(crate) type Program = fn(u16) -> Option<(tempfile::TempDir, Command)>;

/// A program of the guide, which ends with this value.
pub(crate) struct Running {
    child: Child,
    pub(crate) origin: String,
    _directory: tempfile::TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The Flask app, ready to start on a port.
pub(crate) fn flask(port: u16) -> Option<(tempfile::TempDir, Command)> {
    let python = installed("python/bin/python")?;
    let directory = directory(&std::env::temp_dir(), &["verify.py", "app.py"]);
    let mut command = Command::new(python);
    command.args(["-m", "flask", "run", "--port", &port.to_string()]);
    Some((directory, command))
}

/// The Express app, ready to start on a port. Node.js looks for libraries from the program's own
/// directory upwards.
pub(crate) fn express(port: u16) -> Option<(tempfile::TempDir, Command)> {
    let libraries = installed("node/node_modules/express")?;
    let directory = directory(libraries.ancestors().nth(2)?, &["verify.mjs", "app.mjs"]);
    let mut command = Command::new("node");
    command.arg("app.mjs").env("PORT", port.to_string());
    Some((directory, command))
}

/// Starts a program on a free port. Another process may take the port first; then it is another one.
pub(crate) async fn start(lab: &Lab, program: Program) -> Option<Running> {
    for _ in 0..5 {
        let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
        let origin = format!("http://127.0.0.1:{}", port.port());
        let (directory, mut command) = program(port.port())?;
        command
            .current_dir(directory.path())
            .env("TOOL_URL", &lab.url)
            .env("APP_URL", &origin)
            .env("APP_KEY", app_key(lab))
            .env("SECRET_KEY", "0123456789abcdef0123456789abcdef")
            .env("FRAME_ANCESTORS", format!("{} {}", lab.url, lab.sandbox.issuer()))
            .envs([("NO_PROXY", "*"), ("no_proxy", "*"), ("PYTHONDONTWRITEBYTECODE", "1")])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command.spawn().unwrap();
        let mut running = Running { child, origin, _directory: directory };
        for _ in 0..600 {
            if running.child.try_wait().unwrap().is_some() {
                break;
            }
            if client().get(&running.origin).send().await.is_ok() {
                return Some(running);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    panic!("the program does not listen");
}

fn client() -> Client {
    Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap()
}

/// A person's browser at the app.
struct Visitor<'a> {
    app: &'a Running,
    cookie: String,
}

impl Visitor<'_> {
    async fn request(&self, method: Method, path: &str, form: &[(&str, &str)]) -> Response {
        let mut request = client()
            .request(method, format!("{}{path}", self.app.origin))
            .header("cookie", &self.cookie)
            .header("origin", "null");
        if !form.is_empty() {
            request = request.form(form);
        }
        request.send().await.unwrap()
    }

    async fn page(&self) -> String {
        let page = self.request(Method::GET, "/", &[]).await;
        assert_eq!(page.status(), 200);
        page.text().await.unwrap()
    }

    /// Submits a form with the token against forged requests; gives the status.
    async fn submit(&self, path: &str, form: &[(&str, &str)]) -> u16 {
        let page = self.page().await;
        let csrf = hidden(&page, "csrf");
        let form = [&[("csrf", csrf.as_str())], form].concat();
        self.request(Method::POST, path, &form).await.status().as_u16()
    }
}

/// The value of the first hidden field with a name.
fn hidden(page: &str, name: &str) -> String {
    let (_, value) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    value.split('"').next().unwrap().to_owned()
}

/// Posts a launch token to the app as the tool's page does.
async fn hand_over(app: &Running, token: &str) -> Response {
    let visitor = Visitor { app, cookie: String::new() };
    visitor.request(Method::POST, "/launch", &[("launch_token", token)]).await
}

/// Launches a person to the app.
async fn launch<'a>(lab: &Lab, app: &'a Running, choice: &LaunchChoice) -> Visitor<'a> {
    let token = token(lab, choice).await;
    let response = hand_over(app, &token).await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["location"]),
        (303, &"/".parse().unwrap())
    );
    let cookie = response.headers()["set-cookie"].to_str().unwrap().to_owned();
    let mut attributes: Vec<&str> = cookie.split("; ").collect();
    let pair = attributes.remove(0).to_owned();
    assert!(pair.starts_with("__Host-app="), "{cookie}");
    for attribute in ["Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"] {
        assert!(attributes.contains(&attribute), "{attribute}: {cookie}");
    }
    let again = hand_over(app, &token).await;
    assert_eq!((again.status().as_u16(), again.headers().get("set-cookie")), (403, None));
    Visitor { app, cookie: pair }
}

/// What the app does without a launch.
async fn refuses_strangers(lab: &Lab, app: &Running) {
    let stranger = Visitor { app, cookie: "__Host-app=invented".to_owned() };
    for (method, path) in [(Method::GET, "/"), (Method::POST, "/answer"), (Method::POST, "/grade")]
    {
        let response = stranger.request(method, path, &[("answer", "42")]).await;
        assert_eq!(response.status(), 401, "{path}");
    }
    let good = token(lab, &LaunchChoice::student()).await;
    let (input, signature) = good.rsplit_once('.').unwrap();
    for token in ["", "a.b.c", &format!("{input}.{}", &signature[1..])] {
        assert_eq!(hand_over(app, token).await.status(), 403, "{token}");
    }
}

/// A learner answers, and cannot do more.
async fn serves_a_learner(lab: &Lab, app: &Running) {
    let sam = launch(lab, app, &LaunchChoice::student()).await;
    let first = sam.request(Method::GET, "/", &[]).await;
    let policy = first.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert_eq!(policy, format!("frame-ancestors {} {}", lab.url, lab.sandbox.issuer()));
    let page = first.text().await.unwrap();
    assert!(page.contains("Hello, Sam Student!") && !page.contains("Your score"), "{page}");
    for forged in [&[("answer", "42")][..], &[("answer", "42"), ("csrf", "invented")]] {
        let response = sam.request(Method::POST, "/answer", forged).await;
        assert_eq!(response.status(), 403);
    }
    assert_eq!(sam.submit("/grade", &[("account", "sam"), ("score", "10")]).await, 403);
    assert!(grades(lab).is_empty());
    for (answer, score) in [("41", 0.0), (" 42 ", 10.0)] {
        assert_eq!(sam.submit("/answer", &[("answer", answer)]).await, 303);
        let [(name, grade)] = &grades(lab)[..] else { panic!("one grade") };
        assert_eq!((name.as_str(), grade.score.unwrap().get()), ("Sam Student", score));
        let times = grade.submission;
        assert!(times.started_at.unwrap() <= times.submitted_at.unwrap());
    }
    assert!(sam.page().await.contains("Your score: 10"), "{}", sam.page().await);
}

/// A teacher sees the people, and corrects a score.
async fn serves_a_teacher(lab: &Lab, app: &Running) {
    let tina = launch(lab, app, &LaunchChoice::teacher()).await;
    let page = tina.page().await;
    assert!(page.contains("Sam Student (student)") && page.contains("Tina Teacher (teacher)"));
    let account = hidden(&page, "account");
    let before = grades(lab)[0].1.submission;
    assert_eq!(tina.submit("/grade", &[("account", &account), ("score", "x")]).await, 400);
    assert_eq!(tina.submit("/grade", &[("account", &account), ("score", "4.5")]).await, 303);
    let [(name, grade)] = &grades(lab)[..] else { panic!("one grade") };
    assert_eq!((name.as_str(), grade.score.unwrap().get()), ("Sam Student", 4.5));
    assert_eq!((grade.comment.as_deref(), grade.submission), (Some("Corrected"), before));
    assert_eq!(grade.grading_progress, GradingProgress::FullyGraded);
    // The session outlives the role.
    let mut store = lab.store();
    let resource = store.read().resource(&RESOURCE.parse().unwrap()).unwrap().unwrap();
    let people = store.read().members(resource.id).unwrap();
    let Some(person) = people.into_iter().find(|person| person.enrolment.teaches) else {
        panic!("Tina teaches");
    };
    let learner = Enrolment { teaches: false, ..person.enrolment };
    store.write(|write| write.update_enrolment(&learner)).unwrap();
    assert_eq!(tina.submit("/grade", &[("account", &account), ("score", "9")]).await, 403);
    assert!(!tina.page().await.contains("Sam Student"));
}

async fn runs_as_printed(what: &str, program: Program) {
    let lab = Lab::start().await;
    let Some(app) = start(&lab, program).await else {
        not_run(what);
        return lab.stop().await;
    };
    target(&lab, &format!("{}/launch", app.origin));
    refuses_strangers(&lab, &app).await;
    serves_a_learner(&lab, &app).await;
    serves_a_teacher(&lab, &app).await;
    drop(app);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_flask_app_of_the_guide_runs_as_printed() {
    runs_as_printed("the Flask app of docs/app.md", flask).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_express_app_of_the_guide_runs_as_printed() {
    runs_as_printed("the Express app of docs/app.md", express).await;
}

/// A site around the view, the middleware and the settings of the guide, which launches with the
/// token of its argument, and prints what it responds to that and to another form.
const DJANGO_SITE: &str = r#"
import os
import sys

import django
from django.http import HttpResponse
from django.urls import path

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
django.setup()
from django.test import Client
import views

urlpatterns = [path("launch", views.launch), path("other", lambda request: HttpResponse("ok"))]
sys.modules["urls"] = sys.modules[__name__]
client = Client(enforce_csrf_checks=True)
for url, token in [("/launch", sys.argv[1]), ("/launch", "a.b.c"), ("/other", "")]:
    sent = client.post(url, {"launch_token": token}, secure=True, HTTP_ORIGIN="null")
    cookies = [morsel.OutputString() for morsel in sent.cookies.values()]
    print(url, sent.status_code, cookies, sent.headers.get("X-Frame-Options"))
"#;

/// What `settings.py` has before the lines of the guide.
const DJANGO_SETTINGS: &str = r#"
ALLOWED_HOSTS, ROOT_URLCONF, SECRET_KEY = ["*"], "urls", "0123456789abcdef"
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
"#;

/// Runs a program to its end in a directory with its main file, and gives the lines that it prints.
async fn lines_of(directory: &Path, mut program: Command, main: (&str, &str)) -> Vec<String> {
    std::fs::write(directory.join(main.0), main.1).unwrap();
    program
        .arg(main.0)
        .current_dir(directory)
        .env("APP_URL", super::APP)
        .envs([("NO_PROXY", "*"), ("no_proxy", "*")]);
    let output = tokio::task::spawn_blocking(move || program.output().unwrap()).await.unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    printed.lines().map(str::to_owned).collect()
}

/// Whether a line has a session cookie that works in a frame, and nothing forbids the frame.
fn assert_works_in_a_frame(line: &str) {
    let attributes: Vec<String> =
        line.split("; ").map(|part| part.trim().trim_end_matches("']").to_lowercase()).collect();
    for attribute in ["secure", "httponly", "samesite=none", "path=/"] {
        assert!(attributes.iter().any(|one| one == attribute), "{attribute}: {line}");
    }
    assert!(line.contains("Partitioned"), "{line}");
    assert!(!line.contains("DENY") && !line.contains("SAMEORIGIN"), "{line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_django_view_of_the_guide_runs_as_printed() {
    let Some(python) = installed("python/bin/python") else {
        return not_run("the Django view of docs/app.md");
    };
    let lab = super::with_app().await;
    let token = token(&lab, &LaunchChoice::student()).await;
    let directory = directory(&std::env::temp_dir(), &["verify.py", "views.py", "cookies.py"]);
    let settings = format!("{DJANGO_SETTINGS}{}", printed("settings.py"));
    std::fs::write(directory.path().join("settings.py"), settings).unwrap();
    let site = DJANGO_SITE.replace("sys.argv[1]", &format!("{token:?}"));
    let mut program = Command::new(python);
    program.env("TOOL_URL", &lab.url);
    let lines = lines_of(directory.path(), program, ("site_of_the_test.py", &site)).await;
    let [launched, forged, other] = &lines[..] else { panic!("{lines:?}") };
    assert!(launched.starts_with("/launch 302 ['sessionid="), "{launched}");
    assert_works_in_a_frame(&launched.replace(" None", ""));
    assert!(forged.starts_with("/launch 403 []"), "{forged}");
    assert!(other.starts_with("/other 403 "), "the other forms are protected: {other}");
    lab.stop().await;
}

/// A site around the lines of the guide for Rails.
const RAILS_SITE: &str = r##"
require "action_controller/railtie"
require_relative "partitioned_cookies"

Rails.env = "production"
class Site < Rails::Application
  config.load_defaults 6.1
  config.eager_load = false
  config.secret_key_base = "0123456789abcdef" * 4
  config.logger = Logger.new(nil)
  class_eval File.read("application.rb")
  routes.append do
    post "/launch", to: "launches#create"
    post "/other", to: "launches#other"
  end
end
Site.initialize!

class ApplicationController < ActionController::Base
  def create
    session[:launch] = params[:launch_token]
    redirect_to "/"
  end

  def other = head(:ok)
end
require_relative "launches_controller"

["/launch", "/other"].each do |path|
  form = { method: "POST", params: { launch_token: "x" }, "HTTP_ORIGIN" => "null" }
  status, headers, = Site.call(Rack::MockRequest.env_for("https://app.example.edu#{path}", form))
  puts [path, status, headers["Set-Cookie"], headers["X-Frame-Options"]].join(" ")
end
"##;

#[tokio::test]
async fn the_rails_lines_of_the_guide_run_as_printed() {
    let check = ["-e", "require 'action_controller/railtie'"];
    if !matches!(Command::new("ruby").args(check).output(), Ok(found) if found.status.success()) {
        return not_run("the Rails lines of docs/app.md");
    }
    let directory = directory(&std::env::temp_dir(), &["launches_controller.rb"]);
    for file in ["config/partitioned_cookies.rb", "config/application.rb"] {
        let name = file.trim_start_matches("config/");
        std::fs::write(directory.path().join(name), printed(file)).unwrap();
    }
    let lines = lines_of(directory.path(), Command::new("ruby"), ("site.rb", RAILS_SITE)).await;
    let [launched, other] = &lines[..] else { panic!("{lines:?}") };
    assert!(launched.starts_with("/launch 302 __Host-app="), "{launched}");
    assert_works_in_a_frame(launched);
    assert!(other.starts_with("/other 422"), "the other forms are protected: {other}");
}

/// An app around the function of the guide for two packages of Express.
const EXPRESS_SITE: &str = r##"
import express from "express";
import { allowFrames } from "./frames.mjs";

const app = express();
allowFrames(app, "0123456789abcdef", ["https://lms.example.edu"]);
app.post("/launch", (request, response) => {
  request.session.launch = "x";
  response.redirect(303, "/");
});
const server = app.listen(0, "127.0.0.1", async () => {
  const headers = { "x-forwarded-proto": "https" };
  const url = `http://127.0.0.1:${server.address().port}/launch`;
  const sent = await fetch(url, { method: "POST", redirect: "manual", headers });
  const of = (name) => sent.headers.get(name);
  console.log("/launch", sent.status, of("set-cookie"), of("x-frame-options") ?? "");
  console.log(of("content-security-policy"));
  server.close();
});
"##;

#[tokio::test]
async fn the_lines_of_the_guide_for_packages_of_express_run_as_printed() {
    let (Some(libraries), Some(_)) =
        (installed("node/node_modules/express-session"), installed("node/node_modules/helmet"))
    else {
        return not_run("frames.mjs of docs/app.md");
    };
    let directory = directory(libraries.ancestors().nth(2).unwrap(), &["frames.mjs"]);
    let lines = lines_of(directory.path(), Command::new("node"), ("site.mjs", EXPRESS_SITE)).await;
    let [launched, policy] = &lines[..] else { panic!("{lines:?}") };
    assert!(launched.starts_with("/launch 303 __Host-app="), "{launched}");
    assert_works_in_a_frame(launched);
    assert!(policy.contains("frame-ancestors https://lms.example.edu;"), "{policy}");
}

/// A page that keeps the token in a session. Only PHP's own server sends headers.
const PHP_PAGE: &str = r"<?php
require 'session.php';
session_start();
$_SESSION['launch'] = $_POST['launch_token'];
header('Location: /', true, 303);
";

/// The page of PHP, ready to start on a port.
fn php(port: u16) -> Option<(tempfile::TempDir, Command)> {
    Command::new("php").arg("--version").output().ok()?;
    let directory = directory(&std::env::temp_dir(), &["session.php"]);
    std::fs::write(directory.path().join("index.php"), PHP_PAGE).unwrap();
    let mut command = Command::new("php");
    command.args(["-S", &format!("127.0.0.1:{port}")]);
    Some((directory, command))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_php_lines_of_the_guide_run_as_printed() {
    let lab = Lab::start().await;
    let Some(app) = start(&lab, php).await else {
        not_run("session.php of docs/app.md");
        return lab.stop().await;
    };
    let response = hand_over(&app, "x").await;
    assert_eq!(response.status(), 303);
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-app="), "{cookie}");
    assert_works_in_a_frame(cookie);
    drop(app);
    lab.stop().await;
}

/// Every block of code is a file that one of the tests runs, or is no code.
#[test]
fn every_block_of_code_in_the_guide_is_run_as_printed() {
    const RUN: [&str; 12] = [
        "verify.py",
        "verify.mjs",
        "app.py",
        "app.mjs",
        "views.py",
        "launches_controller.rb",
        "cookies.py",
        "settings.py",
        "config/partitioned_cookies.rb",
        "config/application.rb",
        "frames.mjs",
        "session.php",
    ];
    let blocks = GUIDE.split("\n```").skip(1).step_by(2);
    let is_code = |block: &&str| {
        ["python", "js", "ruby", "php"].iter().any(|one| block.starts_with(&format!("{one}\n")))
    };
    let code: Vec<&str> = blocks.filter(is_code).collect();
    for block in &code {
        let text = block.split_once('\n').unwrap().1;
        assert!(
            RUN.iter().any(|file| printed(file).trim_end() == text.trim_end()),
            "no test runs:\n{text}"
        );
    }
    assert_eq!(code.len(), RUN.len());
}
