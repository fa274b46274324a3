//! The browser itself: requests, redirects and the log.

use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue, LOCATION, ORIGIN, SET_COOKIE};
use url::Url;

use super::cookies::Jar;
use super::error::BrowserError;
use super::page::{Form, Page};

/// Maximum number of redirects.
const MAX_REDIRECTS: usize = 20;

/// A request and its status in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// `GET` or `POST`.
    pub method: String,
    /// The requested URL with its query.
    pub url: String,
    /// The HTTP status of the response.
    pub status: u16,
}

/// A browser with its cookies and its log.
#[derive(Debug)]
pub struct Browser {
    client: reqwest::Client,
    jar: Jar,
    /// The time by which cookies expire; the current time if there is none.
    fixed: Option<Timestamp>,
    /// Additional headers of every request.
    headers: HeaderMap,
    /// Every request in the order in which it was sent.
    pub log: Vec<Exchange>,
}

impl Browser {
    /// A browser without cookies.
    ///
    /// # Panics
    ///
    /// If the HTTP client cannot be created.
    pub fn new() -> Self {
        Self::set_up(None)
    }

    /// A browser whose cookies expire as if it were always this moment.
    ///
    /// # Panics
    ///
    /// If the HTTP client cannot be created.
    pub fn at(moment: Timestamp) -> Self {
        Self::set_up(Some(moment))
    }

    fn set_up(fixed: Option<Timestamp>) -> Self {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build();
        Self {
            client: client.expect("an HTTP client with default settings can be created"),
            jar: Jar::default(),
            fixed,
            headers: HeaderMap::new(),
            log: Vec::new(),
        }
    }

    /// Another person's browser: without cookies and with an empty log, on the same connections;
    /// much cheaper than [`Browser::new`].
    #[must_use]
    pub fn another(&self) -> Self {
        Self {
            client: self.client.clone(),
            jar: Jar::default(),
            fixed: self.fixed,
            headers: HeaderMap::new(),
            log: Vec::new(),
        }
    }

    /// The same browser with an additional header, such as those in which browsers send where a
    /// page is shown.
    ///
    /// # Panics
    ///
    /// If the value is not valid in a header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers
            .insert(name, HeaderValue::from_str(value).expect("a value without line breaks"));
        self
    }

    #[expect(clippy::disallowed_methods, reason = "a browser uses the clock of its machine")]
    fn now(&self) -> Timestamp {
        self.fixed.unwrap_or_else(Timestamp::now)
    }

    /// Opens a URL; redirects are not followed.
    ///
    /// # Errors
    ///
    /// The URL is invalid, or the request fails.
    pub async fn get(&mut self, url: &str) -> Result<Page, BrowserError> {
        self.send(Method::GET, parse(url)?, None).await
    }

    /// Posts a form; redirects are not followed.
    ///
    /// # Errors
    ///
    /// The URL is invalid, or the request fails.
    pub async fn post_form(
        &mut self,
        url: &str,
        fields: &[(String, String)],
    ) -> Result<Page, BrowserError> {
        self.send(Method::POST, parse(url)?, Some(encode(fields))).await
    }

    /// Sends the page's first form unchanged; the origin of a posted form is the page's.
    ///
    /// # Errors
    ///
    /// The page has no form, its action is not a URL, or the request fails.
    pub async fn submit(&mut self, page: &Page) -> Result<Page, BrowserError> {
        let form = page.form().ok_or_else(|| page.no_form())?;
        self.submit_form(page, &form).await
    }

    /// Sends a form of this page, filled in or changed.
    ///
    /// # Errors
    ///
    /// Its action is not a URL, or the request fails.
    pub async fn submit_form(&mut self, page: &Page, form: &Form) -> Result<Page, BrowserError> {
        if form.method == "POST" {
            return self
                .send_from(
                    Some(page),
                    Method::POST,
                    parse(&form.action)?,
                    Some(encode(&form.fields)),
                )
                .await;
        }
        let mut url = parse(&form.action)?;
        url.set_query(Some(&encode(&form.fields)));
        self.send(Method::GET, url, None).await
    }

    /// Follows redirects until there is none. 307 and 308 repeat the request, the
    /// others send a GET.
    ///
    /// # Errors
    ///
    /// A target is not a URL, a request fails, or there are more than twenty redirects.
    pub async fn follow(&mut self, mut page: Page) -> Result<Page, BrowserError> {
        for _ in 0..MAX_REDIRECTS {
            let (true, Some(location)) = (
                matches!(page.status, 301 | 302 | 303 | 307 | 308),
                page.header(LOCATION.as_str()),
            ) else {
                return Ok(page);
            };
            let target = parse(&page.url)?
                .join(location)
                .map_err(|_| BrowserError::Url(location.to_owned()))?;
            page = match (page.status, page.sent.take()) {
                (307 | 308, Some(body)) => self.send(Method::POST, target, Some(body)).await?,
                _ => self.send(Method::GET, target, None).await?,
            };
        }
        Err(BrowserError::TooManyRedirects(page.url))
    }

    /// Deletes all cookies.
    pub fn clear_cookies(&mut self) {
        self.jar = Jar::default();
    }

    /// The cookies of a request to this URL: names and values, the longest paths first.
    pub fn cookies_for(&self, url: &str) -> Vec<(String, String)> {
        parse(url).map(|url| self.jar.matching(&url, self.now())).unwrap_or_default()
    }

    /// Stores a cookie as if this URL had set it; `line` is the value of a `Set-Cookie` header.
    ///
    /// # Errors
    ///
    /// The URL is invalid.
    pub fn set_cookie(&mut self, url: &str, line: &str) -> Result<(), BrowserError> {
        self.jar.take(&parse(url)?, line, self.now());
        Ok(())
    }

    async fn send(
        &mut self,
        method: Method,
        url: Url,
        body: Option<String>,
    ) -> Result<Page, BrowserError> {
        self.send_from(None, method, url, body).await
    }

    async fn send_from(
        &mut self,
        page: Option<&Page>,
        method: Method,
        url: Url,
        body: Option<String>,
    ) -> Result<Page, BrowserError> {
        let mut headers = self.headers.clone();
        if let (Some(page), false) = (page, headers.contains_key(ORIGIN)) {
            headers.extend(HeaderValue::from_str(&page.origin()).map(|origin| (ORIGIN, origin)));
        }
        let cookies: Vec<String> = self
            .jar
            .matching(&url, self.now())
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if let (false, Ok(line)) = (cookies.is_empty(), HeaderValue::from_str(&cookies.join("; ")))
        {
            headers.insert(COOKIE, line);
        }
        let mut request = self.client.request(method.clone(), url.clone());
        if let Some(body) = &body {
            headers.insert(
                CONTENT_TYPE,
                HeaderValue::from_static("application/x-www-form-urlencoded"),
            );
            request = request.body(body.clone());
        }
        let response = request.headers(headers).send().await?;
        let status = response.status().as_u16();
        self.log.push(Exchange { method: method.to_string(), url: url.to_string(), status });
        for line in response.headers().get_all(SET_COOKIE) {
            self.jar.take(&url, &String::from_utf8_lossy(line.as_bytes()), self.now());
        }
        let headers = response.headers().clone();
        Ok(Page { url: url.into(), status, headers, body: response.text().await?, sent: body })
    }
}

impl Default for Browser {
    fn default() -> Self {
        Self::new()
    }
}

fn parse(url: &str) -> Result<Url, BrowserError> {
    Url::parse(url).map_err(|_| BrowserError::Url(url.to_owned()))
}

fn encode(fields: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
