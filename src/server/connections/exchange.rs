//! Passes requests and responses between hyper and the router, and reports the activity of the
//! connection.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request, Response, header};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::Service;
use tower::ServiceExt as _;

use super::activity::Activity;

/// The connection is closed after a request whose header is longer than this, because it would keep
/// that memory as long as it is open.
const MAX_KEPT_HEADER: usize = 12 * 1024;

/// Serves the requests of one connection.
pub(super) struct Exchange {
    pub(super) router: Router,
    pub(super) peer: SocketAddr,
    pub(super) activity: Arc<Activity>,
}

impl Service<Request<Incoming>> for Exchange {
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        self.activity.begin();
        let outgoing = EndOnDrop(Arc::clone(&self.activity));
        let closes = header_length(&request) > MAX_KEPT_HEADER;
        let mut request = request
            .map(|body| Body::new(RequestBody { body, activity: Arc::clone(&self.activity) }));
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let answer = self.router.clone().oneshot(request);
        Box::pin(async move {
            let mut response = answer.await?;
            if closes {
                response
                    .headers_mut()
                    .insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok(response.map(|body| ResponseBody { body, _end: outgoing }))
        })
    }
}

fn header_length(request: &Request<Incoming>) -> usize {
    let target = request.uri().path_and_query().map_or(0, |whole| whole.as_str().len());
    request
        .headers()
        .iter()
        .fold(target, |length, (name, value)| length + name.as_str().len() + value.len())
}

/// The body of a request.
struct RequestBody {
    body: Incoming,
    activity: Arc<Activity>,
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = pin!(&mut self.body).poll_frame(context);
        match &frame {
            Poll::Pending => self.activity.lacks_body(true),
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(_) => self.activity.lacks_body(false),
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        self.activity.lacks_body(false);
    }
}

/// The body of a response. When it is dropped, it has been passed on completely.
pub(super) struct ResponseBody {
    body: Body,
    _end: EndOnDrop,
}

struct EndOnDrop(Arc<Activity>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        pin!(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
