//! The guide to several servers, from a database file in use to two servers on PostgreSQL and back:
//! its own commands are run, and no launch is lost.

use std::path::Path;
use std::sync::Arc;

use ltictl::sandbox::{self, LaunchChoice, Sandbox, ToolSetup};
use serde_json::Value;

use super::documents::{Machine, SEVERAL_SERVERS, blocks, commands};
use crate::lab::database::place::Home;

/// Where a server is started that uses the file, before the first command that copies it.
const COPY: &str = "ltictl db copy --to postgres:";

#[test]
fn the_guide_moves_a_tool_in_use_to_several_servers_and_back() {
    let Some(home) = Home::on_server() else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sandbox = Arc::new(runtime.block_on(Sandbox::start(sandbox::Options::local())).unwrap());
    let mut guide = Guide {
        machine: Machine::with_database(home.database().text().to_owned()),
        runtime,
        sandbox,
    };
    let mut launches = 0;
    for block in blocks(Path::new(SEVERAL_SERVERS)).iter().filter(|block| block.language == "sh") {
        for command in &commands(&block.text) {
            if command.starts_with(COPY) {
                guide.connect();
                guide.machine.run(&block.place, "ltictl serve --listen 127.0.0.1:8080");
                launches += guide.launch("8080");
                guide.machine.stop_servers();
            }
            if command.starts_with("ltictl db copy --to back.db") {
                launches += guide.launch("8080") + guide.launch("8081");
                assert_eq!(guide.servers(), ["web-1", "web-2"]);
                guide.machine.stop_servers();
            }
            guide.machine.run(&block.place, command);
        }
    }
    assert_eq!(launches, 3);
    for database in ["", "--db back.db "] {
        let command = format!("ltictl {database}launch list -o json");
        let listed: Value = serde_json::from_str(&guide.machine.run("", &command)).unwrap();
        assert_eq!(listed.as_array().unwrap().len(), launches, "{command}");
    }
}

/// The machine on which the guide is followed, and a platform.
struct Guide {
    machine: Machine,
    runtime: tokio::runtime::Runtime,
    sandbox: Arc<Sandbox>,
}

impl Guide {
    /// Connects the platform, as an administrator has done before.
    fn connect(&mut self) {
        let platform = &self.sandbox;
        let set = format!(
            "ltictl platform set moodle-prod --issuer {} --client-id {} --keyset-url {} \
             --token-url {} --auth-url {}",
            platform.issuer(),
            platform.client_id(),
            platform.keyset_url(),
            platform.access_token_url(),
            platform.authentication_request_url()
        );
        let add = format!("ltictl deployment add moodle-prod {}", platform.deployment_id());
        self.machine.run("platform", &set);
        self.machine.run("platform", &add);
    }

    /// Launches at a server, as if the balancer had chosen it; 1 if it was accepted.
    fn launch(&mut self, documented_port: &str) -> usize {
        let resource = self.machine.run("", "ltictl resource show algebra-quiz -o json");
        let resource: Value = serde_json::from_str(&resource).unwrap();
        let url = format!("http://localhost:{}", self.machine.port(documented_port));
        self.machine.run("", &format!("ltictl config set url {url}"));
        self.sandbox.set_tool(ToolSetup {
            name: "Example Tool".to_owned(),
            tool_url: format!("{url}/lti/launch"),
            initiate_login_url: format!("{url}/lti/login/moodle-prod"),
            deep_linking_url: None,
            redirect_uris: vec![format!("{url}/lti/launch")],
            jwks_url: format!("{url}/lti/jwks"),
            custom: [("id".to_owned(), resource["uuid"].as_str().unwrap().to_owned())].into(),
        });
        let mut browser = ltictl::sandbox::browser::Browser::new();
        let student = LaunchChoice::student();
        let launched = self.sandbox.launch(&mut browser, &student);
        let page = self.runtime.block_on(launched).unwrap();
        assert_eq!(page.status, 303, "{}", page.body);
        1
    }

    /// The names of the servers that run.
    fn servers(&mut self) -> Vec<String> {
        let names = self.machine.run("", "ltictl status -q");
        names.lines().map(str::to_owned).collect()
    }
}
