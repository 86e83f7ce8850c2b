//! The tables of members.

use super::*;
use std::collections::{BTreeMap, HashSet};

fn collect(message: &'static Message, all: &mut BTreeMap<&'static str, &'static Message>) {
    if let Some(known) = all.insert(message.name, message) {
        assert!(std::ptr::eq(known, message), "two messages are called {}", message.name);
        return;
    }
    for member in message.members {
        if let Kind::Message(inner) = member.kind {
            collect(inner, all);
        }
    }
}

#[test]
fn names_and_numbers_are_there_once_in_each_message() {
    let mut all = BTreeMap::new();
    ROUTES.iter().for_each(|route| collect(route.message, &mut all));
    for message in all.values() {
        let (mut names, mut numbers) = (HashSet::new(), HashSet::new());
        for member in message.members {
            for (number, name) in std::iter::once((member.number, member.name)).chain(member.alias) {
                assert!(names.insert(json_name(name)), "{}.{name}", message.name);
                assert!(numbers.insert(number), "{}.{name}: {number}", message.name);
                assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit()));
                // 19000 to 19999 are reserved by protobuf.
                assert!((1..19_000).contains(&number));
            }
            if let Kind::Enum(values) = member.kind {
                assert_eq!(values.values.first().map(|(_, number)| *number), Some(0), "{}", values.name);
            }
        }
        let choices = message.members.iter().filter(|member| member.is_choice).count();
        assert!(message.choice == Choice::Optional || choices > 0, "{}", message.name);
    }
}
