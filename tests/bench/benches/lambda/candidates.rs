//! The functions that are compared, over the same flags.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use lambda_harness::{Builder, Function, Output, release_binaries};
use pennon_bench::{Served, bulk_event, definition, serve_as, single_event};
use pennon_domain::Bucketing;
use pennon_local::SDK_KEY;
use serde_json::Value;

/// An endpoint that both serve.
pub(crate) struct Endpoint {
    pub(crate) title: &'static str,
    pub(crate) function: &'static str,
    flags: usize,
}

impl Endpoint {
    pub(crate) const ONE: Self = Self { title: "one flag of 1,000", function: "evaluate-flag", flags: 1_000 };
    pub(crate) const ALL: Self = Self { title: "all of 100 flags", function: "evaluate-flags", flags: 100 };

    pub(crate) fn event(&self) -> String {
        if self.function == "evaluate-flag" { single_event("flag-0005") } else { bulk_event(None) }
    }
}

/// What both need.
pub(crate) struct Candidates {
    environments: BTreeMap<usize, Served>,
    /// Has the flag files, and the bundle of the Node function.
    folder: tempfile::TempDir,
    node: PathBuf,
}

impl Candidates {
    pub(crate) async fn prepare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut environments = BTreeMap::new();
        for flags in [Endpoint::ONE.flags, Endpoint::ALL.flags] {
            let definition = definition(flags);
            fs::write(folder.path().join(format!("{flags}.json")), &definition).unwrap();
            // As flagd's evaluator for Node does.
            environments.insert(flags, serve_as(&definition, Bucketing::V2).await.unwrap());
        }
        bundle(folder.path());
        Self { environments, folder, node: node() }
    }

    /// Where the flags of an endpoint are.
    pub(crate) fn dynamodb(&self, endpoint: &Endpoint) -> String {
        let served = self.environments.get(&endpoint.flags);
        served.map(|served| served.dynamodb.endpoint()).unwrap()
    }

    /// Ours, and the one in Node.
    pub(crate) fn of(&self, endpoint: &Endpoint) -> [Builder; 2] {
        let ours = Function::builder(release_binaries().unwrap().join(endpoint.function))
            .variable("AWS_ENDPOINT_URL_DYNAMODB", self.dynamodb(endpoint));
        let flags = self.folder.path().join(format!("{}.json", endpoint.flags));
        let node = Function::builder(&self.node)
            .name(format!("node-{}", endpoint.function))
            .argument(self.folder.path().join("function.mjs").to_string_lossy())
            .variable("NODE_ENV", "production")
            .variable("FLAGS_FILE", flags.to_string_lossy())
            .variable("SDK_KEY", SDK_KEY);
        [ours, node]
            .map(|builder| builder.memory_mb(256).timeout(Duration::from_secs(30)).output(Output::Discard))
    }

    /// Makes sure that both give the same answers: values, variants and reasons.
    pub(crate) async fn agree(&self, endpoint: &Endpoint) {
        let [ours, node] = self.of(endpoint);
        let (ours, node) = (answers(&ours, endpoint).await, answers(&node, endpoint).await);
        assert_eq!(ours, node);
        println!("  the same answers for {} flags", ours.len());
    }
}

async fn answers(builder: &Builder, endpoint: &Endpoint) -> BTreeMap<String, [Value; 3]> {
    let invocation = builder.clone().build().invoke(endpoint.event()).await.unwrap();
    let answer: Value = serde_json::from_slice(&invocation.payload).unwrap();
    let body: Value = serde_json::from_str(answer.get("body").and_then(Value::as_str).unwrap()).unwrap();
    let flags = body.get("flags").and_then(Value::as_array).cloned().unwrap_or_else(|| vec![body.clone()]);
    let member = |flag: &Value, name| flag.get(name).cloned().unwrap_or_default();
    let entry = |flag: &Value| {
        let details = ["value", "variant", "reason"].map(|name| member(flag, name));
        (member(flag, "key").as_str().unwrap_or_default().to_owned(), details)
    };
    flags.iter().map(entry).collect()
}

/// One file with everything in it, as Node functions are deployed: it starts faster than hundreds of files.
fn bundle(folder: &Path) {
    let clients = Path::new(env!("CARGO_MANIFEST_DIR")).join("../clients");
    let status = Command::new(clients.join("node_modules/.bin/esbuild"))
        .current_dir(&clients)
        .args(["lambda/function.mjs", "--bundle", "--minify", "--platform=node", "--format=esm", "--log-level=warning"])
        .arg("--banner:js=import{createRequire}from'node:module';const require=createRequire(import.meta.url);")
        .arg(format!("--outfile={}", folder.join("function.mjs").display()))
        .status();
    assert!(status.unwrap().success());
}

/// The program itself, so that nothing is started in between.
fn node() -> PathBuf {
    let printed = Command::new("node").args(["--print", "process.execPath"]).output().unwrap();
    PathBuf::from(String::from_utf8(printed.stdout).unwrap().trim())
}
