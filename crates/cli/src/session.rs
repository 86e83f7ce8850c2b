//! The surroundings of a command: arguments, transports, input and output.

use crate::CliError;
use crate::args::Global;
use crate::output::Output;
use crate::transport::Transport;
use jeton_api::Operation;
use jeton_api::page::{PAGE_LEN, Page};
use jeton_api::values::Seconds;
use jeton_domain::time::Lifetime;
use serde::Deserialize;
use serde_json::Value;
use std::io::Read;
use std::marker::PhantomData;
use std::time::Duration;

/// One run of a command.
pub(crate) struct Session<'a> {
    pub(crate) global: &'a Global,
    /// Performs most calls.
    pub(crate) transport: &'a mut dyn Transport,
    /// Performs calls that only a running server can answer.
    pub(crate) server: &'a mut dyn Transport,
    /// Standard input.
    pub(crate) input: &'a mut dyn Read,
    pub(crate) output: Output<'a>,
}

/// The reply to a call.
pub(crate) struct Answer<O> {
    /// The reply as the server sent it, with members that this version does not know.
    pub(crate) json: Value,
    operation: PhantomData<fn() -> O>,
}

impl<O: Operation> Answer<O> {
    const fn new(json: Value) -> Self {
        Self { json, operation: PhantomData }
    }

    /// The reply as this version knows it.
    pub(crate) fn read(&self) -> Result<O::Reply, CliError> {
        O::Reply::deserialize(&self.json)
            .map_err(|_| CliError::new("the server's reply has an unknown form; is it another version?"))
    }
}

/// Performs a call.
pub(crate) fn call<O: Operation>(
    transport: &mut dyn Transport,
    request: &O::Request,
) -> Result<Answer<O>, CliError> {
    transport.call(&O::path(), &json(request)?).map(Answer::new)
}

impl Session<'_> {
    /// True if the arguments name a remote server.
    pub(crate) const fn is_remote(&self) -> bool {
        self.global.server.is_some() || self.global.profile.is_some()
    }

    /// Creates a missing store on this machine, for commands that may set up an instance.
    pub(crate) fn create_missing_store(&mut self) -> Result<(), CliError> {
        if self.transport.create_missing_store()? {
            let data_dir = self.global.data_dir.display();
            self.output.remark(&format!("jeton: created a new store in {data_dir}"));
        }
        Ok(())
    }

    /// Performs a call.
    pub(crate) fn call<O: Operation>(&mut self, request: &O::Request) -> Result<Answer<O>, CliError> {
        call(self.transport, request)
    }

    /// Performs a call and prints its reply, as JSON with `--json`, else through `say`.
    pub(crate) fn perform<O: Operation>(
        &mut self,
        request: &O::Request,
        say: impl FnOnce(&mut Output<'_>, O::Reply) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let answer = self.call::<O>(request)?;
        self.show(&answer, say)
    }

    /// Like [`Self::perform`], for calls that only a running server can answer.
    pub(crate) fn perform_on_server<O: Operation>(
        &mut self,
        request: &O::Request,
        say: impl FnOnce(&mut Output<'_>, O::Reply) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let answer = call::<O>(self.server, request)?;
        self.show(&answer, say)
    }

    /// Performs a call and prints this text, or with `--json` the reply.
    pub(crate) fn perform_and_say<O: Operation>(
        &mut self,
        request: &O::Request,
        done: &str,
    ) -> Result<(), CliError> {
        let answer = self.call::<O>(request)?;
        if self.global.json { self.output.json(&answer.json) } else { self.output.line(done) }
    }

    /// Prints a reply, as JSON with `--json`, else through `say`.
    pub(crate) fn show<O: Operation>(
        &mut self,
        answer: &Answer<O>,
        say: impl FnOnce(&mut Output<'_>, O::Reply) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        if self.global.json {
            return self.output.json(&answer.json);
        }
        say(&mut self.output, answer.read()?)
    }

    /// Reads page after page; `see` returns the token of the next page to read.
    pub(crate) fn pages<O: Operation>(
        &mut self,
        request: &mut O::Request,
        page: fn(&mut O::Request) -> &mut Page,
        mut see: impl FnMut(&mut Output<'_>, O::Reply) -> Result<Option<String>, CliError>,
    ) -> Result<(), CliError> {
        loop {
            let reply = self.call::<O>(request)?.read()?;
            let next = see(&mut self.output, reply)?;
            if next.is_none() {
                return Ok(());
            }
            page(request).page_token = next;
        }
    }
}

/// A value of the API as JSON.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<Value, CliError> {
    serde_json::to_value(value).map_err(|error| CliError::new(format!("writing JSON: {error}")))
}

/// The first page of the greatest length, oldest first.
pub(crate) fn first_page() -> Page {
    Page { asc: true, ..newest() }
}

/// The first page of the greatest length, in the order of the call.
pub(crate) fn newest() -> Page {
    Page { limit: PAGE_LEN.1, ..Page::default() }
}

/// A length of time in whole seconds, as the API has them.
pub(crate) fn seconds(time: Duration) -> Seconds {
    Seconds(Lifetime(u32::try_from(time.as_secs()).unwrap_or(u32::MAX)))
}
