//! Arrows between the files of a crate, read from their paths, and the circles that they make.
//!
//! An arrow goes from a file to the file that declares the thing it names: `crate::`, `super::`, `self::` and
//! the names of its own submodules are resolved, through re-exports. A re-export alone is no arrow, nor is
//! what only tests name.

use super::{read, root, sources};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A module, as its path below the crate's root.
type Module = Vec<String>;

/// The source of a module, without comments, tests and re-exports.
#[derive(Default)]
struct Source {
    code: String,
    children: BTreeSet<String>,
    /// The names that it imports, with the path of each: its submodules and, re-exported, others see them.
    imports: BTreeMap<String, Vec<String>>,
    /// The modules of which it re-exports everything.
    globs: Vec<Vec<String>>,
}

/// All modules of a crate that are files.
struct Crate(BTreeMap<Module, Source>);

impl Crate {
    fn read(directory: &str) -> Self {
        let files = sources(&[directory]);
        let module = |path: &Path| {
            let below = path.strip_prefix(root().join(directory)).unwrap().with_extension("");
            let names = below.iter().map(|name| name.to_str().unwrap().to_owned());
            names.filter(|name| name != "lib" && name != "main").collect::<Module>()
        };
        let is_test = |module: &Module| module.iter().any(|name| name == "tests" || name == "fuzzing");
        let modules = files.iter().map(|path| (module(path), Source::parse(&read(path))));
        Self(modules.filter(|(module, _)| !is_test(module)).collect())
    }

    /// The file of the thing at this path below the root.
    fn file_of(&self, path: &[String], depth: usize) -> Module {
        let mut module = Module::new();
        for (place, name) in path.iter().enumerate() {
            let source = &self.0[&module];
            let child = [&module[..], std::slice::from_ref(name)].concat();
            if self.0.contains_key(&child) {
                module = child;
                continue;
            }
            let glob = || source.globs.iter().find(|_| !source.declares(name));
            let target = source.imports.get(name).or_else(glob).filter(|_| depth < 8);
            if let Some(target) = target.and_then(|target| absolute(&module, target, &source.children)) {
                let is_glob = !source.imports.contains_key(name);
                let place = if is_glob { place } else { place + 1 };
                let target: Vec<_> = target.into_iter().chain(path[place..].iter().cloned()).collect();
                return self.file_of(&target, depth + 1);
            }
            break;
        }
        module
    }

    /// The files that each file names.
    fn arrows(&self) -> BTreeMap<&Module, BTreeSet<&Module>> {
        let arrows_of = |(module, source): (&Module, &Source)| {
            // A re-exported name is an arrow if the file uses it itself.
            let used = source.words().filter_map(|word| source.imports.get(word).cloned());
            let paths: Vec<_> = paths(&source.code).into_iter().chain(used).collect();
            let paths = paths.iter().filter_map(|path| absolute(module, path, &source.children));
            let named = paths.map(|path| self.file_of(&path, 0)).filter(|named| named != module);
            named.collect::<BTreeSet<_>>()
        };
        let key = |module: &Module| self.0.get_key_value(module).unwrap().0;
        let arrows = self.0.iter().map(|entry| (entry.0, arrows_of(entry)));
        arrows.map(|(from, to)| (from, to.iter().map(key).collect())).collect()
    }
}

impl Source {
    fn words(&self) -> impl Iterator<Item = &str> {
        let words = self.code.split(|c: char| !c.is_ascii() || !is_of_name(c as u8));
        words.filter(|word| !word.is_empty())
    }

    /// True if a thing of this name is declared here.
    fn declares(&self, name: &str) -> bool {
        let kinds = ["struct", "enum", "trait", "fn", "type", "const", "static", "union"];
        let mut before = "";
        self.words().any(|word| {
            let is_declared = word == name && kinds.contains(&before);
            before = word;
            is_declared
        })
    }

    fn parse(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let mut code: String = lines.flat_map(|line| [line, "\n"]).collect();
        // Inline tests are the last thing in a file.
        code.truncate(code.find("#[cfg(test)]\nmod tests {").unwrap_or(code.len()));
        let mut source = Self::default();
        for statement in code.split_inclusive(';') {
            let start = statement.rfind("\nmod ").or_else(|| statement.rfind("mod "));
            let child =
                start.and_then(|start| statement[start..].trim().strip_prefix("mod ")?.strip_suffix(';'));
            if let Some(child) = child.filter(|child| child.bytes().all(is_of_name)) {
                source.children.insert(child.to_owned());
            }
            let import = statement
                .find("use ")
                .filter(|at| statement[..*at].trim_end_matches(is_visible).ends_with('\n'));
            let Some(at) = import else {
                source.code.push_str(statement);
                continue;
            };
            let is_public = statement[..at].trim_end().ends_with(['b', ')']);
            source.code.push_str(if is_public { &statement[..at] } else { statement });
            for mut path in expand(statement[at + 4..].trim_end_matches(';')) {
                match path.pop() {
                    Some(name) if name == "*" => source.globs.push(path),
                    Some(name) if name == "self" => {}
                    Some(name) => {
                        path.push(name.clone());
                        source.imports.insert(name, path);
                    }
                    None => {}
                }
            }
        }
        source
    }
}

/// True for the characters of `pub` and `pub(crate)`.
fn is_visible(c: char) -> bool {
    c.is_ascii_lowercase() || "() ".contains(c)
}

const fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The paths in a source, as they are written.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find("::") {
        let start = rest[..at].rfind(|c: char| !c.is_ascii() || !is_of_name(c as u8)).map_or(0, |at| at + 1);
        let tree = &rest[start..];
        let len = tree_len(tree);
        all.extend(expand(&tree[..len]));
        rest = &tree[len.max(at - start + 2)..];
    }
    all
}

/// The length of the path or tree of paths at the beginning of a text.
fn tree_len(text: &str) -> usize {
    let mut open = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' if open > 0 || text[..at].ends_with("::") => open += 1,
            '}' if open > 0 => open -= 1,
            ':' => {}
            _ if open > 0 => {}
            c if c.is_ascii() && is_of_name(c as u8) => {}
            _ => return at,
        }
    }
    text.len()
}

/// The paths of a tree `a::{b, c::{d, e as f}}`; a name that is bound by `as` is the last of its path.
fn expand(tree: &str) -> Vec<Vec<String>> {
    let names = |path: &str| -> Vec<String> {
        let path = path.split_once(" as ").map_or(path, |(path, _)| path);
        path.split("::").map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    };
    let Some((start, inner)) = tree.split_once('{') else { return vec![names(tree)] };
    let inner = inner.trim_end().trim_end_matches(';').strip_suffix('}').unwrap_or(inner);
    let (mut open, mut begin, mut parts) = (0_usize, 0, Vec::new());
    for (at, c) in inner.char_indices() {
        match c {
            '{' => open += 1,
            '}' => open = open.saturating_sub(1),
            ',' if open == 0 => {
                parts.push(&inner[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[begin..]);
    let parts = parts.into_iter().map(str::trim).filter(|part| !part.is_empty());
    let before = names(start);
    parts.flat_map(expand).map(|path| [before.clone(), path].concat()).collect()
}

/// A path of this module's as one below the crate's root; none if it leads out of the crate.
fn absolute(module: &Module, path: &[String], children: &BTreeSet<String>) -> Option<Vec<String>> {
    let mut base = module.clone();
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" => base.clear(),
        "self" => {}
        "super" => {
            while let Some(("super", after)) = rest.split_first().map(|(name, after)| (name.as_str(), after))
            {
                base.pop();
                rest = after;
            }
            return Some([base, rest.to_vec()].concat());
        }
        child if children.contains(child) => return Some([base, path.to_vec()].concat()),
        _ => return None,
    }
    rest = &rest[1..];
    Some([base, rest.to_vec()].concat())
}

/// The circles of a graph: sets of nodes that reach each other (Tarjan).
struct Search<'g> {
    arrows: &'g BTreeMap<&'g Module, BTreeSet<&'g Module>>,
    /// Number in order of discovery, and the lowest number that is reachable.
    numbers: BTreeMap<&'g Module, (usize, usize)>,
    stack: Vec<&'g Module>,
    circles: Vec<Vec<&'g Module>>,
}

impl<'g> Search<'g> {
    fn circles(arrows: &'g BTreeMap<&'g Module, BTreeSet<&'g Module>>) -> Vec<Vec<&'g Module>> {
        let mut search = Self { arrows, numbers: BTreeMap::new(), stack: Vec::new(), circles: Vec::new() };
        for &node in arrows.keys() {
            if !search.numbers.contains_key(node) {
                search.visit(node);
            }
        }
        search.circles
    }

    fn visit(&mut self, node: &'g Module) -> usize {
        let number = self.numbers.len();
        self.numbers.insert(node, (number, number));
        self.stack.push(node);
        let mut lowest = number;
        for &next in &self.arrows[node] {
            let reached = match self.numbers.get(next) {
                None => self.visit(next),
                Some((number, _)) if self.stack.contains(&next) => *number,
                Some(_) => continue,
            };
            lowest = lowest.min(reached);
        }
        self.numbers.insert(node, (number, lowest));
        if lowest == number {
            let start = self.stack.iter().position(|one| *one == node).unwrap();
            self.circles.push(self.stack.split_off(start));
        }
        lowest
    }
}

/// The files of a circle, with their arrows inside it.
fn describe(circle: &[&Module], arrows: &BTreeMap<&Module, BTreeSet<&Module>>) -> String {
    let name = |module: &Module| if module.is_empty() { "lib".to_owned() } else { module.join("::") };
    let line = |from: &&Module| {
        let to: Vec<_> = arrows[from].iter().filter(|to| circle.contains(to)).map(|to| name(to)).collect();
        format!("  {} -> {}", name(from), to.join(", "))
    };
    circle.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn no_circle_of_modules_is_longer_than_two_files() {
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let package = Crate::read(&format!("crates/{name}/src"));
        let arrows = package.arrows();
        let longest = Search::circles(&arrows).into_iter().max_by_key(Vec::len).unwrap();
        assert!(longest.len() <= 2, "{name}:\n{}", describe(&longest, &arrows));
    }
}

#[test]
fn arrows_are_read_from_paths_and_a_circle_is_found() {
    let sources = [
        ("", "mod a;\nmod b;\nmod c;\npub use a::Thing;\n"),
        ("a", "use crate::{b::{self, One}, c};\npub struct Thing;\n"),
        ("b", "// use crate::a;\nfn f() { super::c::g(); }\n"),
        ("d", "mod e;\npub use e::Used;\npub use e::Unused;\nfn h(_: Used) {}\n"),
        ("d::e", "pub struct Used;\npub struct Unused;\n"),
        ("c", "pub fn g() -> crate::Thing {}\n#[cfg(test)]\nmod tests {\n    use crate::b;\n}\n"),
    ];
    let module = |name: &str| name.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let modules = sources.map(|(name, text)| (module(name), Source::parse(text)));
    let package = Crate(BTreeMap::from(modules));
    let arrows = package.arrows();
    let named = |name: &str| {
        let module: Module = module(name);
        arrows[&module].iter().map(|to| to.join("::")).collect::<Vec<_>>()
    };
    assert_eq!(named(""), [""; 0], "a re-export is no arrow");
    assert_eq!(named("a"), ["b", "c"]);
    assert_eq!(named("b"), ["c"]);
    assert_eq!(named("c"), ["a"], "through the re-export");
    assert_eq!(named("d"), ["d::e"], "it uses what it re-exports");
    let longest = Search::circles(&arrows).into_iter().max_by_key(Vec::len).unwrap();
    assert_eq!(longest.len(), 3);
}
