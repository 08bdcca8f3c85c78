//! A log line as a JSON object.

use std::fmt;

use pennon_domain::{Clock, SystemClock, error_chain};
use serde::{Serializer, ser::SerializeMap};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

use crate::{RELEASE, Scope};

/// Writes each event as one line: when and how important, what it says, and then what is known of the request and of who answers it.
pub(super) struct JsonLines {
    function: String,
}

impl JsonLines {
    /// `function` is how AWS calls the function; empty if it is none.
    pub(super) fn new(function: String) -> Self {
        Self { function }
    }

    fn line(&self, event: &Event<'_>) -> serde_json::Result<Vec<u8>> {
        let mut line = Vec::with_capacity(512);
        let mut serializer = serde_json::Serializer::new(&mut line);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("timestamp", &SystemClock.now().to_rfc3339())?;
        map.serialize_entry("level", event.metadata().level().as_str())?;
        let mut members = Members { map, names: Vec::new(), outcome: Ok(()) };
        event.record(&mut members);
        members.add("target", event.metadata().target());
        if let Some(scope) = Scope::current() {
            members.add_scope(&scope);
        }
        if !self.function.is_empty() {
            members.add("functionName", self.function.as_str());
        }
        members.add("release", RELEASE);
        members.end()?;
        line.push(b'\n');
        Ok(line)
    }
}

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let line = self.line(event).map_err(|_| fmt::Error)?;
        writer.write_str(str::from_utf8(&line).map_err(|_| fmt::Error)?)
    }
}

/// The members of the object, each name once: what the event says itself goes before what is known of the request.
struct Members<M: SerializeMap> {
    map: M,
    names: Vec<&'static str>,
    outcome: Result<(), M::Error>,
}

impl<M: SerializeMap> Members<M> {
    fn add(&mut self, name: &'static str, value: impl serde::Serialize) {
        if self.outcome.is_ok() && !self.names.contains(&name) {
            self.names.push(name);
            self.outcome = self.map.serialize_entry(name, &value);
        }
    }

    fn add_scope(&mut self, scope: &Scope) {
        self.add("requestId", scope.request_id());
        if let Some(trace) = scope.trace() {
            self.add("traceId", format_args!("{}", trace.id));
            if let Some(xray) = trace.xray {
                self.add("xrayTraceId", xray.to_xray());
            }
        }
        scope.about(|environment, version| {
            if let Some(environment) = environment {
                self.add("environment", environment.as_str());
            }
            if let Some(version) = version {
                self.add("version", version);
            }
        });
    }

    fn end(self) -> Result<M::Ok, M::Error> {
        self.outcome?;
        self.map.end()
    }
}

impl<M: SerializeMap> Visit for Members<M> {
    fn record_error(&mut self, field: &Field, error: &(dyn std::error::Error + 'static)) {
        self.add(field.name(), error_chain(error));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field.name(), format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field.name(), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field.name(), value);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use serde_json::{Value, json};
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::{Trace, note};

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(log: impl FnOnce()) -> Vec<Value> {
        let written = Written::default();
        let writer = written.clone();
        let lines = tracing_subscriber::fmt::layer()
            .with_writer(move || writer.clone())
            .event_format(JsonLines::new("evaluate".to_owned()));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), log);
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_says_what_happened_and_to_which_request() {
        let mut lines = logged(|| {
            let scope = Scope::new("req-1");
            scope.set_trace(Trace::from_headers(
                Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0b1902b7-01"),
                Some("Root=1-5759e988-bd862e3fe1be46a994272793"),
            ));
            let log = scope.run(async {
                note::environment(&"shop.live".parse().unwrap());
                tracing::warn!(count = 3, slow = true, error = "a \"quoted\"\nline", "it happened");
            });
            tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(log);
        });
        let mut line = lines.pop().unwrap();
        let timestamp = line.as_object_mut().unwrap().remove("timestamp").unwrap();
        assert!(timestamp.as_str().unwrap().ends_with('Z'), "{timestamp}");
        assert_eq!(
            line,
            json!({
                "level": "WARN",
                "message": "it happened",
                "count": 3,
                "slow": true,
                "error": "a \"quoted\"\nline",
                "target": "pennon_telemetry::logging::json::tests",
                "requestId": "req-1",
                "traceId": "4bf92f3577b34da6a3ce929d0e0e4736",
                "xrayTraceId": "1-5759e988-bd862e3fe1be46a994272793",
                "environment": "shop.live",
                "functionName": "evaluate",
                "release": RELEASE,
            })
        );
        assert!(lines.is_empty());
    }

    #[test]
    fn a_name_stands_once_and_the_event_knows_best() {
        let lines = logged(|| {
            let log = Scope::new("outer").run(async {
                note::environment(&"shop.live".parse().unwrap());
                tracing::info!(environment = %"shop.other", requestId = "inner", "about another");
            });
            tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(log);
        });
        assert_eq!(
            (&lines[0]["environment"], &lines[0]["requestId"]),
            (&json!("shop.other"), &json!("inner"))
        );
    }

    #[test]
    fn without_a_request_a_line_names_none() {
        let lines = logged(|| tracing::info!("starting"));
        assert_eq!(lines[0].get("requestId"), None);
        assert_eq!(lines[0]["message"], "starting");
    }
}
