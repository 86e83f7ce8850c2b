use super::*;
use crate::testing::pass;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::timeout;

/// The time of one verification in these tests.
const ONE: Duration = Duration::from_millis(1);

type Verified = Arc<Mutex<Vec<u64>>>;

fn source(last: u8) -> Source {
    Source::of(IpAddr::from([192, 0, 2, last]))
}

/// A place for assertions that name no key.
const fn at(lane: Lane, source: Source) -> Place {
    let client = match lane {
        Lane::Client(id) => Some(id),
        Lane::Unknown | Lane::Failing => None,
    };
    Place { lane, source, named: (client, None) }
}

const fn client(id: u64) -> Lane {
    Lane::Client(ClientId(id))
}

fn running() -> Arc<Verifications> {
    let verifications = Arc::new(Verifications::default());
    let run = Arc::clone(&verifications);
    tokio::spawn(async move { run.run().await });
    verifications
}

/// A request that verifies when it may.
fn request(
    verifications: &Arc<Verifications>,
    verified: &Verified,
    place: Place,
    number: u64,
) -> JoinHandle<Result<(), NoRoom>> {
    let (verifications, verified) = (Arc::clone(verifications), Arc::clone(verified));
    tokio::spawn(async move {
        verifications.come(place, 1000).await?;
        verifications.verify(|| pass(ONE));
        verified.lock().unwrap().push(number);
        Ok(())
    })
}

/// The number of verifications in one slice.
fn in_a_slice() -> usize {
    usize::try_from(VERIFYING_SLICE.as_millis() / ONE.as_millis()).unwrap() + 1
}

/// Uses up a slice, so that the next verification waits.
fn busy(verifications: &Verifications) {
    verifications.verify(|| pass(VERIFYING_SLICE));
}

#[tokio::test(start_paused = true)]
async fn a_valid_one_waits_for_one_of_each_lane_however_many_invalid_ones_there_are() {
    let (verifications, verified) = (running(), Verified::default());
    busy(&verifications);
    let junk =
        (0..100).map(|number| request(&verifications, &verified, at(Lane::Unknown, source(1)), number));
    let failing =
        (100..200).map(|number| request(&verifications, &verified, at(Lane::Failing, source(2)), number));
    let named = (200..300).map(|number| request(&verifications, &verified, at(client(1), source(1)), number));
    let all: Vec<_> = junk.chain(failing).chain(named).collect();
    let right = request(&verifications, &verified, at(client(2), source(1)), u64::MAX);
    let own_source = request(&verifications, &verified, at(client(1), source(3)), u64::MAX - 1);
    for one in all.into_iter().chain([right, own_source]) {
        assert_eq!(one.await.unwrap(), Ok(()));
    }
    let verified = verified.lock().unwrap();
    let place = |number| verified.iter().position(|one| *one == number).unwrap();
    // The requests that came before there was a queue, and one of each lane.
    assert!(place(u64::MAX) < in_a_slice() + 4, "{}", place(u64::MAX));
    assert!(
        place(u64::MAX - 1) < in_a_slice() + 8,
        "of its own lane one of each source: {}",
        place(u64::MAX - 1)
    );
}

#[tokio::test(start_paused = true)]
async fn other_work_runs_after_each_slice() {
    let (verifications, verified) = (running(), Verified::default());
    busy(&verifications);
    let all: Vec<_> =
        (0..100).map(|n| request(&verifications, &verified, at(client(n), source(1)), n)).collect();
    let mut before = 0;
    while before < all.len() {
        yield_now().await;
        let now = verified.lock().unwrap().len();
        assert!(now - before <= in_a_slice(), "{before} to {now}");
        before = now;
    }
    assert!(verified.lock().unwrap().is_sorted());
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_admits_short_lanes_and_refuses_long_ones() {
    let verifications = Verifications::default();
    busy(&verifications);
    let mut waiting = Vec::new();
    let refused = loop {
        let mut coming = Box::pin(verifications.come(at(client(1), source(1)), 60_000));
        if let Ok(answer) = timeout(Duration::ZERO, &mut coming).await {
            break answer;
        }
        waiting.push(coming);
    };
    assert_eq!(refused, Err(NoRoom), "one beyond the room of its own lane");
    let mut right = Box::pin(verifications.come(at(client(2), source(1)), 60_000));
    assert!(timeout(Duration::ZERO, &mut right).await.is_err(), "it waits");
    let last = waiting.last_mut().unwrap();
    assert_eq!(timeout(Duration::ZERO, last).await, Ok(Err(NoRoom)), "the last of the long lane made room");
    let kept: usize = waiting.len() - 1;
    assert!(kept * 60_000 <= VERIFYING_WAIT_BYTES_MAX);
}

#[tokio::test(start_paused = true)]
async fn a_disconnected_client_delays_no_other() {
    let (verifications, verified) = (running(), Verified::default());
    busy(&verifications);
    let gone: Vec<_> =
        (0..30).map(|n| request(&verifications, &verified, at(client(1), source(1)), n)).collect();
    let last = request(&verifications, &verified, at(client(1), source(1)), u64::MAX);
    yield_now().await;
    gone.iter().for_each(JoinHandle::abort);
    assert_eq!(last.await.unwrap(), Ok(()));
    assert!(verified.lock().unwrap().len() < 30, "those that were gone took no time");
}

#[tokio::test(start_paused = true)]
async fn a_few_verifications_do_not_wait() {
    let verifications = Verifications::default();
    for _ in 0..3 {
        assert_eq!(
            timeout(Duration::ZERO, verifications.come(at(client(1), source(1)), 1)).await,
            Ok(Ok(()))
        );
        verifications.verify(|| ());
    }
}

#[tokio::test(start_paused = true)]
async fn a_valid_one_from_the_address_of_a_flood_about_its_client_waits_little_and_keeps_its_place() {
    for lane in [client(1), Lane::Failing] {
        let verifications = Verifications::default();
        busy(&verifications);
        let junk = Place { lane, source: source(1), named: (Some(ClientId(1)), None) };
        let mut waiting = Vec::new();
        loop {
            let mut coming = Box::pin(verifications.come(junk, 60_000));
            if timeout(Duration::ZERO, &mut coming).await.is_ok() {
                break;
            }
            waiting.push(coming);
        }
        let mut right = [
            Place { named: (Some(ClientId(1)), Some(CredentialId(9))), ..junk },
            Place { named: (Some(ClientId(2)), None), ..junk },
        ]
        .map(|place| Box::pin(verifications.come(place, 60_000)));
        for coming in &mut right {
            assert!(timeout(Duration::ZERO, coming).await.is_err(), "it waits");
        }
        assert_eq!(timeout(Duration::ZERO, waiting.last_mut().unwrap()).await, Ok(Err(NoRoom)));
        // One verification takes a slice here, and there are three keys.
        (0..3).for_each(|_| assert!(verifications.begin_slice()));
        for coming in right {
            assert_eq!(timeout(Duration::ZERO, coming).await, Ok(Ok(())), "before the rest of the flood");
        }
    }
}
