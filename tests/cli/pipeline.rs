//! The pipeline in `docs/provisioning.md`, run step by step as a workflow runner does it.

use serde_json::Value;

use super::documents::{Block, Machine, blocks, documents};

/// The pipeline, on a machine that has the files of the documents.
struct Pipeline {
    machine: Machine,
    workflow: Value,
}

impl Pipeline {
    fn new() -> Self {
        let machine = Machine::new();
        let mut workflow = None;
        for Block { language, text, .. } in documents().iter().flat_map(|document| blocks(document))
        {
            if language == "yaml"
                && machine.keep(&text).is_some_and(|path| path.starts_with(".github/workflows/"))
            {
                workflow = Some(serde_saphyr::from_str(&text).unwrap());
            }
        }
        Self { machine, workflow: workflow.expect("a workflow in a document") }
    }

    /// Runs the steps of a job as a runner does, up to the first that fails; says which that is,
    /// its exit code and what it said.
    fn run(&self, job: &str) -> Result<(), (String, i32, String)> {
        let job = &self.workflow["jobs"][job];
        let variables = |of: &Value| -> Vec<(String, String)> {
            let pairs = of["env"].as_object().into_iter().flatten();
            pairs.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
        };
        let environment = [variables(&self.workflow), variables(job)].concat();
        for step in job["steps"].as_array().unwrap() {
            let Some(script) = step["run"].as_str() else {
                assert!(step["uses"].as_str().unwrap().starts_with("actions/checkout@"), "{step}");
                continue;
            };
            if step["name"] == "Install ltictl" {
                assert!(script.starts_with("cargo install "), "{script}");
                continue;
            }
            let (status, said) =
                self.machine.script(script, &[environment.clone(), variables(step)].concat());
            if !status.success() {
                return Err((
                    step["name"].as_str().unwrap().to_owned(),
                    status.code().unwrap(),
                    said,
                ));
            }
        }
        Ok(())
    }

    /// Runs a command by hand on the machine where the tool runs.
    fn by_hand(&self, command: &str) {
        let (status, said) = self
            .machine
            .script(command, &[("LTICTL_DB".to_owned(), "/var/lib/ltictl/ltictl.db".to_owned())]);
        assert!(status.success(), "{command}\n{said}");
    }
}

#[test]
fn the_pipeline_provisions_smokes_and_fails_on_drift() {
    let pipeline = Pipeline::new();
    assert_eq!(pipeline.run("check"), Ok(()));

    pipeline.by_hand("ltictl init --url https://tool.example.edu --name \"Example Tool\"");
    assert_eq!(pipeline.run("deploy"), Ok(()));
    assert_eq!(pipeline.run("deploy"), Ok(()), "a second time");
    assert_eq!(pipeline.run("drift"), Ok(()));

    pipeline.by_hand("ltictl registration rename faculty \"Somebody's faculty\"");
    let (step, code, said) = pipeline.run("drift").unwrap_err();
    assert_eq!(code, 7, "{step}: {said}");
    assert!(said.contains("Somebody's faculty"), "{said}");
    assert_eq!(pipeline.run("deploy"), Ok(()));
    assert_eq!(pipeline.run("drift"), Ok(()));
}

#[test]
fn the_pipeline_fails_before_anything_is_deployed() {
    for (what, change, step, code) in [
        (
            "a dangling reference",
            "sed -i 's/^resources:/resources:\\n  orphan: {name: Orphan, course: nowhere}/' \
             lti.yaml",
            "Provision an empty database",
            5,
        ),
        (
            "a platform whose launches are not accepted",
            "sed -i 's/enabled: true/enabled: false/' test-platform.yaml",
            "Launch through it",
            7,
        ),
    ] {
        let pipeline = Pipeline::new();
        pipeline.by_hand(change);
        let (failed, exit_code, said) = pipeline.run("check").expect_err(what);
        assert_eq!((failed.as_str(), exit_code), (step, code), "{what}: {said}");
    }
}
