//! Bodies that nobody reads to the end. A client that is still sending when the refusal is written would find its connection
//! reset and never see why; so the rest of a body is read and thrown away, within bounds.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream, HttpBody},
    extract::Request,
    middleware::Next,
    response::Response,
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};

/// More than any client sends by mistake; beyond it the connection is closed.
const DRAINED_BYTES_MAX: usize = 64 << 20;

/// How long the rest of a body may take.
const DRAINED_FOR_MAX: Duration = Duration::from_secs(10);

/// Reads what a handler leaves of the request's body.
pub(crate) async fn drain(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let request = request.map(|body| {
        Body::from_stream(Drained {
            rest: Some(body.into_data_stream()),
        })
    });
    next.run(request).await
}

/// A body that reads itself to the end when it is dropped before.
struct Drained {
    /// What is left to read; none at the end.
    rest: Option<BodyDataStream>,
}

impl Stream for Drained {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(rest) = &mut self.rest else {
            return Poll::Ready(None);
        };
        let polled = rest.poll_next_unpin(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.rest = None;
        }
        polled
    }
}

impl Drop for Drained {
    fn drop(&mut self) {
        let (Some(mut rest), Ok(runtime)) =
            (self.rest.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        runtime.spawn(tokio::time::timeout(DRAINED_FOR_MAX, async move {
            let mut bytes = 0;
            while let Some(Ok(chunk)) = rest.next().await {
                bytes += chunk.len();
                if bytes > DRAINED_BYTES_MAX {
                    return;
                }
            }
        }));
    }
}
