//! Until when what a call changes may still go out: it may wait for its turn past the end of its window.

use crate::model::time::Time;
use std::future::Future;

tokio::task_local! {
    static UNTIL: Option<Time>;
}

/// Runs a call none of whose changing requests goes out from `until` on; such a one ends as not sent,
/// [`crate::model::fault::FaultKind::Cancelled`].
pub async fn sent_before<T>(until: Option<Time>, call: impl Future<Output = T>) -> T {
    UNTIL.scope(until, call).await
}

/// Whether the call this is part of must not send any more.
pub(super) fn is_closed(now: Time) -> bool {
    let until = UNTIL.try_with(|until| *until).ok().flatten();
    until.is_some_and(|until| until <= now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::http::{Request, Service, ServiceSettings};
    use crate::model::action::Nature;
    use crate::model::clock::Clock;
    use crate::model::fault::FaultKind;
    use crate::model::time::Span;
    use tokio::sync::watch;

    #[tokio::test]
    async fn what_waited_past_its_end_is_not_sent_and_a_look_is() {
        let noon = Time::parse("2026-03-02T12:00:00Z").unwrap();
        // Nobody listens there: what is sent fails in another way.
        let settings = ServiceSettings::new("fleet", "http://127.0.0.1:1", Clock::manual(noon));
        let service = Service::new(settings).unwrap();
        let leave = watch::channel(None).0;
        service.heed(&leave.subscribe());
        let change = || Request::post("/x", Nature::Once).empty_body();
        let second = Span::from_secs(1);
        for (request, until, sent) in [
            (change(), noon, false),
            (change(), noon.minus(second), false),
            (change(), noon.plus(second), true),
            (Request::get("/x"), noon, true),
        ] {
            let ended = sent_before(Some(until), service.send(request)).await;
            let kind = ended.err().map(|failure| failure.fault.kind);
            assert_eq!(
                kind == Some(FaultKind::Cancelled),
                !sent,
                "{until}: {kind:?}"
            );
        }
    }
}
