use super::*;
use jeton_domain::id::{ClientId, OrganizationId};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;
use tokio::time::timeout;

const SHARE: Share = Share { running_max: 2, waiting_max: 3 };

fn party(organization: u64, client: u64) -> Party {
    Party { organization: Some(OrganizationId(organization)), client: Some(ClientId(client)) }
}

/// A pool whose threads never start.
fn waiting() -> Arc<Pool<()>> {
    let pool = Pool::new(SHARE);
    pool.lock().served = true;
    pool
}

/// The outcome of work that is refused, or of work that stays waiting.
async fn refusal(pool: &Arc<Pool<()>>, party: Party, bytes: usize) -> Option<Refused> {
    let run = pool.run(party, bytes, (), |()| async {});
    timeout(Duration::ZERO, run).await.ok()?.err()
}

/// Work that waits in the pool as long as this is held.
async fn put(
    pool: &Arc<Pool<()>>,
    party: Party,
    bytes: usize,
) -> Pin<Box<dyn Future<Output = Result<(), Refused>>>> {
    let pool = Arc::clone(pool);
    let mut run = Box::pin(async move { pool.run(party, bytes, (), |()| async {}).await });
    assert!(timeout(Duration::ZERO, &mut run).await.is_err(), "it waits");
    run
}

#[tokio::test]
async fn one_call_beyond_a_callers_bound_is_refused_and_other_callers_are_not() {
    let pool = waiting();
    let mut held = Vec::new();
    for _ in 0..SHARE.waiting_max {
        held.push(put(&pool, party(1, 1), 0).await);
    }
    assert_eq!(refusal(&pool, party(1, 1), 0).await, Some(Refused::Share));
    assert_eq!(refusal(&pool, party(1, 2), 0).await, None);
}

#[tokio::test]
async fn work_is_done_with_the_context_of_its_thread() {
    let pool = Pool::new(SHARE);
    let thread = pool.start("pool-test".into(), || 7).unwrap();
    assert_eq!(pool.run(Party::default(), 0, 0, |seven| async move { seven * 6 }).await, Ok(42));
    pool.close();
    thread.join().unwrap();
}

#[tokio::test]
async fn a_pool_without_threads_leaves_the_work_to_the_caller() {
    assert_eq!(Pool::new(SHARE).run(Party::default(), 0, 7, |own| async move { own }).await, Ok(7));
}

#[tokio::test]
async fn a_closed_pool_finishes_waiting_work_and_refuses_new_work() {
    let pool = waiting();
    let held = put(&pool, party(1, 1), 0).await;
    pool.close();
    assert_eq!(refusal(&pool, party(1, 1), 0).await, Some(Refused::Stopping));
    let thread = pool.start("pool-test".into(), || ()).unwrap();
    assert_eq!(held.await, Ok(()));
    thread.join().unwrap();
}

#[tokio::test]
async fn work_whose_caller_hung_up_is_not_begun() {
    let (pool, begun) = (waiting(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&begun);
    let run = pool.run(party(1, 1), 0, (), move |()| async move {
        counted.fetch_add(1, Ordering::Relaxed);
    });
    assert!(timeout(Duration::ZERO, run).await.is_err(), "it waits");
    let thread = pool.start("pool-test".into(), || ()).unwrap();
    assert_eq!(pool.run(party(1, 2), 0, (), |()| async {}).await, Ok(()));
    pool.close();
    thread.join().unwrap();
    assert_eq!(begun.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn work_whose_caller_hangs_up_is_dropped_where_it_awaits() {
    let pool = Pool::new(SHARE);
    let thread = pool.start("pool-test".into(), || ()).unwrap();
    let (began, has_begun) = mpsc::channel();
    let (guard, is_dropped) = mpsc::channel::<()>();
    let hanging = Arc::clone(&pool);
    let caller = tokio::spawn(async move {
        let work = move |()| async move {
            let _guard = guard;
            began.send(()).unwrap();
            std::future::pending::<()>().await;
        };
        hanging.run(party(1, 1), 0, (), work).await
    });
    tokio::task::spawn_blocking(move || has_begun.recv().unwrap()).await.unwrap();
    caller.abort();
    let dropped = tokio::task::spawn_blocking(move || is_dropped.recv()).await.unwrap();
    assert!(dropped.is_err(), "its half was dropped");
    pool.close();
    thread.join().unwrap();
}

#[tokio::test]
async fn a_caller_runs_a_bounded_number_of_calls_and_others_go_past_it() {
    let pool = Pool::new(SHARE);
    let thread = pool.start("pool-test".into(), || ()).unwrap();
    let (began, beginnings) = mpsc::channel();
    let release = Arc::new(Semaphore::new(0));
    let mut slow = Vec::new();
    for _ in 0..=SHARE.running_max {
        let (pool, began, release) = (Arc::clone(&pool), began.clone(), Arc::clone(&release));
        slow.push(tokio::spawn(async move {
            let work = move |()| async move {
                began.send(()).unwrap();
                drop(release.acquire().await);
            };
            pool.run(party(1, 1), 0, (), work).await
        }));
    }
    let some = move || {
        let begun = beginnings.iter().take(SHARE.running_max).count();
        (begun, beginnings)
    };
    let (begun, beginnings) = tokio::task::spawn_blocking(some).await.unwrap();
    assert_eq!(pool.run(party(1, 2), 0, (), |()| async {}).await, Ok(()), "another caller");
    assert_eq!((begun, beginnings.try_iter().count()), (SHARE.running_max, 0));
    release.add_permits(1);
    for call in slow {
        assert_eq!(call.await.unwrap(), Ok(()));
    }
    pool.close();
    thread.join().unwrap();
}
