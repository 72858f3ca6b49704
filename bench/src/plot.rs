//! The results as bars (SVG).

use plotters::prelude::{
    BLACK, Color as _, DrawingArea, DrawingBackend, IntoDrawingArea as _, IntoFont as _, RGBColor,
    Rectangle, SVGBackend, Text, TextStyle, WHITE,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::contender::Contender;
use crate::results::{Results, Row};
use crate::scenario::Scenario;
use crate::scenario::names::{CONNECT_CPU, CPU, MEMORY, P99, PER_CPU_SECOND};

const WIDTH: u32 = 860;
const BAR: u32 = 26;
const LABELS: i32 = 130;
/// Room for the value behind the longest bar.
const VALUES: i32 = 120;
const TITLE: u32 = 44;

const OURS: RGBColor = RGBColor(0xc2, 0x41, 0x0c);
const THEIRS: RGBColor = RGBColor(0x94, 0xa3, 0xb8);

/// One group of bars.
struct Panel {
    scenario: Scenario,
    figure: &'static str,
    title: &'static str,
}

/// All plots: file name and content.
pub(crate) fn all(results: &Results) -> Vec<(&'static str, String)> {
    let panel = |scenario, figure, title| Panel { scenario, figure, title };
    let cost = [
        panel(Scenario::Broadcast, CPU, "CPU per delivery: broadcast to 1,000, one at a time"),
        panel(Scenario::Burst, CPU, "CPU per delivery: broadcast to 1,000, 16 in flight"),
        panel(Scenario::Idle, MEMORY, "Memory per idle client"),
        panel(Scenario::ConnectWebSocket, CONNECT_CPU, "CPU per connect over WebSocket"),
    ];
    let more = [
        panel(Scenario::Rooms, CPU, "CPU per delivery: 100 rooms of 10"),
        panel(Scenario::Echo, PER_CPU_SECOND, "Requests with ack per CPU second (more is better)"),
        panel(Scenario::OpenLoop, P99, "p99 of delivery at half of Node's best rate"),
        panel(Scenario::ConnectUpgrade, CONNECT_CPU, "CPU per connect by polling and upgrade"),
    ];
    let plots = [("cost.svg", plot(results, &cost)), ("more.svg", plot(results, &more))];
    plots.into_iter().filter_map(|(name, svg)| Some((name, svg?))).collect()
}

/// The panels that have something to show, one below the other; `None` if none has.
fn plot(results: &Results, panels: &[Panel]) -> Option<String> {
    let panels: Vec<_> = panels
        .iter()
        .map(|panel| (panel, rows(results, panel)))
        .filter(|(_, rows)| !rows.is_empty())
        .collect();
    let heights: Vec<_> = panels.iter().map(|(_, rows)| height(rows)).collect();
    if panels.is_empty() {
        return None;
    }
    let mut svg = String::new();
    let size = (WIDTH, heights.iter().sum());
    let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
    root.fill(&WHITE).expect("a string takes everything");
    let mut rest = root;
    for ((panel, rows), height) in panels.iter().zip(heights) {
        let (this, below) = rest.split_vertically(height);
        draw(&this, panel.title, rows);
        rest = below;
    }
    drop(rest);
    Some(svg)
}

fn height(rows: &[&Row]) -> u32 {
    TITLE + BAR * u32::try_from(rows.len()).expect("a few contenders")
}

/// What each contender has, in the order of contenders.
fn rows<'a>(results: &'a Results, panel: &Panel) -> Vec<&'a Row> {
    let of = |contender: Contender| {
        results.rows.iter().find(|row| {
            row.scenario == panel.scenario.name()
                && row.figure == panel.figure
                && row.contender == contender.name()
        })
    };
    Contender::ALL.into_iter().filter_map(of).collect()
}

fn draw<B: DrawingBackend>(
    area: &DrawingArea<B, plotters::coord::Shift>,
    title: &str,
    rows: &[&Row],
) {
    let font = |size: u32, color: RGBColor| ("sans-serif", size).into_font().color(&color);
    let put = |text: &str, at: (i32, i32), style: TextStyle<'_>| {
        let style = style.pos(Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new(text.to_owned(), at, style)).ok();
    };
    put(title, (8, 26), font(17, BLACK));
    let longest = rows.iter().map(|row| row.median()).fold(f64::MIN_POSITIVE, f64::max);
    let room = i32::try_from(WIDTH).expect("small") - LABELS - VALUES;
    let mut top = i32::try_from(TITLE).expect("small");
    for row in rows {
        let ours = Contender::ALL
            .into_iter()
            .any(|contender| contender.is_ours() && contender.name() == row.contender);
        let color = if ours { OURS } else { THEIRS };
        #[expect(clippy::cast_possible_truncation, reason = "at most the width of the plot")]
        let length = (f64::from(room) * row.median() / longest).max(1.0) as i32;
        let bar = [(LABELS, top + 3), (LABELS + length, top + 20)];
        area.draw(&Rectangle::new(bar, color.filled())).ok();
        put(&row.contender, (8, top + 12), font(14, BLACK));
        let value = row.unit.show(row.median());
        put(&value, (LABELS + length + 6, top + 12), font(14, BLACK));
        top += i32::try_from(BAR).expect("small");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Figure, Unit};

    #[test]
    fn a_bar_for_each_contender_that_was_measured() {
        let mut results = Results::default();
        for (contender, value) in [("tertulia", 3.0), ("node", 24.0)] {
            let figure = Figure::new(MEMORY, Unit::Kilobytes, value);
            results.add("idle", contender, vec![figure]);
        }
        let plots = all(&results);
        assert_eq!(plots.len(), 1);
        let (name, svg) = &plots[0];
        assert_eq!(*name, "cost.svg");
        assert!(svg.contains("tertulia") && svg.contains("24.0 kB"));
        assert_eq!(svg.matches("#C2410C").count(), 1, "ours stands out");
    }
}
