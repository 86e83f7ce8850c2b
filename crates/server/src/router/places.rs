//! The tables that routers are made of: each path with its methods.

use super::{AUTHORIZATION_SERVER, ConsoleEndpoint, Endpoint};
use crate::endpoint::ClientEndpoint;
use hyper::header::HeaderValue;
use jeton_management::ROUTES;
use jeton_management::{Protocol, Route};
use jeton_oauth::metadata::{
    AUTHORIZATION_PATH, CONSOLE_PATH, INTROSPECTION_PATH, JWKS_PATH, REVOCATION_PATH, TOKEN_PATH,
    USERINFO_PATH,
};

/// OpenID Connect Discovery 1.0 §4.
const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";

/// Path of the OpenAPI document below the issuer.
pub const OPENAPI_PATH: &str = "/v2/openapi.json";

/// Path at which a running server makes links that sign in to its console.
pub const SIGN_IN_LINK_PATH: &str = "/console/sign-in-link";

/// The endpoints of the protocol, the documents and the probes.
const PROTOCOL: &[(&str, &[&str], Endpoint)] = &[
    (AUTHORIZATION_PATH, &["GET", "POST"], Endpoint::Authorize),
    (TOKEN_PATH, &["POST"], Endpoint::Clients(ClientEndpoint::Token)),
    (INTROSPECTION_PATH, &["POST"], Endpoint::Clients(ClientEndpoint::Introspection)),
    (REVOCATION_PATH, &["POST"], Endpoint::Clients(ClientEndpoint::Revocation)),
    (USERINFO_PATH, &["GET", "POST"], Endpoint::Userinfo),
    (JWKS_PATH, &["GET"], Endpoint::Keys),
    (OPENID_CONFIGURATION, &["GET"], Endpoint::Metadata),
    (AUTHORIZATION_SERVER, &["GET"], Endpoint::Metadata),
    (OPENAPI_PATH, &["GET"], Endpoint::OpenApi),
    ("/debug/healthz", &["GET"], Endpoint::Alive),
    ("/debug/ready", &["GET"], Endpoint::Ready),
];

/// The endpoints of the operator's socket.
const OPERATOR: &[(&str, &[&str], Endpoint)] =
    &[("/debug/stats", &["GET"], Endpoint::Statistics), (SIGN_IN_LINK_PATH, &["POST"], Endpoint::SignInLink)];

/// Name of the part of a path that is a file of the console.
pub(super) const FILE: &str = "file";

/// The endpoints of the console, below its path.
const CONSOLE: &[(&str, &[(&str, ConsoleEndpoint)])] = &[
    ("", &[("GET", ConsoleEndpoint::Root)]),
    ("/", &[("GET", ConsoleEndpoint::File)]),
    ("/{*file}", &[("GET", ConsoleEndpoint::File)]),
    ("/api/session", &[("GET", ConsoleEndpoint::Session), ("POST", ConsoleEndpoint::SignIn)]),
    ("/api/session/end", &[("POST", ConsoleEndpoint::EndSession)]),
    ("/api/session/list", &[("POST", ConsoleEndpoint::Sessions)]),
];

/// The target of one method of a path.
#[derive(Debug, Clone, Copy)]
pub(super) enum Handler {
    Endpoint(Endpoint),
    Console(ConsoleEndpoint),
    Call(&'static Route),
}

/// The form of a path's refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    Console,
    Call(Protocol),
}

/// A path and its methods.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) kind: Kind,
    /// By method, in the order of `Allow`.
    pub(super) handlers: Vec<(&'static str, Handler)>,
    /// The supported methods (RFC 9110 §10.2.1).
    pub(super) allow: HeaderValue,
    /// Names of the segments in braces.
    pub(super) members: Vec<&'static str>,
}

impl Place {
    fn new(kind: Kind, handlers: Vec<(&'static str, Handler)>, members: Vec<&'static str>) -> Self {
        // HEAD works where GET does.
        let verbs = handlers.iter().map(|(verb, _)| if *verb == "GET" { "GET, HEAD" } else { *verb });
        let allow = verbs.chain(["OPTIONS"]).collect::<Vec<_>>().join(", ");
        let allow = HeaderValue::from_str(&allow).expect("methods are visible ASCII");
        Self { kind, handlers, allow, members }
    }
}

/// A router while it is made.
#[derive(Default)]
pub(super) struct Table(matchit::Router<Option<Place>>);

impl Table {
    /// Adds the endpoints of the protocol, the documents and the probes.
    pub(super) fn protocol(&mut self) {
        self.endpoints(PROTOCOL);
    }

    /// Adds the operator's own endpoints.
    pub(super) fn operator(&mut self) {
        self.endpoints(OPERATOR);
    }

    /// Adds the console, with the calls that its page makes. The cookie is not accepted on REST paths, whose
    /// verbs include some that browsers send unasked.
    pub(super) fn console(&mut self) {
        for (path, methods) in CONSOLE {
            let handlers = methods.iter().map(|(verb, endpoint)| (*verb, Handler::Console(*endpoint)));
            let place = Place::new(Kind::Console, handlers.collect(), Vec::new());
            self.add(format!("{CONSOLE_PATH}{path}"), Some(place));
        }
        let api = format!("{CONSOLE_PATH}/api");
        // What is below the calls and none of them is not a file of the page either.
        for path in ["/", "/{*call}"] {
            self.add(format!("{api}{path}"), None);
        }
        for route in ROUTES {
            self.add(format!("{api}{}", route.path()), Some(connect(Kind::Console, route)));
        }
    }

    /// Adds all calls of the management API, over Connect and REST.
    pub(super) fn calls(&mut self) {
        for route in ROUTES {
            self.add(route.path(), Some(connect(Kind::Call(Protocol::Connect), route)));
        }
        let paths = ROUTES.iter().filter_map(|route| Some(route.rest?.1));
        let mut paths: Vec<_> = paths.collect();
        paths.sort_unstable();
        paths.dedup();
        for path in paths {
            let handlers = ROUTES.iter().filter_map(|route| {
                let (verb, own) = route.rest?;
                (own == path).then_some((verb.as_str(), Handler::Call(route)))
            });
            let members = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
            let place = Place::new(Kind::Call(Protocol::Rest), handlers.collect(), members.collect());
            self.add(path.to_owned(), Some(place));
        }
    }

    /// The router.
    pub(super) fn finish(self) -> matchit::Router<Option<Place>> {
        self.0
    }

    fn endpoints(&mut self, rows: &[(&str, &[&'static str], Endpoint)]) {
        for (path, verbs, endpoint) in rows {
            let handlers = verbs.iter().map(|verb| (*verb, Handler::Endpoint(*endpoint)));
            self.add((*path).to_owned(), Some(Place::new(Kind::Plain, handlers.collect(), Vec::new())));
        }
    }

    fn add(&mut self, path: String, place: Option<Place>) {
        self.0.insert(path, place).expect("every path of the tables is there once");
    }
}

fn connect(kind: Kind, route: &'static Route) -> Place {
    Place::new(kind, vec![("POST", Handler::Call(route))], Vec::new())
}
