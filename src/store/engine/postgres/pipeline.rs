//! Statements that are sent together, so that several of them cost one journey to the server.
//!
//! Whatever needs no answer of its own waits here for the next statement that does. The answers come
//! in the order of the statements; the first error is that of the statement that is waited for.

use std::borrow::Cow;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{OptionFuture, try_join_all, try_join3};
use tokio_postgres::{Client, Error};

use super::super::value::Value;
use super::{PROMPT, Prepared, as_sql};

/// An answer that nothing has waited for yet.
pub(super) type Unanswered = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// A statement that is sent together with the next one that is waited for.
pub(super) enum Step {
    /// Begins a transaction. A server that is there answers at once.
    Begin(&'static str),
    /// A statement without values.
    Text(Cow<'static, str>),
    /// A statement with its values.
    Prepared(Arc<Prepared>, Vec<Value<'static>>),
}

/// Why there is no answer.
pub(super) enum Missing {
    /// The server or the connection reports an error.
    Error(Error),
    /// There was none within this time.
    Late(Duration),
}

impl From<Error> for Missing {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Step {
    async fn run(&self, client: &Client) -> Result<(), Missing> {
        match self {
            Self::Begin(sql) => tokio::time::timeout(PROMPT, client.batch_execute(sql))
                .await
                .map_err(|_| Missing::Late(PROMPT))??,
            Self::Text(sql) => client.batch_execute(sql).await?,
            Self::Prepared(prepared, values) => {
                client.execute(&prepared.statement, &as_sql(values)).await?;
            }
        }
        Ok(())
    }
}

/// Sends `steps` and what `answer` waits for, in this order, and returns the answer or the first
/// error, also of what was sent before.
pub(super) async fn run<T>(
    client: &Client,
    unanswered: Option<Unanswered>,
    steps: &[Step],
    answer: impl Future<Output = Result<T, Error>>,
    limit: Duration,
) -> Result<T, Missing> {
    let before = async { OptionFuture::from(unanswered).await.transpose().map_err(Missing::from) };
    // Each is polled once in this order, which sends it.
    let steps = try_join_all(steps.iter().map(|step| step.run(client)));
    let answer = async { answer.await.map_err(Missing::from) };
    let all = try_join3(before, steps, answer);
    let (_, _, answer) =
        tokio::time::timeout(limit, all).await.map_err(|_| Missing::Late(limit))??;
    Ok(answer)
}

/// Sends a statement and returns before its answer is there.
pub(super) async fn send(client: Arc<Client>, sql: &'static str) -> Unanswered {
    let mut answer: Unanswered = Box::pin(async move { client.batch_execute(sql).await });
    // This passes it to the connection's task, which writes it when it is that task's turn.
    let early = poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await;
    match early {
        Poll::Ready(result) => Box::pin(async move { result }),
        Poll::Pending => {
            tokio::task::yield_now().await;
            answer
        }
    }
}
