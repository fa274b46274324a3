//! Other people's web sites: small servers on loopback that end with the value.

use axum::Router;
use axum::extract::Query;
use axum::http::{HeaderMap, header};
use axum::response::{AppendHeaders, Html, Redirect};
use axum::routing::get;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A running site.
pub(crate) struct Site {
    port: u16,
    serving: JoinHandle<()>,
}

impl Site {
    /// Serves these pages on a free port.
    pub(crate) async fn start(pages: Router) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let serving = tokio::spawn(async move { drop(axum::serve(listener, pages).await) });
        Self { port, serving }
    }

    /// A page that frames the URL in its query, at `/?url=…`.
    pub(crate) async fn that_frames() -> Self {
        Self::start(Router::new().route("/", get(frame))).await
    }

    /// A page that sets a plain and a partitioned cookie at `/`, and then shows the cookies that
    /// came back.
    pub(crate) async fn of_cookies() -> Self {
        Self::start(Router::new().route("/", get(set_cookies)).route("/shown", get(show_cookies)))
            .await
    }

    /// Its origin under one of this machine's names.
    pub(crate) fn origin(&self, host: &str) -> String {
        format!("http://{host}:{}", self.port)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

#[derive(Deserialize)]
struct Framed {
    url: String,
}

async fn frame(Query(framed): Query<Framed>) -> Html<String> {
    let url = framed.url.replace('&', "&amp;").replace('"', "&quot;");
    Html(format!(
        "<!doctype html><title>A page with a frame</title><link rel=icon href=\"data:,\"><iframe \
         src=\"{url}\"></iframe>"
    ))
}

async fn set_cookies() -> (AppendHeaders<[(header::HeaderName, &'static str); 2]>, Redirect) {
    let cookies =
        ["plain=1; Secure; SameSite=None", "partitioned=1; Secure; SameSite=None; Partitioned"];
    (AppendHeaders(cookies.map(|cookie| (header::SET_COOKIE, cookie))), Redirect::to("/shown"))
}

async fn show_cookies(headers: HeaderMap) -> String {
    let mut cookies: Vec<&str> = headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|value| value.to_str().unwrap().split("; "))
        .collect();
    cookies.sort_unstable();
    cookies.join(" ")
}
