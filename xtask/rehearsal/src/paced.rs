//! Bodies that arrive slowly, or not whole.
//!
//! Owns the pacing of a body. Must never change its bytes.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::wire::Cutter;

/// Into how many pieces a slow body is divided.
const PIECES: u32 = 10;

/// A body that waits before each piece, or that breaks off in the middle.
pub(crate) struct PacedBody {
    rest: Bytes,
    piece: usize,
    pause: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
    /// Where the connection is reset: when no more than so many bytes are left.
    cut: Option<(usize, Cutter)>,
}

impl PacedBody {
    pub(crate) fn slow(body: Bytes, whole: Duration) -> Self {
        let piece = body.len().div_ceil(PIECES as usize).max(1);
        Self { rest: body, piece, pause: whole / PIECES, waiting: None, cut: None }
    }

    pub(crate) fn cut(body: Bytes, cutter: Cutter) -> Self {
        let half = body.len() / 2;
        // The pause lets the first half reach the peer before the reset overtakes it.
        let pause = Duration::from_millis(50);
        let end = body.len() - half;
        Self { piece: half.max(1), rest: body, pause, waiting: None, cut: Some((end, cutter)) }
    }

    fn rested(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let pause = self.pause;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(pause)));
        let done = waiting.as_mut().poll(context);
        if done.is_ready() {
            self.waiting = None;
        }
        done
    }
}

impl HttpBody for PacedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        if self.rested(context).is_pending() {
            return Poll::Pending;
        }
        let left = self.rest.len();
        if let Some((_, cutter)) = self.cut.as_ref().filter(|(end, _)| left <= *end) {
            cutter.cut();
            return Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())));
        }
        let piece = self.piece.min(left);
        let bytes = self.rest.split_to(piece);
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
