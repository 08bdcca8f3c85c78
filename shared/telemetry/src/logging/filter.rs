//! What is worth a line.

use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::LogConfig;

/// How the modules begin that may write more than [`FOREIGN`]: ours, which never log a key, a body or a context.
const OURS: [&str; 2] = ["pennon", "dax_client"];

/// What everybody else may write at most. Below that the Lambda runtime logs whole events, and the AWS SDK signed requests.
const FOREIGN: LevelFilter = LevelFilter::INFO;

/// The levels that the configuration asks for; what it says that is no level counts as `INFO`.
pub(super) fn filter(config: &LogConfig) -> Targets {
    let level = config.level.as_deref().and_then(level).unwrap_or(LevelFilter::INFO);
    let asked: Targets = config.directives.as_deref().and_then(|text| text.parse().ok()).unwrap_or_default();
    let level = asked.default_level().unwrap_or(level);
    let general = OURS.map(|name| (name.to_owned(), level));
    let particular = asked.into_iter().map(|(module, level)| {
        let ours = OURS.iter().any(|name| module.starts_with(name));
        (module, if ours { level } else { level.min(FOREIGN) })
    });
    Targets::new().with_default(level.min(FOREIGN)).with_targets(general).with_targets(particular)
}

/// A level as Lambda writes it, which has one more than `tracing`.
fn level(text: &str) -> Option<LevelFilter> {
    if text.eq_ignore_ascii_case("fatal") { Some(LevelFilter::ERROR) } else { text.parse().ok() }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    fn with(level: Option<&str>, directives: Option<&str>) -> Targets {
        let text = |text: &str| text.to_owned();
        filter(&LogConfig {
            level: level.map(text),
            directives: directives.map(text),
            ..LogConfig::default()
        })
    }

    fn passes(targets: &Targets, module: &str) -> Option<Level> {
        let levels = [Level::TRACE, Level::DEBUG, Level::INFO, Level::WARN, Level::ERROR];
        levels.into_iter().find(|level| targets.would_enable(module, level))
    }

    #[test]
    fn the_level_is_lambdas_and_information_without() {
        for (asked, passed) in [
            (None, Level::INFO),
            (Some("WARN"), Level::WARN),
            (Some("debug"), Level::DEBUG),
            (Some("FATAL"), Level::ERROR),
            (Some("loud"), Level::INFO),
        ] {
            assert_eq!(passes(&with(asked, None), "pennon_store::head"), Some(passed), "{asked:?}");
        }
    }

    #[test]
    fn modules_can_be_told_apart() {
        let targets = with(Some("WARN"), Some("pennon_store=debug"));
        assert_eq!(passes(&targets, "pennon_store::head"), Some(Level::DEBUG));
        assert_eq!(passes(&targets, "pennon_http::edge"), Some(Level::WARN));
        assert_eq!(passes(&with(Some("WARN"), Some("error")), "pennon_http::edge"), Some(Level::ERROR));
    }

    #[test]
    fn others_never_get_to_write_what_they_were_given() {
        for targets in
            [with(Some("TRACE"), None), with(None, Some("trace,hyper=trace,aws_smithy_runtime=debug"))]
        {
            for module in ["lambda_runtime::layers", "aws_smithy_runtime::client", "hyper", "evaluate_flag"] {
                assert_eq!(passes(&targets, module), Some(Level::INFO), "{module}");
            }
            assert_eq!(passes(&targets, "pennon_store"), Some(Level::TRACE));
        }
        assert_eq!(passes(&with(None, Some("info,hyper=off")), "hyper"), None);
    }
}
