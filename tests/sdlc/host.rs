//! A Git server that takes pushes, with one repository, and what a played model does to it.

use drydock_git_server::{GitServer, Repositories, ServerOptions};
use drydock_model_server::{Answer, Script, say, tool};
use serde_json::json;
use std::process::Command;
use tempfile::TempDir;

const TEMPLATE: &str = include_str!("../../examples/sam-python-api/template.yaml");
const APP: &str = include_str!("../../examples/sam-python-api/src/app.py");

/// What is wrong with the repository.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// Nothing.
    None,
    /// The code is not where the template says: it cannot be deployed.
    Deployment,
    /// The template refers to a role that is not there: its stack cannot be created.
    Stack,
    /// The handler raises an error: it is deployed and answers 502.
    Code,
    /// It cannot be deployed, and once that is mended its handler raises an error.
    Both,
    /// The handler raises an error, and no repair of the model's helps.
    Hopeless,
}

/// What stands in the file because of a fault, and what the model puts in its place.
const DEPLOYMENT: (&str, &str) = ("CodeUri: source/ ", "CodeUri: src/ ");
const STACK: (&str, &str) = ("Roles: [a-role-of-another-account]", "Roles: [!Ref Reader]");
const CODE: (&str, &str) = ("os.environ[\"SERVICES\"]", "os.environ[\"SERVICE\"]");

/// A role, and a policy for it.
const READER: &str = "
  Reader:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]

  ReaderPolicy:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: read
      Roles: [!Ref Reader]
      PolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Action: sqs:ReceiveMessage, Resource: !GetAtt HelloFunction.Arn}]

Outputs:
";

fn hopeless(tries: usize) -> String {
    format!("raise RuntimeError({tries})  # hopeless")
}

/// The host of one repository.
pub struct Host {
    folder: TempDir,
    server: GitServer,
}

impl Host {
    pub fn new(fault: Fault) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let work = tempfile::tempdir().unwrap();
        let (mut template, mut app) = (TEMPLATE.to_owned(), APP.to_owned());
        match fault {
            Fault::None => {}
            Fault::Deployment => template = template.replace(DEPLOYMENT.1, DEPLOYMENT.0),
            Fault::Stack => template = template.replace("\nOutputs:\n", &READER.replace(STACK.1, STACK.0)),
            Fault::Code => app = app.replace(CODE.1, CODE.0),
            Fault::Both => {
                template = template.replace(DEPLOYMENT.1, DEPLOYMENT.0);
                app = app.replace(CODE.1, CODE.0);
            }
            Fault::Hopeless => app = app.replace("    query = ", &format!("    {}\n    query = ", hopeless(0))),
        }
        std::fs::create_dir(work.path().join("src")).unwrap();
        std::fs::write(work.path().join("template.yaml"), template).unwrap();
        std::fs::write(work.path().join("src/app.py"), app).unwrap();
        Repositories::new(folder.path()).unwrap().publish(work.path(), "o/hello", "main").unwrap();
        let options = ServerOptions { root: folder.path().to_owned(), token: None };
        Self { server: GitServer::start_writable(options).unwrap(), folder }
    }

    pub fn url(&self) -> String {
        self.server.repository("o/hello")
    }

    pub fn git(&self, words: &[&str]) -> String {
        let bare = self.folder.path().join("o/hello.git");
        let output = Command::new("git").arg("--git-dir").arg(bare).args(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

/// Looks at both files, and mends what it finds. Asked for tests, it knows none.
pub fn model() -> Script {
    Script::new().forever(Answer::reply(|request| {
        if request["tools"].to_string().contains("submit_test_steps") {
            return Answer::Message(vec![say("I do not know any.")]);
        }
        let talk = request["messages"].to_string();
        let turn = request["messages"].as_array().map_or(0, |messages| messages.len() / 2);
        let (file, old, new) = repair(&talk);
        Answer::Message(vec![match turn {
            0 => tool("view", json!({"path": "template.yaml"})),
            1 => tool("view", json!({"path": "src/app.py"})),
            2 => tool(
                "submit_plan",
                json!({
                    "diagnosis": "A wrong name.", "summary": "Put the right one.", "risk": "low",
                    "steps": [{"file": file, "change": "the name", "reason": "it is wrong"}],
                }),
            ),
            3 => tool("str_replace", json!({"path": file, "old_str": old, "new_str": new})),
            _ => tool("finish", json!({"title": "Put the right name", "summary": "It was wrong.", "risk": "low"})),
        }])
    }))
}

fn repair(talk: &str) -> (&'static str, String, String) {
    let pair = |(old, new): (&str, &str)| (old.to_owned(), new.to_owned());
    let tries = (0..9).find(|tries| talk.contains(&hopeless(*tries)));
    let (file, (old, new)) = match tries {
        _ if talk.contains(DEPLOYMENT.0) => ("template.yaml", pair(DEPLOYMENT)),
        _ if talk.contains(STACK.0) => ("template.yaml", pair(STACK)),
        Some(tries) => ("src/app.py", (hopeless(tries), hopeless(tries + 1))),
        None => ("src/app.py", pair(CODE)),
    };
    (file, old, new)
}
