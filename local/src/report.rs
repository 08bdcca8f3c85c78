//! What the local server tells the person, and the programs, beside it.

use std::{fs, path::PathBuf};

use pennon_store::Published;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    StartError,
    flags::{FlagSource, SDK_KEY},
};

/// Where programs find the server: relative to the directory that it was started in.
const DIRECTORY: &str = ".pennon";
const FILE: &str = "local.json";
/// What is escaped in a flag key in a URL: all but the unreserved characters of RFC 3986.
const KEY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where the server is, and what opens it.
pub(crate) struct Connection {
    /// Its base URL.
    pub(crate) url: String,
    /// That of its DynamoDB.
    pub(crate) dynamodb_url: String,
    /// That of its DAX cluster, if it runs one.
    pub(crate) dax_url: Option<String>,
    /// That of the bus that is told of changes.
    pub(crate) events_url: String,
    /// May do everything; `None` where another issuer makes the tokens.
    pub(crate) admin_token: Option<String>,
}

/// What is told about the server.
pub(crate) struct Report {
    text: String,
    file: PathBuf,
    json: String,
}

impl Report {
    /// Writes `.pennon/local.json`.
    pub(crate) fn new(
        connection: &Connection,
        source: &FlagSource,
        published: &Published,
    ) -> Result<Self, StartError> {
        let file = PathBuf::from(DIRECTORY).join(FILE);
        let refused = |source| StartError::Directory { path: file.clone(), source };
        fs::create_dir_all(DIRECTORY).map_err(refused)?;
        let Connection { url, dynamodb_url, dax_url, events_url, admin_token } = connection;
        let json = serde_json::json!({
            "url": url, "sdkKey": SDK_KEY, "adminToken": admin_token, "dynamodbUrl": dynamodb_url, "daxUrl": dax_url,
            "eventsUrl": events_url
        });
        let json = format!("{json:#}\n");
        // Renamed into place, so that nobody reads half a file.
        let unfinished = file.with_extension("json.new");
        fs::write(&unfinished, &json).map_err(refused)?;
        fs::rename(&unfinished, &file).map_err(refused)?;
        Ok(Self { text: describe(connection, source, published), file, json })
    }

    #[expect(clippy::print_stdout, reason = "this is the command line")]
    pub(crate) fn print(&self) {
        println!("{}", self.text);
    }

    /// Removes the file, so that nobody looks for a server that has stopped.
    pub(crate) fn remove(&self) {
        // Unless another server has written its own since.
        if fs::read_to_string(&self.file).is_ok_and(|json| json == self.json) {
            let _ = fs::remove_file(&self.file);
        }
    }
}

fn describe(connection: &Connection, source: &FlagSource, published: &Published) -> String {
    let flag = source.example();
    let encoded = utf8_percent_encode(flag, KEY);
    let Connection { url, dax_url, admin_token, .. } = connection;
    let admin = admin_token.as_ref().map(|token| format!("  admin    {token}\n")).unwrap_or_default();
    let dax = dax_url.as_ref().map(|url| format!("  DAX      {url}\n")).unwrap_or_default();
    let (count, name, version) = (source.len(), source.name(), published.version);
    format!(
        "Pennon serves {count} flags of {name}, version {version}, at {url}\n\n  \
         SDK key  {SDK_KEY}\n  \
         try      curl -s {url}/ofrep/v1/evaluate/flags/{encoded} -H 'Authorization: Bearer {SDK_KEY}' \
         -H 'Content-Type: application/json' -d '{{\"context\":{{\"targetingKey\":\"user-1\"}}}}'\n{admin}{dax}  \
         events   .pennon/events.jsonl\n"
    )
}
