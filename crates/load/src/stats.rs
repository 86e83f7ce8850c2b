//! Statistics: latencies in buckets, medians, spreads.

use std::time::Duration;

/// Latencies, to 1/32 of their size: 32 buckets for each power of two of nanoseconds.
#[derive(Debug, Clone)]
pub struct Latencies {
    buckets: Vec<u64>,
    count: u64,
}

const STEPS: u64 = 32;

impl Default for Latencies {
    fn default() -> Self {
        Self { buckets: vec![0; 64 * 32], count: 0 }
    }
}

impl Latencies {
    /// Adds one latency.
    pub fn add(&mut self, latency: Duration) {
        let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX).max(STEPS);
        let power = u64::from(nanoseconds.ilog2());
        let step = (nanoseconds >> (power - 5)) - STEPS;
        let index = usize::try_from(power * STEPS + step).unwrap_or(usize::MAX);
        if let Some(bucket) = self.buckets.get_mut(index) {
            *bucket += 1;
            self.count += 1;
        }
    }

    /// Adds those of another thread.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, more) in self.buckets.iter_mut().zip(&other.buckets) {
            *bucket += more;
        }
        self.count += other.count;
    }

    /// The latency in milliseconds that this share of requests did not exceed.
    pub fn percentile_ms(&self, share: f64) -> f64 {
        let mut left = (self.count as f64 * share).ceil();
        for (index, bucket) in self.buckets.iter().enumerate() {
            left -= *bucket as f64;
            if left <= 0.0 {
                let (power, step) = (index as u64 / STEPS, index as u64 % STEPS);
                return ((STEPS + step + 1) << power.saturating_sub(5)) as f64 / 1e6;
            }
        }
        0.0
    }
}

/// The middle value, or the mean of the two in the middle.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.get(middle.wrapping_sub(1)), sorted.get(middle)) {
        (Some(low), Some(high)) if sorted.len().is_multiple_of(2) => f64::midpoint(*low, *high),
        (_, Some(middle)) => *middle,
        (_, None) => f64::NAN,
    }
}

/// The value that this percentage of all does not exceed.
pub fn percentile(values: &[f64], percentage: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() * percentage / 100).or(sorted.last()).copied().unwrap_or(f64::NAN)
}

/// The smallest and the largest value.
pub fn spread(values: &[f64]) -> (f64, f64) {
    let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (smallest, largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_exact_to_one_part_in_thirty_two() {
        let mut latencies = Latencies::default();
        for microseconds in 1..=1000 {
            latencies.add(Duration::from_micros(microseconds));
        }
        for (share, expected) in [(0.5, 0.5), (0.99, 0.99), (1.0, 1.0)] {
            let measured = latencies.percentile_ms(share);
            assert!((measured - expected).abs() / expected < 0.04, "{share}: {measured}");
        }
    }

    #[test]
    fn merged_latencies_count_like_those_of_one_thread() {
        let (mut low, mut high) = (Latencies::default(), Latencies::default());
        low.add(Duration::from_micros(10));
        high.add(Duration::from_micros(1000));
        low.merge(&high);
        assert!(low.percentile_ms(0.5) < 0.011 && low.percentile_ms(1.0) > 0.99);
    }

    #[test]
    fn a_percentile_of_few_values_is_one_of_them() {
        assert_eq!(percentile(&[3.0, 1.0, 2.0], 99), 3.0);
        assert_eq!(percentile(&[1.0], 100), 1.0);
        assert!(percentile(&[], 50).is_nan());
    }

    #[test]
    fn the_median_of_an_even_number_is_the_mean_of_the_middle() {
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
    }
}
