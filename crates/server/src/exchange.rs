//! One request and its answer: HTTP's requirements for every request, and the accounting until the answer has
//! left.
//!
//! Handlers see GET where the peer sent HEAD, so HEAD works where GET does.

mod leftover;

use crate::body::Incoming;
use crate::connections::{Connection, Held, NoRoom, Order};
use crate::host;
use crate::limits::{ANSWER_FREE_BYTES, FIELD_BYTES, FIELDS_FREE, HEADER_FIELDS_MAX, STREAM_BYTES};
use crate::response::{self, Response};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Body;
use hyper::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HeaderValue};
use hyper::{Method, Request, StatusCode};
use leftover::Leftover;
use pin_project_lite::pin_project;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// The function that answers requests.
pub trait Handler {
    /// The future answer.
    type Answering: Future<Output = Response> + Send;

    /// Begins to answer.
    fn handle(&self, request: Request<Incoming>) -> Self::Answering;
}

impl<H, F> Handler for H
where
    H: Fn(Request<Incoming>) -> F,
    F: Future<Output = Response> + Send,
{
    type Answering = F;

    fn handle(&self, request: Request<Incoming>) -> F {
        self(request)
    }
}

/// The requests of one connection.
#[derive(Debug)]
pub(crate) struct Exchanges<H> {
    pub(crate) handler: H,
    pub(crate) connection: Arc<Connection>,
}

impl<H: Handler> hyper::service::Service<Request<hyper::body::Incoming>> for Exchanges<H> {
    type Response = Response;
    type Error = Infallible;
    type Future = Exchange<H::Answering>;

    fn call(&self, request: Request<hyper::body::Incoming>) -> Self::Future {
        let connection = Arc::clone(&self.connection);
        let mut request = request.map(|body| Incoming::new(body, connection));
        let mut exchange = Begun::new(&self.connection, &request);
        if let Err(refusal) = exchange.check(&request) {
            return Exchange { answering: Answering::Refused { refusal: Some(refusal) }, exchange };
        }
        if exchange.is_head {
            *request.method_mut() = Method::GET;
        }
        Exchange { answering: Answering::Handled { future: self.handler.handle(request) }, exchange }
    }
}

pin_project! {
    /// An answer in progress.
    pub(crate) struct Exchange<F> {
        #[pin]
        answering: Answering<F>,
        exchange: Begun,
    }
}

pin_project! {
    #[project = Projected]
    enum Answering<F> {
        Refused { refusal: Option<RequestError> },
        Handled { #[pin] future: F },
        Answered { answer: Option<Response>, leftover: Leftover },
    }
}

/// A fault of a request, at any endpoint.
#[derive(Debug, Clone, Copy)]
enum RequestError {
    TooManyFields,
    Host,
    NoRoom,
}

impl<F: Future<Output = Response>> Future for Exchange<F> {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let answer = match this.answering.as_mut().project() {
                Projected::Handled { future } => ready!(future.poll(context)),
                Projected::Refused { refusal } => {
                    let is_http2 = this.exchange.connection().is_http2();
                    refusal.take().map_or_else(response::not_found, |refusal| refusal.answer(is_http2))
                }
                Projected::Answered { answer, leftover } => {
                    let is_read = ready!(leftover.poll(context));
                    let answer = answer.take().unwrap_or_else(response::not_found);
                    return Poll::Ready(Ok(this.exchange.finish(answer, is_read)));
                }
            };
            match this.exchange.connection().take_leftover() {
                None => return Poll::Ready(Ok(this.exchange.finish(answer, true))),
                Some(body) if !this.exchange.may_read_on() => {
                    this.exchange.read_beside(body);
                    return Poll::Ready(Ok(this.exchange.finish(answer, false)));
                }
                Some(body) => {
                    let leftover = Leftover::of(body);
                    this.answering.set(Answering::Answered { answer: Some(answer), leftover });
                }
            }
        }
    }
}

impl RequestError {
    fn answer(self, is_http2: bool) -> Response {
        match self {
            Self::TooManyFields => response::too_many_fields(),
            Self::Host => response::bad_host(),
            Self::NoRoom => response::no_room(is_http2),
        }
    }
}

/// A request that the server works on.
struct Begun {
    held: Held,
    is_head: bool,
    /// True if the peer waits for a `100 Continue` before it sends the body (RFC 9110 §10.1.1); reading the
    /// body would send it.
    is_expecting: bool,
    is_done: bool,
}

impl Begun {
    fn new<B>(connection: &Arc<Connection>, request: &Request<B>) -> Self {
        connection.begin_request();
        Self {
            held: Held::nothing(Arc::clone(connection)),
            is_head: *request.method() == Method::HEAD,
            is_expecting: request.headers().contains_key(EXPECT),
            is_done: false,
        }
    }

    fn connection(&self) -> &Arc<Connection> {
        self.held.connection()
    }

    /// True if the rest of the body may be read.
    fn may_read_on(&self) -> bool {
        // HTTP/2 identifies the stream of all bytes by itself.
        !self.is_expecting && !self.connection().is_http2()
    }

    /// Reads a body over HTTP/2 beside its answer. Otherwise the stream would be reset while the peer writes,
    /// and some clients then throw the answer away.
    fn read_beside(&self, body: Box<hyper::body::Incoming>) {
        let mut held = Held::nothing(Arc::clone(self.connection()));
        let may = self.connection().is_http2() && !self.is_expecting;
        if may && held.grow(STREAM_BYTES).is_ok() {
            tokio::spawn(leftover::read_on(body, held));
        }
    }

    /// Checks the head before anything of the request is awaited.
    fn check<B>(&mut self, request: &Request<B>) -> Result<(), RequestError> {
        let fields = request.headers().len();
        let head = fields.min(HEADER_FIELDS_MAX).saturating_sub(FIELDS_FREE).saturating_mul(FIELD_BYTES);
        let stream = if self.connection().is_http2() { STREAM_BYTES } else { 0 };
        self.held.grow(head.saturating_add(stream)).map_err(|NoRoom| RequestError::NoRoom)?;
        if fields > HEADER_FIELDS_MAX {
            // An HTTP/1.1 connection ends with such a request, too.
            self.connection().tell(Order::Finish);
            return Err(RequestError::TooManyFields);
        }
        if host::is_sound(request) { Ok(()) } else { Err(RequestError::Host) }
    }

    /// Adapts the answer to this connection.
    fn finish(&mut self, answer: Response, is_read: bool) -> Response {
        let mut answer = if self.is_head { without_body(answer) } else { answer };
        let connection = Arc::clone(self.connection());
        if connection.is_http2() {
            answer = self.carry(answer);
        } else {
            // The rest of the body would be read as the next request.
            if !is_read || connection.all().is_draining() {
                answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            if answer.body().size_hint().lower() > ANSWER_FREE_BYTES as u64 {
                answer = self.carry(answer);
            }
        }
        self.end();
        answer
    }

    /// Attaches the held memory to the answer's bytes, wherever these are buffered.
    fn carry(&mut self, answer: Response) -> Response {
        let (head, body) = answer.into_parts();
        let bytes = body.into_inner().unwrap_or_default();
        if bytes.is_empty() {
            return Response::from_parts(head, Full::new(bytes));
        }
        let connection = Arc::clone(self.connection());
        let mut held = std::mem::replace(&mut self.held, Held::nothing(Arc::clone(&connection)));
        // A document that all answers share costs nothing.
        let own = if bytes.is_unique() { bytes.len() } else { 0 };
        if own > ANSWER_FREE_BYTES && held.grow(own).is_err() {
            return response::no_room(connection.is_http2());
        }
        let number = connection.is_http2().then(|| connection.begin_answer());
        let carried = Bytes::from_owner(Carried { bytes, held, number });
        Response::from_parts(head, Full::new(carried))
    }

    fn end(&mut self) {
        if !self.is_done {
            self.is_done = true;
            self.connection().end_request();
        }
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.end();
    }
}

/// An answer's bytes and their held memory.
struct Carried {
    bytes: Bytes,
    held: Held,
    number: Option<u64>,
}

impl AsRef<[u8]> for Carried {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Carried {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.held.connection().end_answer(number);
        }
    }
}

/// The answer to HEAD: the fields of the answer to GET, and nothing else (RFC 9110 §9.3.2).
fn without_body(answer: Response) -> Response {
    let (mut head, body) = answer.into_parts();
    if let Some(length) = body.size_hint().exact()
        && !matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
    {
        head.headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    Response::from_parts(head, Full::default())
}
