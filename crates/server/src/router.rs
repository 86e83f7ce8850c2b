//! The router: the paths of a listener and their methods, one table, made once per process.
//!
//! Paths are matched as they came, byte for byte: nothing is decoded or normalised before, so `//token`,
//! `/token/`, `/%74oken` and `/./token` are 404 and every endpoint has exactly one path. Fixed paths are
//! found without allocation.

mod places;

use crate::endpoint::ClientEndpoint;
use hyper::Method;
use hyper::header::HeaderValue;
use jeton_management::{Protocol, Route, unsupported};
use jeton_oauth::metadata::{CONSOLE_PATH, Issuer};
use percent_encoding::percent_decode_str;
use places::{FILE, Handler, Kind, Place, Table};
pub use places::{OPENAPI_PATH, SIGN_IN_LINK_PATH};

/// RFC 8414 §3.
pub(crate) const AUTHORIZATION_SERVER: &str = "/.well-known/oauth-authorization-server";

/// An endpoint that is neither the console's nor a call of the management API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// The authorization endpoint, which every request is refused at.
    Authorize,
    /// An endpoint for clients.
    Clients(ClientEndpoint),
    /// `OpenID` Connect Core 1.0 §5.3.
    Userinfo,
    /// The public keys.
    Keys,
    /// The discovery document.
    Metadata,
    /// The `OpenAPI` document.
    OpenApi,
    /// The health of the process.
    Alive,
    /// The health of everything.
    Ready,
    /// Counters, on the operator's socket.
    Statistics,
    /// A link that signs in to the console, on the operator's socket.
    SignInLink,
}

/// An endpoint of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsoleEndpoint {
    /// The console's path without its final slash.
    Root,
    /// A file of the page.
    File,
    /// The signed-in user.
    Session,
    /// The begin of a session.
    SignIn,
    /// The end of a session.
    EndSession,
    /// The list of open sessions.
    Sessions,
}

/// A request for the console.
#[derive(Debug)]
pub enum ForConsole {
    /// An endpoint of the console's own, and the name of the file.
    Endpoint(ConsoleEndpoint, String),
    /// A call of the management API.
    Call(Called),
    /// A method that the path does not have.
    WrongMethod(HeaderValue),
}

/// A call of the management API, as path and method name it.
#[derive(Debug)]
pub struct Called {
    /// The protocol of the path, and so of the answer.
    pub protocol: Protocol,
    /// The row of the table, or the reason why there is none.
    pub target: Target,
    /// Members in the path.
    pub parameters: Vec<(&'static str, String)>,
}

/// The row that a call names.
#[derive(Debug)]
pub enum Target {
    /// The row.
    Route(&'static Route),
    /// None, because the path has other methods.
    WrongMethod(HeaderValue),
    /// None, because Jeton does not support this call of ZITADEL's.
    Unsupported(&'static str),
}

/// The result of routing.
#[derive(Debug)]
pub enum Routed {
    /// An endpoint.
    Endpoint(Endpoint),
    /// A request for the console.
    Console(ForConsole),
    /// A call of the management API. Its caller is authenticated before anything is revealed of it.
    Call(Called),
    /// OPTIONS at a path with these methods.
    Options(HeaderValue),
    /// A method that the path does not have.
    WrongMethod(HeaderValue),
    /// A method that no path has.
    UnknownMethod,
    /// A path without an endpoint.
    Nothing,
}

/// The paths of one listener.
#[derive(Debug)]
pub struct Router {
    /// Paths that lead nowhere, although longer ones do not, have no place.
    places: matchit::Router<Option<Place>>,
    /// The issuer's path, empty if it has none.
    issuer_path: String,
}

impl Router {
    /// The router of the public listener: the protocol, documents, probes, the console and all calls.
    pub fn public(issuer: &Issuer) -> Self {
        let mut table = Table::default();
        table.protocol();
        table.console();
        table.calls();
        Self { places: table.finish(), issuer_path: issuer.path().to_owned() }
    }

    /// The router of the operator's socket: all calls, and what only the operator may ask for.
    pub fn operator() -> Self {
        let mut table = Table::default();
        table.operator();
        table.calls();
        Self { places: table.finish(), issuer_path: String::new() }
    }

    /// The endpoint for a method and a path.
    ///
    /// Everything is below the issuer's path. A proxy may have removed that path, so a path without an
    /// endpoint below it is looked up as it came: the issuer's path may itself begin like an endpoint. RFC
    /// 8414 §3.1 puts the issuer's path behind the well-known name.
    pub fn route(&self, method: &Method, path: &str) -> Routed {
        if self.issuer_path.is_empty() {
            return self.find(method, path).unwrap_or_else(|| nowhere(method, path));
        }
        if path.strip_prefix(AUTHORIZATION_SERVER).is_some_and(|rest| rest == self.issuer_path) {
            return self.find(method, AUTHORIZATION_SERVER).unwrap_or(Routed::Nothing);
        }
        let below = path.strip_prefix(&self.issuer_path).and_then(|below| self.find(method, below));
        below.or_else(|| self.find(method, path)).unwrap_or_else(|| nowhere(method, path))
    }

    fn find(&self, method: &Method, path: &str) -> Option<Routed> {
        let Ok(matchit::Match { value: Some(place), params }) = self.places.at(path) else {
            return unsupported_call(method, path);
        };
        // Decoded after the match, because names may have characters that a path can't.
        let parameters = place.members.iter().copied().zip(params.iter()).map(|(member, (_, value))| {
            Some((member, percent_decode_str(value).decode_utf8().ok()?.into_owned()))
        });
        let parameters = parameters.collect::<Option<_>>()?;
        let file = params.get(FILE).unwrap_or_default();
        Some(place.routed(method, parameters, file))
    }
}

impl Place {
    fn routed(&self, method: &Method, parameters: Vec<(&'static str, String)>, file: &str) -> Routed {
        match self.handlers.iter().find(|(verb, _)| *verb == method.as_str()).map(|(_, handler)| *handler) {
            Some(Handler::Endpoint(endpoint)) => Routed::Endpoint(endpoint),
            Some(Handler::Console(endpoint)) => {
                Routed::Console(ForConsole::Endpoint(endpoint, file.to_owned()))
            }
            Some(Handler::Call(route)) => self.call(Target::Route(route), parameters),
            None if method == Method::OPTIONS => Routed::Options(self.allow.clone()),
            None => match self.kind {
                Kind::Call(_) => self.call(Target::WrongMethod(self.allow.clone()), parameters),
                Kind::Plain | Kind::Console if !is_known(method) => Routed::UnknownMethod,
                Kind::Console => Routed::Console(ForConsole::WrongMethod(self.allow.clone())),
                Kind::Plain => Routed::WrongMethod(self.allow.clone()),
            },
        }
    }

    fn call(&self, target: Target, parameters: Vec<(&'static str, String)>) -> Routed {
        match self.kind {
            Kind::Call(protocol) => Routed::Call(Called { protocol, target, parameters }),
            Kind::Plain | Kind::Console => {
                Routed::Console(ForConsole::Call(Called { protocol: Protocol::Connect, target, parameters }))
            }
        }
    }
}

/// A call of ZITADEL's that is in no table: on the console's paths, too.
fn unsupported_call(method: &Method, path: &str) -> Option<Routed> {
    let console = path.strip_prefix(CONSOLE_PATH).and_then(|rest| rest.strip_prefix("/api"));
    let (service, name) = console.unwrap_or(path).strip_prefix('/')?.split_once('/')?;
    let sentence = unsupported(service, name)?;
    if method == Method::OPTIONS {
        return None;
    }
    let target = Target::Unsupported(sentence);
    let called = Called { protocol: Protocol::Connect, target, parameters: Vec::new() };
    Some(if console.is_some() { Routed::Console(ForConsole::Call(called)) } else { Routed::Call(called) })
}

/// `OPTIONS *` is about the server as a whole (RFC 9110 §9.3.7).
fn nowhere(method: &Method, path: &str) -> Routed {
    if path == "*" && method == Method::OPTIONS {
        return Routed::Options(HeaderValue::from_static("GET, HEAD, POST, OPTIONS"));
    }
    Routed::Nothing
}

/// True for the methods of RFC 9110 §9 and PATCH: one that does not exist is 501 instead of 405 (RFC 9110
/// §15.6.2).
fn is_known(method: &Method) -> bool {
    let methods = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::TRACE,
        Method::CONNECT,
    ];
    methods.contains(method)
}

#[cfg(test)]
mod tests;
