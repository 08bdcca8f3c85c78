//! What a cold start costs: from the start of the release binary of `evaluate-flag` to its first call of the runtime, and to its
//! first answer, over a loopback DynamoDB with an environment of 1,000 flags. `make bench` builds the binary and runs this.
//!
//! It speaks as much of the Lambda Runtime API as one invocation needs. What AWS adds (micro-VM, download, TLS to DynamoDB over a
//! network) is not in the figures.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark stops at the first surprise")]

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use pennon_bench::{definition, serve, single_event};

const RUNS: usize = 25;
const FLAGS: usize = 1_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let served = runtime.block_on(serve(&definition(FLAGS))).unwrap();
    let endpoint = served.dynamodb.endpoint();
    let event = single_event("flag-0005");
    let mut starts: Vec<Start> = (0..RUNS).map(|_| cold_start(&endpoint, &event)).collect();
    println!("cold start of evaluate-flag, {FLAGS} flags, median of {RUNS}:");
    println!("  to the first runtime call  {:.1} ms", median(&mut starts, |start| millis(start.ready)));
    println!("  to the first answer        {:.1} ms", median(&mut starts, |start| millis(start.answered)));
    println!("  the second answer took     {:.2} ms", median(&mut starts, |start| millis(start.warm)));
    println!("  resident memory at most    {:.1} MB", median(&mut starts, |start| start.resident_mb));
}

struct Start {
    ready: Duration,
    answered: Duration,
    warm: Duration,
    resident_mb: f64,
}

fn cold_start(dynamodb: &str, event: &str) -> Start {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let begun = Instant::now();
    let mut function = spawn(&listener.local_addr().unwrap().to_string(), dynamodb);
    let mut api = RuntimeApi::accept(&listener);
    let ready = begun.elapsed();
    let answer = api.invoke(event);
    let answered = begun.elapsed();
    assert!(answer.contains(r#""statusCode":200"#), "{answer}");
    let again = Instant::now();
    api.invoke(event);
    let warm = again.elapsed();
    let resident_mb = resident(&function);
    function.kill().unwrap();
    function.wait().unwrap();
    Start { ready, answered, warm, resident_mb }
}

fn spawn(runtime_api: &str, dynamodb: &str) -> Child {
    // target/release/deps/cold_start-*, so two up.
    let release = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().to_owned();
    Command::new(release.join("evaluate-flag"))
        .env_clear()
        .envs([
            ("AWS_LAMBDA_RUNTIME_API", runtime_api),
            ("AWS_LAMBDA_FUNCTION_NAME", "evaluate-flag"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_LOG_LEVEL", "ERROR"),
            ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
        ])
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// The runtime's side of the connection that the function keeps.
struct RuntimeApi {
    stream: BufReader<TcpStream>,
}

impl RuntimeApi {
    /// Waits for the function to ask for its first invocation.
    fn accept(listener: &TcpListener) -> Self {
        let (stream, _) = listener.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        let mut api = Self { stream: BufReader::new(stream) };
        assert!(api.read_request().0.contains("/invocation/next"));
        api
    }

    /// Answers the pending request for an invocation, and waits for what the function makes of it.
    fn invoke(&mut self, event: &str) -> String {
        let headers = "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
             Lambda-Runtime-Deadline-Ms: 4102444800000\r\n\
             Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:evaluate-flag\r\n\
             Content-Type: application/json\r\n";
        self.respond("200 OK", headers, event);
        let (line, answer) = self.read_request();
        assert!(line.contains("/response"), "{line}: {answer}");
        self.respond("202 Accepted", "", "");
        assert!(self.read_request().0.contains("/invocation/next"));
        answer
    }

    fn respond(&mut self, status: &str, headers: &str, body: &str) {
        let response = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len());
        self.stream.get_mut().write_all(response.as_bytes()).unwrap();
    }

    /// The request line and the body.
    fn read_request(&mut self) -> (String, String) {
        let mut line = || {
            let mut line = String::new();
            self.stream.read_line(&mut line).unwrap();
            line.trim_end().to_owned()
        };
        let request = line();
        let mut length = 0;
        loop {
            let header = line().to_ascii_lowercase();
            match header.split_once(": ") {
                Some(("content-length", value)) => length = value.parse().unwrap(),
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        (request, String::from_utf8(body).unwrap())
    }
}

fn resident(process: &Child) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn median(starts: &mut [Start], figure: impl Fn(&Start) -> f64) -> f64 {
    starts.sort_by(|one, other| figure(one).total_cmp(&figure(other)));
    starts.get(starts.len() / 2).map(figure).unwrap()
}
