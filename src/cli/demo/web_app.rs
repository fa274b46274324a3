//! The demonstration with a web app behind nginx that knows nothing of LTI: nginx asks the tool
//! before each request.

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::Router;
use axum::http::HeaderMap;
use tokio::net::{TcpListener, TcpStream};

use super::super::generate::proxy::{ProxyArguments, TlsArguments, nginx_of};
use super::Demo;
use super::basics::{REGISTRATION, demo_failed};
use crate::admin::publish;
use crate::domain::{Handover, Name, Resource, Slug};
use crate::failure::{Failure, shell_word};
use crate::report::view::ToolDetails;
use crate::rules::resource::{self, ResourceChange};
use crate::sandbox::browser::Browser;
use crate::sandbox::{LaunchChoice, Sandbox};
use crate::session::bridge::identity;
use crate::store::Store;

/// The slug of the app's resource.
const RESOURCE: &str = "wiki";

impl Demo<'_> {
    pub(super) async fn run_web_app(&self, keep: bool) -> Result<(), Failure> {
        let (server, sandbox, settings) = self.start().await?;
        self.print_start(settings.url.as_str(), &server, &sandbox);
        let mut store = self.context.store_at(&self.database)?;
        self.register(&mut store, &settings.url)?;
        self.connect(&mut store, &sandbox)?;
        let tool = format!("http://{}", server.local_addr());
        let proxy = match nginx_is_installed() {
            true => Some(self.put_app_behind_nginx(&mut store, &sandbox, &tool).await?),
            false => {
                self.print_without_nginx();
                let uuid = self.publish(&mut store, &settings.url)?;
                self.add_link(&sandbox, &settings.url, &uuid);
                self.step(6, "A student clicks the link");
                self.launch(&sandbox, &LaunchChoice::student(), "Sam Student").await?;
                None
            }
        };
        self.list_launches(9, &store)?;
        drop(store);
        self.end(keep, server, sandbox).await;
        drop(proxy);
        Ok(())
    }

    fn print_without_nginx(&self) {
        self.print(
            "\nnginx is not installed, so the resource has the built-in page here. With Debian's \
             package nginx-light, this demonstration shows an app behind nginx.",
        );
    }

    /// Starts the app and nginx, and shows who gets in.
    async fn put_app_behind_nginx(
        &self,
        store: &mut Store,
        sandbox: &Sandbox,
        tool: &str,
    ) -> Result<Nginx, Failure> {
        let app = start_app().await?;
        let origin = format!("http://localhost:{}", free_port().await?);
        let resource = self.publish_app(store, &origin)?;
        let url = store.read().settings()?.url;
        sandbox.set_tool(super::to_setup(
            "Demo Tool",
            ToolDetails::new(&url, &Slug::known(REGISTRATION)),
            [("id".to_owned(), resource.uuid.to_string())].into(),
        ));
        self.step(6, "Put nginx in front of the app");
        let listen = origin.replace("http://localhost", "127.0.0.1");
        self.command(&format!(
            "ltictl generate nginx wiki --upstream {} --tool {} --listen {} > wiki.conf",
            shell_word(&app),
            shell_word(tool),
            shell_word(&listen)
        ));
        let arguments = ProxyArguments {
            resource: RESOURCE.into(),
            upstream: app,
            tool: tool.to_owned(),
            user_header: Vec::new(),
        };
        let address = listen.parse().map_err(demo_failed)?;
        let tls = TlsArguments::default();
        let nginx =
            Nginx::start(&nginx_of(store, &arguments, Some(address), &tls)?, &listen).await?;
        self.print("   nginx asks the tool before each request to the app");

        self.step(7, "Someone opens the app without a launch");
        let mut stranger = Browser::new().with_header("accept", "text/html");
        let page = stranger.get(&format!("{origin}/")).await.map_err(demo_failed)?;
        self.print(&format!("   GET  {origin}/ → {}: {}", page.status, page.title()));
        if page.status != 401 {
            return Err(demo_failed("the app is open to people without a launch"));
        }
        self.step(8, "A student clicks the link");
        self.enter(sandbox, &origin).await?;
        Ok(nginx)
    }

    fn publish_app(&self, store: &mut Store, origin: &str) -> Result<Resource, Failure> {
        self.step(5, "Publish the app, which knows nothing of LTI");
        let target = format!("{origin}/");
        self.command(&format!(
            "ltictl resource publish Wiki --target {} --handover headers --if-not-exists",
            shell_word(&target)
        ));
        let change = ResourceChange {
            target: Some(resource::parse_target(&target, false)?.into()),
            handover: Some(Handover::Headers),
            ..ResourceChange::default()
        };
        let (name, now) = (Name::new("Wiki")?, self.context.now());
        let random = &self.context.random;
        Ok(publish::publish(store, &name, None, &change, false, now, random)?.0)
    }

    /// A launch that leads to the app, shown request by request, and what the app gets.
    async fn enter(&self, sandbox: &Sandbox, origin: &str) -> Result<(), Failure> {
        let mut browser = Browser::new();
        let form = sandbox
            .launch_until_token(&mut browser, &LaunchChoice::student())
            .await
            .map_err(demo_failed)?;
        let session = self.submit_launch(&mut browser, &form).await?;
        let entered = browser.submit(&session).await.map_err(demo_failed)?;
        let checked = browser.get(&format!("{origin}/.ltictl/check")).await.map_err(demo_failed)?;
        let page = browser.follow(checked).await.map_err(demo_failed)?;
        self.exchanges(&browser, &form);
        if entered.status != 200 || !page.body.contains("remote-user: sam-") {
            return Err(demo_failed(format!("the app returned {}: {}", page.status, page.body)));
        }
        self.print("   The student arrives at the app, which gets these headers from nginx:");
        for line in page.body.lines() {
            self.print(&format!("          {line}"));
        }
        Ok(())
    }
}

/// A plain app that shows the headers in which nginx says who the person is; its address.
async fn start_app() -> Result<String, Failure> {
    let show = async |headers: HeaderMap| {
        let named = identity::names().filter_map(|name| {
            let value = headers.get(name)?.to_str().ok().filter(|value| !value.is_empty())?;
            Some(format!("{}: {value}\n", name.to_ascii_lowercase()))
        });
        named.collect::<String>()
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(demo_failed)?;
    let address = listener.local_addr().map_err(demo_failed)?;
    // It ends with the program.
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(show)).await });
    Ok(format!("http://{address}"))
}

/// A port that was free a moment ago.
async fn free_port() -> Result<u16, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(demo_failed)?;
    Ok(listener.local_addr().map_err(demo_failed)?.port())
}

/// The other program of this demonstration.
#[expect(clippy::disallowed_methods, reason = "an app behind nginx is shown with nginx")]
fn nginx() -> Command {
    Command::new("nginx")
}

fn nginx_is_installed() -> bool {
    let mut command = nginx();
    let output = command.arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status();
    output.is_ok_and(|status| status.success())
}

/// nginx as one process, which ends with this value.
struct Nginx {
    child: Child,
    _directory: tempfile::TempDir,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Nginx {
    /// Starts it with a site that `ltictl generate nginx` has printed.
    async fn start(site: &str, listen: &str) -> Result<Self, Failure> {
        let directory = tempfile::Builder::new().prefix("ltictl-demo-").tempdir();
        let directory = directory.map_err(demo_failed)?;
        let configuration = configuration(directory.path(), site)?;
        let child = nginx()
            .args(["-e", "stderr", "-p"])
            .arg(directory.path())
            .arg("-c")
            .arg(configuration)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(demo_failed)?;
        let nginx = Self { child, _directory: directory };
        for _ in 0..100 {
            if TcpStream::connect(listen).await.is_ok() {
                return Ok(nginx);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(demo_failed("nginx does not start"))
    }
}

/// Writes the files; gives the path of the first one.
fn configuration(directory: &Path, site: &str) -> Result<std::path::PathBuf, Failure> {
    let at = |name: &str| directory.join(name);
    let paths: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|name| format!("    {name}_temp_path {};\n", at(name).display()))
        .collect();
    let whole = format!(
        "daemon off;\nmaster_process off;\npid {};\nevents {{}}\nhttp {{\n    access_log off;\n\
         {paths}    include {};\n}}\n",
        at("pid").display(),
        at("site.conf").display(),
    );
    std::fs::write(at("site.conf"), site).map_err(demo_failed)?;
    std::fs::write(at("nginx.conf"), whole).map_err(demo_failed)?;
    Ok(at("nginx.conf"))
}
