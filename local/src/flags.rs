//! Where the local server's flags come from: a file that is watched, or the demo.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use pennon_auth::SdkKey;
use pennon_domain::{Bucketing, Definition, Head, Scope};
use pennon_store::{Freshness, Published, Store};

use crate::StartError;

/// The key of the local environment: no secret, and the same on every run, so that an application can keep it in its
/// configuration.
pub const SDK_KEY: &str = "pnn_demo.local_dev_NotASecretItOnlyOpensTheFlagsOnThisMachine";

/// The definition of the environment that is served without a file.
pub const DEMO: &str = include_str!("demo.flagd.json");
/// How often the file is looked at. Looking costs one system call.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The flags to serve, and where they came from.
pub(crate) struct FlagSource {
    path: Option<PathBuf>,
    seen: Option<Stamp>,
    definition: Definition,
}

/// What tells one state of a file from another without reading it. The length, because a clock may be too coarse.
type Stamp = (SystemTime, u64);

impl FlagSource {
    /// Reads the file, or takes the demo.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, StartError> {
        let Some(path) = path else {
            let definition = parse(Path::new("the demo"), DEMO)?;
            return Ok(Self { path: None, seen: None, definition });
        };
        // The stamp first: a change while the file is read is then seen as one.
        let seen = stamp(path).ok();
        let definition = read(path)?;
        Ok(Self { path: Some(path.to_owned()), seen, definition })
    }

    /// The name of the file.
    pub(crate) fn name(&self) -> String {
        self.path.as_ref().map_or_else(|| "the demo".to_owned(), |path| path.display().to_string())
    }

    /// How many flags there are.
    pub(crate) fn len(&self) -> usize {
        self.definition.len()
    }

    /// A flag to try.
    pub(crate) fn example(&self) -> &str {
        self.definition.keys().next().unwrap_or("my-flag")
    }

    /// Makes the flags the current version of the local environment, and prints what is doubtful in them.
    ///
    /// A file says what the flags are, each time. The demo is for an environment that is not there yet: what was made of it in
    /// an earlier run is left alone.
    pub(crate) async fn publish_to(
        &self,
        store: &Store,
        bucketing: Bucketing,
    ) -> Result<Published, StartError> {
        let local = SdkKey::parse(SDK_KEY)?;
        let existing = store.environment(local.environment(), Freshness::Newest).await?;
        if let Some(environment) = existing.as_ref().filter(|_| self.path.is_none()) {
            let Head { version, config_etag, .. } = &*environment.head;
            return Ok(Published { version: *version, config_etag: config_etag.clone(), changed: false });
        }
        for warning in self.definition.warnings() {
            say(&format!("warning: {} at {:?}", warning.message, warning.pointer));
        }
        // Beside the keys that were made meanwhile.
        let mut keys = existing.map(|environment| environment.head.keys.clone()).unwrap_or_default();
        keys.extend([local.record(Scope::Server, None)]);
        Ok(store.publish(local.environment(), &self.definition, bucketing, &keys).await?)
    }

    /// Publishes the file again whenever it changes. What is no definition is not published, and it is said why.
    pub(crate) async fn watch(mut self, store: Store, bucketing: Bucketing) {
        let Some(path) = self.path.clone() else { return std::future::pending().await };
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            // Not there, or not now: editors replace a file by removing it first.
            let Ok(now) = stamp(&path) else { continue };
            if self.seen.replace(now) == Some(now) {
                continue;
            }
            match self.reload(&path, &store, bucketing).await {
                Ok(published) if published.changed => {
                    say(&format!("{} changed: version {}", path.display(), published.version));
                }
                Ok(_) => {}
                Err(error) => say(&format!("{error}; the flags stay as they were")),
            }
        }
    }

    async fn reload(
        &mut self,
        path: &Path,
        store: &Store,
        bucketing: Bucketing,
    ) -> Result<Published, StartError> {
        self.definition = read(path)?;
        self.publish_to(store, bucketing).await
    }
}

fn read(path: &Path) -> Result<Definition, StartError> {
    let refused = |source| StartError::Read { path: path.to_owned(), source };
    parse(path, &fs::read_to_string(path).map_err(refused)?)
}

fn parse(path: &Path, json: &str) -> Result<Definition, StartError> {
    Definition::parse(json).map_err(|source| StartError::Definition { path: path.to_owned(), source })
}

fn stamp(path: &Path) -> io::Result<Stamp> {
    let metadata = fs::metadata(path)?;
    Ok((metadata.modified()?, metadata.len()))
}

#[expect(clippy::print_stdout, reason = "this is the command line")]
fn say(text: &str) {
    println!("{text}");
}
