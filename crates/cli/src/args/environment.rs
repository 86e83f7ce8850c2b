//! Rules for environment variables, the same for every argument: an empty or blank variable counts as not
//! set, white space around a value is no part of it, and a switch takes the usual words for true and false.
//! Files of variables often have spaces, or carriage returns, at the ends of lines.

use clap::builder::Resettable;
use clap::{Arg, ArgAction, Command};

/// Applies these rules to a command and all its subcommands.
pub(super) fn applied(command: Command) -> Command {
    command.mut_args(applied_to).mut_subcommands(applied)
}

fn applied_to(arg: Arg) -> Arg {
    let Some(variable) = arg.get_env().map(std::ffi::OsStr::to_owned) else { return arg };
    let arg = match arg.get_action() {
        ArgAction::SetTrue | ArgAction::SetFalse => arg.value_parser(switch),
        _ => arg,
    };
    let Ok(value) = std::env::var(variable) else { return arg };
    match value.trim() {
        // `-e JETON_ISSUER=` and a unit's `Environment=JETON_ISSUER=` mean no value.
        "" => arg.env(Resettable::Reset),
        trimmed if trimmed.len() < value.len() && arg.get_action().takes_values() => {
            arg.env(Resettable::Reset).default_value(trimmed.to_owned())
        }
        _ => arg,
    }
}

fn switch(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" | "t" | "y" => Ok(true),
        "0" | "false" | "no" | "off" | "f" | "n" => Ok(false),
        _ => Err("must be true or false (1 or 0, yes or no, on or off)".into()),
    }
}
