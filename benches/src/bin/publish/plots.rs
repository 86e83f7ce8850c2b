//! The plots of the page, as SVG.

use crate::findings::{Findings, list, number, shown};
use jeton_benches::Result;
use plotters::prelude::*;
use std::path::Path;

/// One line of a plot.
struct Line {
    name: String,
    points: Vec<(f64, f64)>,
}

/// Title and axes of a plot.
struct Axes {
    title: &'static str,
    x: &'static str,
    y: &'static str,
    /// True if the horizontal axis is logarithmic.
    logarithmic: bool,
}

/// Draws all plots.
pub(crate) fn draw(findings: &Findings, images: &Path) -> Result<()> {
    growth(findings, &images.join("performance-growth.svg"))?;
    steady(findings, images)?;
    slow_disk(findings, &images.join("performance-slow-disk.svg"))
}

fn growth(findings: &Findings, file: &Path) -> Result<()> {
    let steps = list(findings.of("growth")?, "/steps");
    let line = |name: &str, pointer: &str| Line {
        name: name.into(),
        points: steps.iter().map(|step| (number(step, "/tokens"), number(step, pointer))).collect(),
    };
    let lines = [
        line("issue", "/issue/cpu_us"),
        line("issue, nearly empty store", "/issue_empty/cpu_us"),
        line("introspect", "/introspect/cpu_us"),
        line("introspect, nearly empty store", "/introspect_empty/cpu_us"),
    ];
    let axes =
        Axes { title: "Cost against size", x: "live tokens", y: "µs of CPU per request", logarithmic: true };
    plot(file, &axes, &lines)
}

fn steady(findings: &Findings, images: &Path) -> Result<()> {
    let samples = list(findings.of("steady")?, "/samples");
    let line = |name: &str, pointer: &str| Line {
        name: name.into(),
        points: samples.iter().map(|sample| (number(sample, "/second"), number(sample, pointer))).collect(),
    };
    let sizes = [line("database on disk", "/disk_mib"), line("resident memory", "/resident_mib")];
    let axes = Axes { title: "Issuing: size", x: "seconds", y: "MiB", logarithmic: false };
    plot(&images.join("performance-steady-size.svg"), &axes, &sizes)?;
    let latencies = [line("p99", "/p99_ms"), line("p50", "/p50_ms")];
    let axes = Axes { title: "Issuing: latency", x: "seconds", y: "ms", logarithmic: false };
    plot(&images.join("performance-steady-latency.svg"), &axes, &latencies)
}

fn slow_disk(findings: &Findings, file: &Path) -> Result<()> {
    let rows = list(findings.of("slow-disk")?, "/rows");
    let mut delays: Vec<f64> = rows.iter().map(|row| number(row, "/delay_ms")).collect();
    delays.sort_by(f64::total_cmp);
    delays.dedup();
    let lines: Vec<Line> = delays
        .into_iter()
        .map(|delay| Line {
            name: format!("fdatasync + {delay} ms"),
            points: rows
                .iter()
                .filter(|row| number(row, "/delay_ms") == delay)
                .map(|row| (number(row, "/connections"), number(row, "/per_second")))
                .collect(),
        })
        .collect();
    let axes = Axes { title: "Slow disks", x: "connections", y: "tokens per second", logarithmic: true };
    plot(file, &axes, &lines)
}

fn plot(file: &Path, axes: &Axes, lines: &[Line]) -> Result<()> {
    let place = |x: f64| if axes.logarithmic { x.log10() } else { x };
    let all = || lines.iter().flat_map(|line| line.points.iter().copied());
    let left = all().map(|(x, _)| place(x)).fold(f64::INFINITY, f64::min);
    let right = all().map(|(x, _)| place(x)).fold(f64::NEG_INFINITY, f64::max).max(left + 0.1);
    let top = all().map(|(_, y)| y).fold(0.0, f64::max) * 1.15;
    let area = SVGBackend::new(file, (720, 380)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(axes.title, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(42)
        .y_label_area_size(64)
        .build_cartesian_2d(left..right, 0.0..top)?;
    let label = |x: &f64| if axes.logarithmic { shown(10_f64.powf(*x).round()) } else { shown(x.round()) };
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_desc(axes.x)
        .y_desc(axes.y)
        .x_label_formatter(&label)
        .y_label_formatter(&|y| shown(*y))
        .draw()?;
    for (index, line) in lines.iter().enumerate() {
        let colour = Palette99::pick(index).to_rgba();
        let points = line.points.iter().map(|(x, y)| (place(*x), *y));
        chart
            .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
            .label(&line.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    Ok(area.present()?)
}
