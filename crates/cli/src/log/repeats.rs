//! Repeated lines. The first one is written immediately; those that follow within a window are counted, and
//! at its end the last one is written with the count. While the line continues the window doubles, up to a
//! maximum.
//!
//! Lines are the same if they come from the same place in the code with the same details. A place with many
//! different details is summed up as a whole beyond a limit, because the lines of a flood may differ in
//! details.

use super::format::{Stamped, Sum};
use crate::args::LogFormat;
use crate::limits::{LOG_DIFFERENT_LINES_MAX, LOG_REMEMBERED_MAX, LOG_REPEAT_WINDOW};
use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// Recently written lines, by their place in the code.
#[derive(Debug)]
pub(super) struct Repeats<P> {
    format: LogFormat,
    places: HashMap<P, Place>,
    /// Number of distinct lines in all places.
    len: usize,
}

#[derive(Debug, Default)]
struct Place {
    lines: Vec<Repeated>,
    /// Distinct lines beyond the limit, summed up together.
    others: Option<Repeated>,
}

#[derive(Debug)]
struct Repeated {
    /// The latest of the repeated lines.
    line: Stamped,
    /// Repetitions since the last written one.
    count: u64,
    begun: Instant,
    window: Duration,
}

impl Repeated {
    fn new(line: Stamped, now: Instant) -> Self {
        Self { line, count: 0, begun: now, window: LOG_REPEAT_WINDOW.0 }
    }

    fn add(&mut self, line: Stamped) {
        self.line = line;
        self.count = self.count.saturating_add(1);
    }

    fn end(&self) -> Instant {
        self.begun + self.window
    }

    /// Ends the window and begins the next one. Returns the count and the seconds, or `None` without
    /// repetitions.
    fn sum(&mut self, now: Instant) -> Option<(u64, u64)> {
        let seconds = now.saturating_duration_since(self.begun).as_secs_f64().round().max(1.0);
        let count = std::mem::take(&mut self.count);
        self.begun = now;
        self.window = self.window.saturating_mul(2).min(LOG_REPEAT_WINDOW.1);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a minute or so")]
        (count > 0).then_some((count, seconds as u64))
    }
}

impl<P: Eq + Hash> Repeats<P> {
    pub(super) fn new(format: LogFormat) -> Self {
        Self { format, places: HashMap::new(), len: 0 }
    }

    /// Records a line and returns it if it is to be written now. Distinct lines of a verbose place are
    /// never summed up together, because they were requested.
    pub(super) fn take_in(
        &mut self,
        place: P,
        is_verbose: bool,
        line: Stamped,
        now: Instant,
    ) -> Option<Stamped> {
        let place = self.places.entry(place).or_default();
        if let Some(known) = place.lines.iter_mut().find(|known| known.line.content == line.content) {
            known.add(line);
            return None;
        }
        if place.lines.len() < LOG_DIFFERENT_LINES_MAX && self.len < LOG_REMEMBERED_MAX {
            self.len += 1;
            place.lines.push(Repeated::new(line.clone(), now));
            return Some(line);
        }
        match &mut place.others {
            _ if is_verbose => Some(line),
            Some(others) => {
                others.add(line);
                None
            }
            None => {
                place.others = Some(Repeated::new(line.clone(), now));
                Some(line)
            }
        }
    }

    /// The earliest end of a window.
    pub(super) fn next_end(&self) -> Option<Instant> {
        let repeated = |place: &Place| place.lines.iter().chain(&place.others).map(Repeated::end).min();
        self.places.values().filter_map(repeated).min()
    }

    /// Repeated lines whose window has ended, in the order of their times.
    pub(super) fn due(&mut self, now: Instant) -> Vec<String> {
        self.summed(now, |repeated| repeated.end() <= now)
    }

    /// All repeated lines not written yet.
    pub(super) fn rest(&mut self, now: Instant) -> Vec<String> {
        self.summed(now, |_| true)
    }

    fn summed(&mut self, now: Instant, is_due: impl Fn(&Repeated) -> bool) -> Vec<String> {
        let format = self.format;
        let mut found = Vec::new();
        for place in self.places.values_mut() {
            let mut keep = |repeated: &mut Repeated, sum: fn(u64, u64) -> Sum| {
                if !is_due(repeated) {
                    return true;
                }
                let Some((count, seconds)) = repeated.sum(now) else { return false };
                let line = repeated.line.summed(format, sum(count, seconds));
                found.push((repeated.line.time.clone(), line));
                true
            };
            place.lines.retain_mut(|repeated| keep(repeated, Sum::Repeated));
            place.others.take_if(|others| !keep(others, Sum::Similar));
        }
        self.places.retain(|_, place| !place.lines.is_empty() || place.others.is_some());
        self.len = self.places.values().map(|place| place.lines.len()).sum();
        found.sort();
        found.into_iter().map(|(_, line)| line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(content: &str) -> Stamped {
        Stamped { time: String::new(), content: content.to_owned() }
    }

    struct Log {
        repeats: Repeats<u8>,
        now: Instant,
    }

    impl Log {
        fn new() -> Self {
            Self { repeats: Repeats::new(LogFormat::Text), now: Instant::now() }
        }

        /// Logs a line and returns true if it is written immediately.
        fn is_written(&mut self, place: u8, content: &str) -> bool {
            self.repeats.take_in(place, false, line(content), self.now).is_some()
        }

        fn after(&mut self, seconds: u64) -> Vec<String> {
            self.now += Duration::from_secs(seconds);
            self.repeats.due(self.now)
        }
    }

    #[test]
    fn a_repeated_line_is_written_once_and_again_with_the_count() {
        let mut log = Log::new();
        assert!(log.is_written(1, "no room"));
        for _ in 0..5569 {
            assert!(!log.is_written(1, "no room"));
        }
        assert_eq!(log.after(4), [""; 0]);
        assert_eq!(log.repeats.next_end(), Some(log.now + Duration::from_secs(1)));
        assert_eq!(log.after(1), ["no room (repeated 5569 times in 5 s)\n"]);
    }

    #[test]
    fn the_window_of_a_repeated_line_doubles_and_a_line_that_stops_is_forgotten() {
        let mut log = Log::new();
        assert!(log.is_written(1, "no room"));
        for seconds in [5, 10, 20, 40, 60, 60] {
            assert!(!log.is_written(1, "no room"));
            assert_eq!(log.after(seconds), [format!("no room (repeated once in {seconds} s)\n")]);
        }
        assert_eq!(log.after(60), [""; 0]);
        assert_eq!((log.repeats.len, log.repeats.next_end()), (0, None));
        assert!(log.is_written(1, "no room"));
    }

    #[test]
    fn lines_that_take_turns_are_each_summed_up() {
        let mut log = Log::new();
        assert!(log.is_written(1, "failed") && log.is_written(2, "open again"));
        for _ in 0..3 {
            assert!(!log.is_written(1, "failed") && !log.is_written(2, "open again"));
        }
        assert_eq!(
            log.after(5),
            ["failed (repeated 3 times in 5 s)\n", "open again (repeated 3 times in 5 s)\n"]
        );
    }

    #[test]
    fn different_details_are_written_until_there_are_too_many() {
        let mut log = Log::new();
        for detail in 0..=LOG_DIFFERENT_LINES_MAX {
            assert!(log.is_written(1, &format!("peer {detail}")));
        }
        for detail in 100..150 {
            assert!(!log.is_written(1, &format!("peer {detail}")));
        }
        assert!(log.is_written(2, "another place"));
        assert_eq!(log.after(5), ["peer 149 (the last of 50 such lines in 5 s)\n"]);
    }

    #[test]
    fn verbose_lines_are_summed_up_only_if_identical() {
        let mut log = Log::new();
        for detail in 0..1000 {
            assert!(log.repeats.take_in(1, true, line(&detail.to_string()), log.now).is_some());
        }
        assert!(log.repeats.take_in(1, true, line("0"), log.now).is_none());
    }

    #[test]
    fn remembered_lines_are_bounded_and_a_flood_of_places_is_written() {
        let mut log = Log::new();
        for place in 0..200 {
            for detail in 0..LOG_DIFFERENT_LINES_MAX {
                log.is_written(place, &detail.to_string());
            }
        }
        assert_eq!(log.repeats.len, LOG_REMEMBERED_MAX);
        assert!(log.is_written(201, "a place that does not fit"));
        assert!(!log.is_written(201, "a second line of it"));
    }

    #[test]
    fn counted_lines_are_written_at_the_end() {
        let mut log = Log::new();
        log.is_written(1, "no room");
        assert_eq!(log.repeats.rest(log.now), [""; 0]);
        log.is_written(1, "no room");
        log.is_written(1, "no room");
        assert_eq!(log.repeats.rest(log.now), ["no room (repeated once in 1 s)\n"]);
    }
}
