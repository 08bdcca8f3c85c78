//! Listens to what the store counts and measures.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder as Facade, SharedString, Unit,
};

/// Keeps the figures that are recorded on this thread while the guard of [`metrics::set_default_local_recorder`] lives. Those of
/// histograms are counted alone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder(Arc<Mutex<BTreeMap<String, Arc<AtomicU64>>>>);

#[derive(Debug)]
struct Count(Arc<AtomicU64>);

impl Recorder {
    /// A figure by its name without the common prefix, and its label: `hits_total dax`.
    pub(crate) fn count(&self, name: &str) -> u64 {
        self.0.lock().unwrap().get(name).map_or(0, |figure| figure.load(Ordering::SeqCst))
    }

    /// The same, of a gauge.
    pub(crate) fn gauge(&self, name: &str) -> f64 {
        f64::from_bits(self.count(name))
    }

    /// The fallbacks by their reasons.
    pub(crate) fn fallbacks(&self) -> BTreeMap<String, u64> {
        let figures = self.0.lock().unwrap();
        let fallbacks = figures.iter().filter_map(|(name, figure)| {
            let reason = name.strip_prefix("fallbacks_total ")?;
            Some((reason.to_owned(), figure.load(Ordering::SeqCst)))
        });
        fallbacks.collect()
    }

    fn figure(&self, key: &Key) -> Arc<AtomicU64> {
        let mut name = key.name().strip_prefix("pennon_cache_").unwrap().to_owned();
        for label in key.labels() {
            name.push(' ');
            name.push_str(label.value());
        }
        Arc::clone(self.0.lock().unwrap().entry(name).or_default())
    }
}

impl Facade for Recorder {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.figure(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.figure(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(Arc::new(Count(self.figure(key))))
    }
}

impl HistogramFn for Count {
    fn record(&self, _: f64) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}
