//! A plot: latencies and throughput over time, with marks for what happened when.

use std::{ops::Range, time::Duration};

use plotters::{
    chart::{ChartBuilder, ChartContext, SeriesLabelPosition},
    coord::{
        Shift,
        cartesian::Cartesian2d,
        ranged1d::{Ranged, ValueFormatter},
    },
    drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea},
    element::{PathElement, Rectangle, Text},
    prelude::{IntoLogRange, SVGBackend},
    series::LineSeries,
    style::{BLACK, Color, FontTransform, IntoFont, RGBColor, WHITE},
};

use crate::record::{Figures, Sample};

/// Width and height, in pixels.
const SIZE: (u32, u32) = (1200, 720);
/// What one point of a line is computed from.
const SLOT: Duration = Duration::from_millis(500);
/// The latencies that are shown, in milliseconds.
const LATENCIES: Range<f64> = 0.05..60_000.0;

const CALM: RGBColor = RGBColor(0x2b, 0x6c, 0xb0);
const SLOW: RGBColor = RGBColor(0xdd, 0x6b, 0x20);
const BAD: RGBColor = RGBColor(0xc5, 0x30, 0x30);
const GOOD: RGBColor = RGBColor(0x2f, 0x85, 0x5a);
const SHADE: RGBColor = RGBColor(0x71, 0x80, 0x96);

/// A plot cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[error("the plot cannot be drawn: {0}")]
pub struct PlotError(String);

/// What is to be seen.
#[derive(Clone, Debug, Default)]
pub struct Plot<'a> {
    /// What it is about.
    pub title: &'a str,
    /// Every request.
    pub samples: &'a [Sample],
    /// When something was published.
    pub publishes: Vec<Duration>,
    /// When something was broken, and what.
    pub faults: Vec<(Range<Duration>, &'a str)>,
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), PlotError>;

/// The lines, one point for each slot of time.
#[derive(Default)]
struct Lines {
    median: Vec<(f64, f64)>,
    tail: Vec<(f64, f64)>,
    max: Vec<(f64, f64)>,
    right: Vec<(f64, f64)>,
    stale: Vec<(f64, f64)>,
    bad: Vec<(f64, f64)>,
}

impl Plot<'_> {
    /// Draws it, as SVG.
    ///
    /// # Errors
    /// When it cannot be drawn.
    pub fn to_svg(&self) -> Result<String, PlotError> {
        let mut svg = String::new();
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        self.draw(&area)?;
        area.present().map_err(cannot)?;
        drop(area);
        Ok(svg)
    }

    fn draw(&self, area: &Area<'_>) -> Drawn {
        area.fill(&WHITE).map_err(cannot)?;
        let area = area.titled(self.title, ("sans-serif", 20)).map_err(cannot)?;
        let (above, below) = area.split_vertically(SIZE.1 * 3 / 5);
        let end = self.samples.iter().map(|sample| sample.done).max().unwrap_or(SLOT).as_secs_f64();
        let lines = self.lines();
        self.draw_latencies(&above, end, &lines)?;
        self.draw_throughput(&below, end, &lines)
    }

    fn draw_latencies(&self, area: &Area<'_>, end: f64, lines: &Lines) -> Drawn {
        let mut builder = ChartBuilder::on(area);
        builder.margin(10).x_label_area_size(20).y_label_area_size(70);
        let mut chart = builder.build_cartesian_2d(0.0..end, LATENCIES.log_scale()).map_err(cannot)?;
        self.shade(&mut chart, &LATENCIES)?;
        self.label(&mut chart, LATENCIES.end)?;
        let mut mesh = chart.configure_mesh();
        mesh.disable_x_mesh().light_line_style(WHITE).y_desc("latency since due, ms");
        mesh.draw().map_err(cannot)?;
        line(&mut chart, "p50", CALM, &lines.median)?;
        line(&mut chart, "p99", SLOW, &lines.tail)?;
        line(&mut chart, "max", BAD, &lines.max)?;
        legend(&mut chart)
    }

    fn draw_throughput(&self, area: &Area<'_>, end: f64, lines: &Lines) -> Drawn {
        let all = lines.right.iter().chain(&lines.stale).chain(&lines.bad);
        let highest = all.fold(1.0_f64, |highest, (_, rate)| highest.max(*rate)) * 1.5;
        let mut builder = ChartBuilder::on(area);
        builder.margin(10).x_label_area_size(35).y_label_area_size(70);
        let mut chart = builder.build_cartesian_2d(0.0..end, 0.0..highest).map_err(cannot)?;
        self.shade(&mut chart, &(0.0..highest))?;
        for at in &self.publishes {
            let at = at.as_secs_f64();
            let mark = PathElement::new([(at, 0.0), (at, highest * 0.04)], BLACK);
            chart.draw_series([mark]).map_err(cannot)?;
        }
        let mut mesh = chart.configure_mesh();
        mesh.disable_x_mesh().light_line_style(WHITE);
        mesh.x_desc("seconds; the marks are publishes").y_desc("answers per second");
        mesh.draw().map_err(cannot)?;
        line(&mut chart, "right", GOOD, &lines.right)?;
        line(&mut chart, "of which stale", SLOW, &lines.stale)?;
        line(&mut chart, "failures", BAD, &lines.bad)?;
        legend(&mut chart)
    }

    /// Shades the times when something was broken.
    fn shade<Y>(&self, chart: &mut Chart<'_, '_, Y>, height: &Range<f64>) -> Drawn
    where
        Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        for (time, _) in &self.faults {
            let corners = [(time.start.as_secs_f64(), height.start), (time.end.as_secs_f64(), height.end)];
            chart.draw_series([Rectangle::new(corners, SHADE.mix(0.15).filled())]).map_err(cannot)?;
        }
        Ok(())
    }

    /// Names them, upright, since there are many.
    fn label<Y>(&self, chart: &mut Chart<'_, '_, Y>, top: f64) -> Drawn
    where
        Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        for (time, name) in &self.faults {
            let middle = (time.start + time.end).as_secs_f64() / 2.0;
            let style = ("sans-serif", 11).into_font().transform(FontTransform::Rotate90).color(&BLACK);
            let label = Text::new((*name).to_owned(), (middle, top), style);
            chart.draw_series([label]).map_err(cannot)?;
        }
        Ok(())
    }

    fn lines(&self) -> Lines {
        let mut lines = Lines::default();
        let mut samples = self.samples.to_vec();
        samples.sort_by_key(|sample| sample.due);
        let slot_of = |sample: &Sample| sample.due.as_millis() / SLOT.as_millis();
        for slot in samples.chunk_by(|one, other| slot_of(one) == slot_of(other)) {
            let Some(first) = slot.first() else { continue };
            #[expect(clippy::cast_precision_loss, reason = "half seconds of a run")]
            let at = (slot_of(first) as f64 + 0.5) * SLOT.as_secs_f64();
            lines.add(at, slot);
        }
        lines
    }
}

impl Lines {
    fn add(&mut self, at: f64, slot: &[Sample]) {
        let right = slot.iter().filter(|sample| sample.kind.evaluates() && sample.result.is_right());
        let latencies = Figures::of(right).latencies;
        if !latencies.is_empty() {
            #[expect(clippy::cast_precision_loss, reason = "at most a minute")]
            let milliseconds = |micros: u64| (at, (micros as f64 / 1e3).max(LATENCIES.start));
            self.median.push(milliseconds(latencies.value_at_quantile(0.5)));
            self.tail.push(milliseconds(latencies.value_at_quantile(0.99)));
            self.max.push(milliseconds(latencies.max()));
        }
        #[expect(clippy::cast_precision_loss, reason = "counts of requests")]
        let rate = |count: usize| (at, count as f64 / SLOT.as_secs_f64());
        let count = |holds: fn(&Sample) -> bool| rate(slot.iter().filter(|sample| holds(sample)).count());
        self.right.push(count(|sample| sample.result.is_right()));
        self.stale.push(count(|sample| sample.result.is_stale()));
        self.bad.push(count(|sample| !sample.result.is_right()));
    }
}

type Chart<'a, 'b, Y> =
    ChartContext<'a, SVGBackend<'b>, Cartesian2d<plotters::coord::types::RangedCoordf64, Y>>;

fn line<Y>(chart: &mut Chart<'_, '_, Y>, name: &str, colour: RGBColor, points: &[(f64, f64)]) -> Drawn
where
    Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    let series = LineSeries::new(points.iter().copied(), colour);
    let drawn = chart.draw_series(series).map_err(cannot)?;
    drawn.label(name).legend(move |(x, y)| PathElement::new([(x, y), (x + 15, y)], colour));
    Ok(())
}

fn legend<'a, 'b: 'a, Y>(chart: &mut Chart<'a, 'b, Y>) -> Drawn
where
    Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    let mut labels = chart.configure_series_labels();
    labels.position(SeriesLabelPosition::UpperRight).background_style(WHITE.mix(0.8));
    labels.draw().map_err(cannot)
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn cannot<E: std::error::Error + Send + Sync>(error: DrawingAreaErrorKind<E>) -> PlotError {
    PlotError(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{oracle::Kind, record::Result};

    fn sample(second: u64, result: Result) -> Sample {
        let due = Duration::from_secs(second);
        Sample { kind: Kind::Poll, due, sent: due, done: due + Duration::from_millis(3), result }
    }

    #[test]
    fn a_plot_shows_lines_marks_and_what_was_broken() {
        let right = Result::Right { status: 200, conditional: false, stale: false };
        let samples = [sample(0, right), sample(1, right), sample(2, Result::Failed(503))];
        let plot = Plot {
            title: "a test",
            samples: &samples,
            publishes: vec![Duration::from_secs(1)],
            faults: vec![(Duration::from_secs(1)..Duration::from_secs(2), "DynamoDB hangs")],
        };
        let svg = plot.to_svg().unwrap();
        for part in ["<svg", "a test", "DynamoDB hangs", "p99", "failures", "<polyline", "</svg>"] {
            assert!(svg.contains(part), "{part} is missing");
        }
        let lines = plot.lines();
        assert_eq!((lines.median.len(), lines.right.len()), (2, 3));
        assert_eq!((lines.right[0].1, lines.bad[2].1), (2.0, 2.0));
    }

    #[test]
    fn a_run_without_requests_has_an_empty_plot() {
        assert!(Plot::default().to_svg().unwrap().contains("</svg>"));
    }
}
