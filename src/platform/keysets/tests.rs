use std::time::Duration;

use jiff::SignedDuration;
use tokio::task::JoinSet;

use super::super::stub::{Stub, StubResponse};
use super::*;
use crate::lti::keyset::{public_jwk, public_keyset};

const LOOPBACK: NetworkAccess =
    NetworkAccess { loopback: true, private_network: false, http: false };
const HOUR: i64 = 3_600;

/// A platform whose keyset can be changed, and the cache in front of it.
struct World {
    stub: Stub,
    response: Arc<Mutex<StubResponse>>,
    keysets: Keysets,
}

impl World {
    async fn with(response: StubResponse) -> Self {
        let response = Arc::new(Mutex::new(response));
        let current = Arc::clone(&response);
        let stub = Stub::start(move |_, _| current.lock().unwrap().clone()).await;
        Self { stub, response, keysets: Keysets::new(PlatformClient::new()) }
    }

    fn answers(&self, response: StubResponse) {
        *self.response.lock().unwrap() = response;
    }

    /// Looks up a key at a time, in seconds after the start of the test; returns `ok` or the
    /// refusal's code, and the number of requests so far.
    async fn request(&self, kid: &str, seconds: i64) -> (String, usize) {
        let code =
            self.key(kid, seconds).await.map_or_else(|refusal| refusal.code(), |_| "ok".to_owned());
        (code, self.stub.requests())
    }

    async fn key(&self, kid: &str, seconds: i64) -> Result<VerificationKeys, Refusal> {
        self.keysets.key(&self.stub.url("/keys"), kid, LOOPBACK, false, None, at(seconds)).await
    }

    /// The same for a platform on this machine.
    async fn local(&self, kid: &str, seconds: i64) -> (String, usize) {
        let url = self.stub.url("/keys");
        let found = self.keysets.key(&url, kid, LOOPBACK, true, None, at(seconds)).await;
        let code = found.map_or_else(|refusal| refusal.code(), |_| "ok".to_owned());
        (code, self.stub.requests())
    }
}

fn at(seconds: i64) -> Timestamp {
    "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

fn keyset(kids: &[&str]) -> StubResponse {
    let keys = kids.iter().map(|kid| public_jwk(kid, &[0xab; 256], &[1, 0, 1])).collect();
    StubResponse::ok(public_keyset(keys).to_string().as_bytes())
}

fn failing() -> StubResponse {
    StubResponse::new("500 Internal Server Error", "", b"")
}

fn code(code: &str, requests: usize) -> (String, usize) {
    (code.to_owned(), requests)
}

#[tokio::test]
async fn cached_key_is_not_requested() {
    let world = World::with(keyset(&["one", "two"])).await;
    assert_eq!(world.request("one", 0).await, code("ok", 1));
    assert_eq!(world.request("two", 1).await, code("ok", 1));
    assert_eq!(world.request("one", HOUR - 1).await, code("ok", 1));
}

#[tokio::test]
async fn an_old_keyset_is_fetched_again() {
    let world = World::with(keyset(&["one"])).await;
    assert_eq!(world.request("one", 0).await, code("ok", 1));
    assert_eq!(world.request("one", HOUR + 5).await, code("ok", 2));
    world.answers(keyset(&["two"]));
    // The platform removed its key.
    assert_eq!(world.request("one", 2 * HOUR + 60).await, code("kid_not_found", 3));
}

#[tokio::test]
async fn platform_determines_the_lifetime_of_its_keyset() {
    let body = public_keyset(vec![public_jwk("one", &[0xab; 256], &[1, 0, 1])]).to_string();
    let world = World::with(StubResponse::new(
        "200 OK",
        "cache-control: max-age=7200\r\n",
        body.as_bytes(),
    ))
    .await;
    assert_eq!(world.request("one", 0).await, code("ok", 1));
    assert_eq!(world.request("one", 2 * HOUR - 1).await, code("ok", 1));
    assert_eq!(world.request("one", 2 * HOUR + 5).await, code("ok", 2));
}

#[tokio::test]
async fn old_keyset_is_used_for_a_day_if_it_cannot_be_refreshed() {
    let world = World::with(keyset(&["one"])).await;
    assert_eq!(world.request("one", 0).await, code("ok", 1));
    world.answers(failing());
    assert_eq!(world.request("one", 2 * HOUR).await, code("ok", 2));
    // The failure is cached for some seconds, then the platform is contacted again.
    assert_eq!(world.request("one", 2 * HOUR + 5).await, code("ok", 2));
    assert_eq!(world.request("one", 2 * HOUR + 30).await, code("ok", 3));
    // An invalid keyset does not replace a valid one.
    world.answers(StubResponse::ok(b"<html>Maintenance</html>"));
    assert_eq!(world.request("one", 24 * HOUR).await, code("ok", 4));
    // For a key that is not in the old keyset, the platform's failure is reported.
    assert_eq!(world.request("two", 24 * HOUR + 1).await, code("jwks_bad", 4));
    world.answers(failing());
    assert_eq!(world.request("one", 25 * HOUR + 5).await, code("jwks_unreachable", 5));
    world.answers(keyset(&["one"]));
    assert_eq!(world.request("one", 25 * HOUR + 60).await, code("ok", 6));
}

#[tokio::test]
async fn unknown_key_causes_one_request_per_minute() {
    let world = World::with(keyset(&["one"])).await;
    let not_found = |refusal| match refusal {
        Err(Refusal::KidNotFound { kid, retry_after_seconds, .. }) => (kid, retry_after_seconds),
        other => panic!("{other:?}"),
    };
    // It was requested just now: there is nothing to wait for.
    assert_eq!(not_found(world.key("two", 0).await), ("two".to_owned(), None));
    // The platform may have rotated its keys right after the first request: that is found out once,
    // and then there is a pause.
    assert_eq!(not_found(world.key("two", 20).await), ("two".to_owned(), None));
    assert_eq!(world.stub.requests(), 2);
    let (_, Some(seconds)) = not_found(world.key("two", 40).await) else { panic!("no pause") };
    assert!((40..=41).contains(&seconds), "{seconds}");
    assert!(matches!(not_found(world.key("three", 70).await), (_, Some(_))));
    assert_eq!(world.stub.requests(), 2);
    assert_eq!(not_found(world.key("two", 110).await), ("two".to_owned(), None));
    assert_eq!(world.stub.requests(), 3);
    // The pause is for unknown keys only.
    assert_eq!(world.request("one", 111).await, code("ok", 3));
}

#[tokio::test]
async fn new_keys_of_a_platform_under_development_are_found_after_a_moment() {
    let world = World::with(keyset(&["one"])).await;
    assert_eq!(world.local("one", 0).await, code("ok", 1));
    // Each restart brings a new key.
    for (restart, name) in ["two", "three", "four"].into_iter().enumerate() {
        world.answers(keyset(&[name]));
        let seconds = 10 + 5 * i64::try_from(restart).unwrap();
        assert_eq!(world.local(name, seconds).await, code("ok", 2 + restart));
        assert_eq!(world.local("unknown", seconds + 1).await, code("kid_not_found", 2 + restart));
    }
}

#[tokio::test]
async fn a_key_that_was_replaced_under_its_id_is_found_by_one_request_per_minute() {
    let of = |first: u8| {
        let mut modulus = [0xab; 256];
        modulus[0] = first;
        let keys = vec![public_jwk("one", &modulus, &[1, 0, 1])];
        StubResponse::ok(public_keyset(keys).to_string().as_bytes())
    };
    let world = World::with(of(0xab)).await;
    let url = world.stub.url("/keys");
    let after = async |failed: &VerificationKeys, seconds| {
        let keys = world.keysets.key(&url, "one", LOOPBACK, false, Some(failed), at(seconds)).await;
        (keys.unwrap(), world.stub.requests())
    };
    let old = world.key("one", 0).await.unwrap();
    // A wrong signature: the key is still the same.
    assert_eq!(after(&old, 1).await, (old.clone(), 2));
    world.answers(of(0xac));
    assert_eq!(after(&old, 30).await, (old.clone(), 2));
    let (new, requests) = after(&old, 62).await;
    assert!(new != old && requests == 3, "{requests}");
    // Another launch that failed with the old key gets the new one without a request.
    assert_eq!(after(&old, 63).await, (new.clone(), 3));
    world.answers(failing());
    assert_eq!(after(&new, 200).await, (new, 4));
}

#[tokio::test]
async fn a_new_key_is_found_at_its_first_use() {
    let world = World::with(keyset(&["one"])).await;
    assert_eq!(world.request("one", 0).await, code("ok", 1));
    world.answers(keyset(&["one", "two"]));
    assert_eq!(world.request("two", 120).await, code("ok", 2));
    assert_eq!(world.request("one", 121).await, code("ok", 2));
}

#[tokio::test]
async fn failed_refetch_does_not_affect_cached_keys() {
    let world = World::with(keyset(&["one"])).await;
    assert_eq!(world.request("one", 0).await, code("ok", 1));
    world.answers(failing());
    assert_eq!(world.request("two", 120).await, code("jwks_unreachable", 2));
    assert_eq!(world.request("two", 150).await, code("jwks_unreachable", 2));
    assert_eq!(world.request("one", 150).await, code("ok", 2));
    world.answers(keyset(&["one", "two"]));
    assert_eq!(world.request("two", 190).await, code("ok", 3));
}

#[tokio::test]
async fn failing_platform_is_not_contacted_for_seconds() {
    let world = World::with(failing()).await;
    assert_eq!(world.request("one", 0).await, code("jwks_unreachable", 1));
    assert_eq!(world.request("one", 5).await, code("jwks_unreachable", 1));
    assert_eq!(world.request("one", 30).await, code("jwks_unreachable", 2));
    world.answers(keyset(&["one"]));
    assert_eq!(world.request("one", 60).await, code("ok", 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn launches_at_the_same_time_wait_for_one_request() {
    for (response, expected) in [
        (keyset(&["one"]), "ok"),
        (keyset(&["two"]), "kid_not_found"),
        (failing(), "jwks_unreachable"),
    ] {
        let world = Arc::new(World::with(response.after(Duration::from_millis(100))).await);
        let mut callers = JoinSet::new();
        for _ in 0..50 {
            let world = Arc::clone(&world);
            callers.spawn(async move { world.request("one", 0).await });
        }
        for (response, _) in callers.join_all().await {
            assert_eq!(response, expected);
        }
        assert_eq!(world.stub.requests(), 1, "{expected}");
    }
}

#[tokio::test]
async fn cancelled_caller_does_not_stop_the_request() {
    let world = Arc::new(World::with(keyset(&["one"]).after(Duration::from_millis(100))).await);
    let hasty = tokio::time::timeout(Duration::from_millis(20), world.key("one", 0)).await;
    assert!(hasty.is_err());
    assert_eq!(world.request("one", 0).await, code("ok", 1));
}

#[tokio::test]
async fn invalid_keyset_is_reported() {
    let small = public_keyset(vec![public_jwk("one", &[0xab; 128], &[1, 0, 1])]).to_string();
    let many: Vec<_> = (0..101)
        .map(|number| public_jwk(&format!("key {number}"), &[0xab; 256], &[1, 0, 1]))
        .collect();
    // A keyset without the key is fetched again, because the keys may just have been rotated; an
    // invalid keyset is not fetched again for a while.
    for (body, problem, requests) in [
        ("<!DOCTYPE html><title>Sign in</title>".to_owned(), "it is a web page, not JSON", 1),
        (String::new(), "it is empty", 1),
        ("{\"keys\":[]}".to_owned(), "it contains no keys", 2),
        (
            "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"two\",\"k\":\"c2VjcmV0\"}]}".to_owned(),
            "none of its keys can be used (key \"two\": it is a shared secret",
            2,
        ),
        (small, "key \"one\": it is RSA with 1024 bits", 2),
        (public_keyset(many).to_string(), "it contains 101 keys", 1),
        (" ".repeat(LARGEST_KEYSET + 1), "sent more than 1000000 bytes", 1),
    ] {
        let world = World::with(StubResponse::ok(body.as_bytes())).await;
        match world.key("one", 0).await.unwrap_err() {
            Refusal::JwksBad { keyset_url, problem: found } => {
                assert!(found.contains(problem), "{found} instead of {problem}");
                assert_eq!(keyset_url, world.stub.url("/keys"));
            }
            other => panic!("{problem}: {other:?}"),
        }
        assert_eq!(world.request("one", 5).await, code("jwks_bad", requests), "{problem}");
        assert_eq!(world.request("one", 9).await, code("jwks_bad", requests), "{problem}");
    }
}

#[tokio::test]
async fn what_one_registration_may_reach_is_not_shared() {
    let world = World::with(keyset(&["one"])).await;
    assert_eq!(world.request("one", 0).await, code("ok", 1));
    let url = world.stub.url("/keys");
    let refusal = world
        .keysets
        .key(&url, "one", NetworkAccess::default(), false, None, at(0))
        .await
        .unwrap_err();
    assert!(matches!(refusal, Refusal::JwksUnreachable { .. }), "{refusal:?}");
    // Nor does that refusal affect registrations with the reach.
    assert_eq!(world.request("one", 1).await, code("ok", 1));
}

#[tokio::test]
async fn dropped_keyset_is_fetched_again() {
    let world = World::with(keyset(&["one"])).await;
    assert_eq!(world.request("one", 0).await, code("ok", 1));
    world.keysets.forget(&world.stub.url("/elsewhere"));
    assert_eq!(world.request("one", 1).await, code("ok", 1));
    world.keysets.forget(&world.stub.url("/keys"));
    assert_eq!(world.request("one", 2).await, code("ok", 2));
}

#[tokio::test]
async fn clock_set_back_delays_nothing() {
    let world = World::with(keyset(&["one"])).await;
    assert_eq!(world.request("one", 0).await, code("ok", 1));
    assert_eq!(world.request("two", -20 * HOUR).await, code("kid_not_found", 2));
    assert_eq!(world.request("one", -20 * HOUR).await, code("ok", 2));
}
