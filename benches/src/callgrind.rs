//! A reader of callgrind's output: instructions by their source file, also for inlined code.
//!
//! The format is described in Valgrind's manual, "Callgrind Format Specification". The relevant parts:
//! `fl=` begins a function's file, `fn=` the function, `fi=` and `fe=` switch to the file of inlined code
//! and back, a line with numbers is a position and its own cost, and the line after `calls=` is the cost of
//! a call, which is counted in the callee already. Names are given once as `(id) name` and then as `(id)`.

use std::collections::HashMap;

/// A place in the sources and the instructions executed there.
#[derive(Debug)]
pub struct Place<'a> {
    /// The function, with code inlined into it.
    pub function: &'a str,
    /// The file that the function is in.
    pub own_file: &'a str,
    /// The file that the instructions are from.
    pub file: &'a str,
    /// Number of executed instructions.
    pub instructions: u64,
}

/// Calls of one function from one place.
#[derive(Debug)]
pub struct Calls<'a> {
    /// The file that the caller is in.
    pub from_file: &'a str,
    /// The function that was called.
    pub function: &'a str,
    /// Number of calls.
    pub count: u64,
}

/// Passes every line with its own cost to `see`, and all calls to `see_calls`.
pub fn each<'a>(text: &'a str, mut see: impl FnMut(&Place<'a>), mut see_calls: impl FnMut(&Calls<'a>)) {
    let (mut files, mut functions) = (HashMap::new(), HashMap::new());
    let mut place = Place { function: "", own_file: "", file: "", instructions: 0 };
    let (mut of_call, mut callee) = (false, "");
    for line in text.lines() {
        match line.split_once('=') {
            Some(("fl", name)) => {
                place.own_file = named(&mut files, name);
                place.file = place.own_file;
            }
            Some(("fi" | "fe", name)) => place.file = named(&mut files, name),
            // These share the numbers of files and functions.
            Some(("cfi" | "cfl", name)) => {
                named(&mut files, name);
            }
            Some(("cfn", name)) => callee = named(&mut functions, name),
            Some(("fn", name)) => {
                place.function = named(&mut functions, name);
                place.file = place.own_file;
            }
            Some(("calls", count)) => {
                of_call = true;
                let count = count.split(' ').next().and_then(|count| count.parse().ok()).unwrap_or(0);
                see_calls(&Calls { from_file: place.own_file, function: callee, count });
            }
            Some(_) => {}
            None if of_call => of_call = false,
            None => {
                if let Some(instructions) = own_cost(line) {
                    place.instructions = instructions;
                    see(&place);
                }
            }
        }
    }
}

fn named<'a>(names: &mut HashMap<&'a str, &'a str>, text: &'a str) -> &'a str {
    match text.split_once(") ") {
        Some((id, name)) => {
            names.insert(id, name);
            name
        }
        None => names.get(text.trim_end_matches(')')).copied().unwrap_or_default(),
    }
}

/// The cost of a line such as `+3 17`.
fn own_cost(line: &str) -> Option<u64> {
    let (position, cost) = line.split_once(' ')?;
    position.starts_with(|c: char| c.is_ascii_digit() || "+-*".contains(c)).then_some(())?;
    cost.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_costs_are_read_and_calls_are_counted_without_theirs() {
        let text = "events: Ir\nfl=(1) a.rs\nfn=(1) f\n12 5\nfi=(2) lib.rs\n+1 7\nfe=(1)\ncfi=(3) b.rs\ncfn=(2) g\n\
                    calls=4 3\n14 100\n* 2\n\nfl=(3)\nfn=(2)\n3 100\n";
        let mut seen = Vec::new();
        let mut calls = Vec::new();
        each(
            text,
            |place| seen.push((place.function, place.own_file, place.file, place.instructions)),
            |call| calls.push((call.from_file, call.function, call.count)),
        );
        assert_eq!(calls, [("a.rs", "g", 4)]);
        let expected = [
            ("f", "a.rs", "a.rs", 5),
            ("f", "a.rs", "lib.rs", 7),
            ("f", "a.rs", "a.rs", 2),
            ("g", "b.rs", "b.rs", 100),
        ];
        assert_eq!(seen, expected);
    }
}
