//! A headless Chromium of a test's own, driven through chromedriver, and what a person does with it
//! on the test platform's page.
//!
//! Each browser has its own driver on a free port and its own new profile in a temporary directory;
//! all of it ends with the value, also when the test fails. The page's console is read at the end:
//! a page of ours that its own content security policy stops from doing something is a failure.

pub(crate) mod site;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thirtyfour::error::WebDriverResult;
use thirtyfour::{By, ChromiumLikeCapabilities as _, DesiredCapabilities, WebDriver};

use crate::lab::Lab;

/// How long anything may take to show.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);

const SWITCHES: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-crash-reporter",
    "--disable-sync",
    "--enable-logging",
    "--window-size=1000,1000",
];

/// What the browser does with cookies of a site in another site's frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ThirdPartyCookies {
    /// They are kept and sent.
    Allowed,
    /// They are dropped, unless they are partitioned.
    Blocked,
    /// They are dropped, also if they are partitioned: rules for the sites of the tool and
    /// of an app in the platform's, as an administrator or an extension makes it.
    Dropped,
}

/// A running browser. End it with [`Chromium::close`]; dropping it ends it too, but reads no
/// console.
pub(crate) struct Chromium {
    /// Dropped before the processes, and so asks the driver to end the browser.
    pub(crate) page: WebDriver,
    processes: Processes,
    /// How many lines of the console have been read.
    read: usize,
}

impl Chromium {
    /// Starts a browser with a new profile.
    pub(crate) async fn start(cookies: ThirdPartyCookies) -> Self {
        let (mut processes, port) = Processes::start();
        let mut capabilities = DesiredCapabilities::chrome();
        for switch in SWITCHES {
            capabilities.add_arg(switch).unwrap();
        }
        capabilities.add_arg(&format!("--user-data-dir={}", processes.profile())).unwrap();
        capabilities.add_arg(&format!("--log-file={}", processes.console())).unwrap();
        let are_blocked = cookies != ThirdPartyCookies::Allowed;
        let mut preferences = json!({
            "profile.cookie_controls_mode": i32::from(are_blocked),
            "profile.block_third_party_cookies": are_blocked,
        });
        if cookies == ThirdPartyCookies::Dropped {
            preferences["profile.content_settings.exceptions.cookies"] = json!({
                "http://127.0.0.1,http://localhost": { "setting": 2 },
                "http://wiki.localhost,http://localhost": { "setting": 2 },
            });
        }
        capabilities.add_experimental_option("prefs", preferences).unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let page = WebDriver::builder(format!("http://127.0.0.1:{port}"), capabilities)
            .client(client)
            .connect()
            .await
            .expect("the driver starts Chromium");
        processes.browser = page.capabilities().get("goog:processID").and_then(Value::as_u64);
        Self { page, processes, read: 0 }
    }

    /// Ends the browser; no page may have complained of its own content security policy that the
    /// test did not wait for.
    pub(crate) async fn close(mut self) {
        let complaints = self.policy_complaints().await;
        self.page.quit().await.unwrap();
        assert_eq!(complaints, [""; 0]);
    }

    /// What the console of all pages and frames has said of content security policies since it was
    /// last read. The driver's own log leaves out frames of other sites.
    pub(crate) async fn policy_complaints(&mut self) -> Vec<String> {
        // What the page in which we are has said before this word is there when the word is.
        let word = format!("read up to here: {}", self.read);
        self.page.execute("console.info(arguments[0])", vec![json!(word)]).await.unwrap();
        self.console_until(&word)
            .await
            .into_iter()
            .filter(|line| line.contains("Content Security Policy"))
            .collect()
    }

    /// Waits until the console says that a policy has stopped something.
    pub(crate) async fn wait_for_complaint(&mut self, words: &str) {
        let lines = self.console_until(words).await;
        assert!(lines.last().unwrap().contains("Content Security Policy"), "{lines:?}");
    }

    /// The console's lines since it was last read, up to one with these words.
    async fn console_until(&mut self, words: &str) -> Vec<String> {
        let begun = Instant::now();
        loop {
            let console = std::fs::read(self.processes.console()).unwrap_or_default();
            let lines: Vec<String> = String::from_utf8_lossy(&console)
                .lines()
                .skip(self.read)
                .map(str::to_owned)
                .collect();
            if let Some(place) = lines.iter().position(|line| line.contains(words)) {
                self.read += place + 1;
                return lines.into_iter().take(place + 1).collect();
            }
            assert!(begun.elapsed() < PATIENCE, "the console does not say {words}: {lines:#?}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Opens the platform's page, chooses these values in its form and presses Launch.
    pub(crate) async fn launch(&self, lab: &Lab, choices: &[(&str, &str)]) {
        self.choose(lab, choices).await;
        self.page.find(By::Css("#launch-form button")).await.unwrap().click().await.unwrap();
    }

    /// Opens the platform's page and chooses these values in its form: lists and texts by name and
    /// value, boxes by `1`.
    pub(crate) async fn choose(&self, lab: &Lab, choices: &[(&str, &str)]) {
        self.choose_at(lab.sandbox.issuer(), choices).await;
    }

    /// The same at another page of the platform.
    pub(crate) async fn choose_at(&self, page: &str, choices: &[(&str, &str)]) {
        self.page.goto(page).await.unwrap();
        let script = "const field = document.getElementById('launch-form').elements[arguments[0]], value = arguments[1];
            if (field.type === 'checkbox') { field.checked = true; return true; }
            field.value = value;
            return field.value === value;";
        for (name, value) in choices {
            let taken = self.page.execute(script, vec![json!(name), json!(value)]).await.unwrap();
            assert_eq!(taken.json(), &json!(true), "the form has {name} {value}");
        }
    }

    /// Waits until the page's frame shows an address that begins like this, and steps into it.
    pub(crate) async fn arrive_in_frame(&self, address: &str) {
        self.wait_in_frame(address, "return [location.href, document.readyState === 'complete']")
            .await;
    }

    /// Loads the frame in which we are again, as its reader would, and steps into it.
    pub(crate) async fn reload_frame(&self) {
        let address: String = self.ask("return location.href").await;
        self.page.execute("setTimeout(() => location.reload())", vec![]).await.unwrap();
        let script = "return [location.href, document.readyState === 'complete' && \
            performance.getEntriesByType('navigation')[0].type === 'reload']";
        self.wait_in_frame(&address, script).await;
    }

    async fn wait_in_frame(&self, address: &str, script: &str) {
        let mut seen = String::from("no frame");
        let begun = Instant::now();
        loop {
            if let Ok((now_at, is_ready)) = self.look_into_frame(script).await {
                if is_ready && now_at.starts_with(address) {
                    return;
                }
                seen = now_at;
            }
            assert!(begun.elapsed() < PATIENCE, "the frame shows {seen} instead of {address}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    async fn look_into_frame(&self, script: &str) -> WebDriverResult<(String, bool)> {
        self.page.enter_default_frame().await?;
        self.page.enter_frame(0).await?;
        self.page.execute(script, vec![]).await?.convert()
    }

    /// Switches to the window that was opened last, and waits until it shows an address that begins
    /// like this.
    pub(crate) async fn arrive_in_new_window(&self, address: &str) {
        let window = self.page.windows().await.unwrap().pop().unwrap();
        self.page.switch_to_window(window).await.unwrap();
        self.arrive_at(address).await;
    }

    /// Waits until the window shows an address that begins like this.
    pub(crate) async fn arrive_at(&self, address: &str) {
        let begun = Instant::now();
        loop {
            let (seen, is_ready): (String, bool) =
                self.ask("return [location.href, document.readyState === 'complete']").await;
            if is_ready && seen.starts_with(address) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "the window shows {seen} instead of {address}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Runs a script in the page or frame in which we are, and gives what it returns.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, script: &str) -> T {
        self.page.execute(script, vec![]).await.unwrap().convert().unwrap()
    }

    /// The text of the current page or frame.
    pub(crate) async fn text(&self) -> String {
        self.ask("return document.body.innerText").await
    }

    /// Clicks on what leads the frame, in which we are, to another page, and waits until that is
    /// there, whatever its address.
    pub(crate) async fn leave_frame_by(&self, element: &thirtyfour::WebElement) {
        self.mark_page().await;
        element.click().await.unwrap();
        self.wait_for_another_page().await;
    }

    /// Types into a field what leads the frame to another page, and waits like
    /// [`Chromium::leave_frame_by`].
    pub(crate) async fn leave_frame_by_typing(
        &self,
        field: &thirtyfour::WebElement,
        keys: thirtyfour::TypingData,
    ) {
        self.mark_page().await;
        field.send_keys(keys).await.unwrap();
        self.wait_for_another_page().await;
    }

    async fn mark_page(&self) {
        self.page.execute("window.isLeft = true", vec![]).await.unwrap();
    }

    async fn wait_for_another_page(&self) {
        self.wait_in_frame(
            "",
            "return [location.href, window.isLeft === undefined && \
            document.readyState === 'complete']",
        )
        .await;
    }

    /// The text of the first element that a selector finds.
    pub(crate) async fn text_of(&self, selector: &str) -> String {
        self.page
            .find(By::Css(selector))
            .await
            .unwrap()
            .prop("textContent")
            .await
            .unwrap()
            .unwrap_or_default()
    }

    /// The HTTP status with which the page or frame came.
    pub(crate) async fn status(&self) -> u16 {
        self.ask("return performance.getEntriesByType('navigation')[0].responseStatus").await
    }

    /// The heading, under the empty word, and the list of facts of one of the tool's pages.
    pub(crate) async fn facts(&self) -> BTreeMap<String, String> {
        self.ask(
            "const facts = { '': document.querySelector('h1').textContent };
            for (const row of document.querySelectorAll('dl > div')) facts[row.querySelector('dt').textContent] = row.querySelector('dd').textContent;
            return facts",
        )
        .await
    }

    /// Makes the window as narrow as a phone's.
    pub(crate) async fn be_narrow(&self, width: u32) {
        let metrics =
            json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        self.page.cdp().send_raw("Emulation.setDeviceMetricsOverride", metrics).await.unwrap();
    }

    /// Whether the page or frame in which we are can be scrolled sideways.
    pub(crate) async fn scrolls_sideways(&self) -> bool {
        self.ask(
            "return document.documentElement.scrollWidth > document.documentElement.clientWidth",
        )
        .await
    }

    /// Whether the page or frame in which we are can be scrolled down.
    pub(crate) async fn scrolls_down(&self) -> bool {
        self.ask(
            "return document.documentElement.scrollHeight > document.documentElement.clientHeight",
        )
        .await
    }

    /// All cookies that the browser keeps.
    pub(crate) async fn cookies(&self) -> Vec<Value> {
        let answer = self.page.cdp().send_raw("Storage.getCookies", json!({})).await.unwrap();
        answer["cookies"].as_array().unwrap().clone()
    }
}

/// The driver, and the browser that it started.
struct Processes {
    driver: Child,
    /// Kept open, since the driver writes to it.
    output: BufReader<ChildStdout>,
    browser: Option<u64>,
    home: tempfile::TempDir,
}

impl Processes {
    /// Starts a driver; gives its port too.
    fn start() -> (Self, u16) {
        let home = tempfile::tempdir().unwrap();
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .env("HOME", home.path())
            .env("TMPDIR", home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed (Debian: chromium and chromium-driver)");
        let mut processes = Self {
            output: BufReader::new(driver.stdout.take().unwrap()),
            driver,
            browser: None,
            home,
        };
        let mut line = String::new();
        while processes.output.read_line(&mut line).unwrap() > 0 {
            if let Some((_, port)) =
                line.trim_end().trim_end_matches('.').split_once("started successfully on port ")
            {
                return (processes, port.parse().unwrap());
            }
            line.clear();
        }
        panic!("chromedriver ended without listening");
    }

    /// Where the browser writes what its pages say.
    fn console(&self) -> String {
        self.home.path().join("console.log").display().to_string()
    }

    /// The browser's profile.
    fn profile(&self) -> String {
        self.home.path().join("profile").display().to_string()
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        // A browser that outlived the driver's order to end; its command line says whether the
        // number is still its own.
        if let Some(browser) = self.browser
            && std::fs::read_to_string(format!("/proc/{browser}/cmdline"))
                .is_ok_and(|line| line.contains(&self.profile()))
        {
            drop(Command::new("kill").arg("-KILL").arg(browser.to_string()).status());
        }
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}
