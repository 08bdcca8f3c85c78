//! The binary `dax-local`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Output, Stdio};

use crate::raw::Raw;

fn dax_local(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dax-local"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Ends even if the test fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn it_prints_its_url_and_stops_when_told() {
    for signal in ["-INT", "-TERM"] {
        prints_its_url_and_stops_at(signal);
    }
}

fn prints_its_url_and_stops_at(signal: &str) {
    let arguments = ["--port", "0", "--nodes", "2", "--dynamodb", "http://127.0.0.1:9"];
    let mut running = Running(dax_local(&arguments).spawn().unwrap());
    let mut stdout = BufReader::new(running.0.stdout.take().unwrap());
    let mut url = String::new();
    stdout.read_line(&mut url).unwrap();
    let address = url.trim().strip_prefix("dax://").unwrap().parse().unwrap();
    assert_eq!(Raw::connect(address).endpoints().unwrap().len(), 2);

    let id = running.0.id().to_string();
    assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    assert!(running.0.wait().unwrap().success());
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
}

#[test]
fn what_cannot_be_done_is_said() {
    for (arguments, reason) in [
        (&["--port", "0", "--nodes", "12"][..], "1 to 11 nodes"),
        (&["--credentials", "ID-without-secret"], "ID:SECRET"),
        (&["--ca-file", "ca.pem"], "--tls"),
    ] {
        let Output { status, stderr, .. } = dax_local(arguments).output().unwrap();
        let stderr = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(reason), "{stderr}");
    }
}
