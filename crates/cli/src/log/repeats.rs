//! Lines that repeat. The first one is written at once; those that follow within the time of summing up are counted,
//! and at its end the last one is written with the count. While a line goes on the time doubles, up to a bound.
//!
//! The same line is one from the same place in the code with the same details. A place that has many different
//! details is summed up as a whole beyond a bound, because a flood need not repeat itself word for word.

use super::format::{Stamped, Sum};
use crate::args::LogFormat;
use crate::limits::{LOG_DIFFERENT_LINES_MAX, LOG_REMEMBERED_MAX, LOG_REPEAT_WINDOW};
use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// Lines that were written lately, by the place in the code that they come from.
#[derive(Debug)]
pub(super) struct Repeats<P> {
    format: LogFormat,
    places: HashMap<P, Place>,
    /// Different lines in all places.
    len: usize,
}

#[derive(Debug, Default)]
struct Place {
    lines: Vec<Repeated>,
    /// More different lines than are remembered.
    others: Option<Repeated>,
}

#[derive(Debug)]
struct Repeated {
    /// The last one.
    line: Stamped,
    /// How often it came since it was written.
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

    /// What to write at the end of the window, which begins anew; nothing when the line did not come again.
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

    /// Takes a line in; what is to be written now comes back. Of a verbose place different lines are never summed
    /// up together: they were asked for.
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

    /// Lines whose window has ended and that came again meanwhile, in the order of their times.
    pub(super) fn due(&mut self, now: Instant) -> Vec<String> {
        self.summed(now, |repeated| repeated.end() <= now)
    }

    /// All lines that came again and were not written yet.
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

        /// The line is written at once.
        fn is_written(&mut self, place: u8, content: &str) -> bool {
            self.repeats.take_in(place, false, line(content), self.now).is_some()
        }

        fn after(&mut self, seconds: u64) -> Vec<String> {
            self.now += Duration::from_secs(seconds);
            self.repeats.due(self.now)
        }
    }

    #[test]
    fn a_repeated_line_is_one_line_at_once_and_one_with_the_count() {
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
    fn a_line_that_goes_on_is_told_ever_more_rarely_and_one_that_stops_is_forgotten() {
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
    fn what_was_asked_for_in_detail_is_summed_up_only_word_for_word() {
        let mut log = Log::new();
        for detail in 0..1000 {
            assert!(log.repeats.take_in(1, true, line(&detail.to_string()), log.now).is_some());
        }
        assert!(log.repeats.take_in(1, true, line("0"), log.now).is_none());
    }

    #[test]
    fn what_is_remembered_is_bounded_and_a_flood_of_places_is_written() {
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
    fn nothing_counted_is_forgotten_at_the_end() {
        let mut log = Log::new();
        log.is_written(1, "no room");
        assert_eq!(log.repeats.rest(log.now), [""; 0]);
        log.is_written(1, "no room");
        log.is_written(1, "no room");
        assert_eq!(log.repeats.rest(log.now), ["no room (repeated once in 1 s)\n"]);
    }
}
