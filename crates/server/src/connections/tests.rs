//! The choice of connections to close when there is no room.

use super::*;
use crate::limits::{
    CONNECTION_HELD_MAX, CONNECTIONS_MAX, HELD_BYTES_HIGH, HELD_BYTES_MAX, IDLE_AFTER, KEEPER_TICK,
    SLOW_AFTER, connections_high,
};

fn room(open_max: usize) -> Arc<Connections> {
    let connections = Connections::new(open_max, Duration::from_secs(3600));
    let keeping = Arc::clone(&connections);
    tokio::spawn(async move { keeping.keep().await });
    connections
}

fn open(connections: &Arc<Connections>, last: u8) -> Seat {
    connections.open(connections.place_now().unwrap(), IpAddr::from([192, 0, 2, last])).unwrap()
}

/// A connection that has had an answer.
fn open_idle(connections: &Arc<Connections>, last: u8) -> Seat {
    let seat = open(connections, last);
    seat.connection().begin_request();
    seat.connection().end_request();
    seat
}

fn must_go(seat: &Seat) -> bool {
    seat.connection().order() >= Order::Leave
}

async fn pass(time: Duration) {
    tokio::time::sleep(time.max(2 * KEEPER_TICK)).await;
}

#[tokio::test]
async fn a_source_has_a_bounded_number_of_connections_and_loopback_has_not() {
    let connections = Connections::new(3 * CONNECTIONS_PER_SOURCE_MAX, Duration::from_secs(75));
    let open = |peer: [u8; 4]| connections.open(connections.place_now().unwrap(), IpAddr::from(peer));
    let mut held: Vec<_> = (0..CONNECTIONS_PER_SOURCE_MAX).map(|_| open([192, 0, 2, 1]).unwrap()).collect();
    assert!(open([192, 0, 2, 1]).is_none(), "one beyond the limit");
    assert!(open([192, 0, 2, 2]).is_some(), "another source");
    held.pop();
    assert!(open([192, 0, 2, 1]).is_some(), "one was closed");
    let local: Vec<_> = (0..=CONNECTIONS_PER_SOURCE_MAX).map(|_| open([127, 0, 0, 1])).collect();
    assert!(local.iter().all(Option::is_some));
}

#[tokio::test(start_paused = true)]
async fn near_the_limit_slow_connections_of_the_largest_source_are_closed() {
    let connections = room(160);
    let few: Vec<_> = (0..20).map(|_| open(&connections, 1)).collect();
    let many: Vec<_> = (0..connections_high(160) - 20).map(|_| open(&connections, 2)).collect();
    pass(SLOW_AFTER).await;
    assert!(!few.iter().chain(&many).any(must_go), "there is room");
    let _one_more = open(&connections, 3);
    pass(KEEPER_TICK).await;
    assert!(!few.iter().any(must_go), "the others");
    let gone = many.iter().filter(|seat| must_go(seat)).count();
    assert!((1..20).contains(&gone), "as many as necessary: {gone}");
    assert!(many.iter().take(gone).all(must_go), "the longest first");
}

#[tokio::test(start_paused = true)]
async fn within_a_source_the_slow_go_first_then_the_idle_then_the_new_then_the_used() {
    let connections = room(160);
    let idle: Vec<_> = (0..3).map(|_| open_idle(&connections, 1)).collect();
    pass(IDLE_AFTER).await;
    let slow: Vec<_> = (0..3).map(|_| open(&connections, 1)).collect();
    pass(SLOW_AFTER).await;
    let used: Vec<_> = (0..40).map(|_| open_idle(&connections, 1)).collect();
    let new: Vec<_> = (0..connections_high(160) - 45).map(|_| open(&connections, 1)).collect();
    pass(KEEPER_TICK).await;
    assert!(slow.iter().chain(&idle).all(must_go), "the slow and the idle");
    let new_gone = new.iter().take_while(|seat| must_go(seat)).count();
    assert!((1..10).contains(&new_gone), "some that just came, the first of them: {new_gone}");
    assert!(!used.iter().any(must_go), "those in use");
}

#[tokio::test(start_paused = true)]
async fn a_connection_whose_request_is_being_served_is_not_closed() {
    let connections = room(32);
    let all: Vec<_> = (0..31)
        .map(|_| {
            let seat = open(&connections, 1);
            seat.connection().begin_request();
            seat
        })
        .collect();
    pass(SLOW_AFTER).await;
    assert!(!all.iter().any(must_go));
    // A connection that was idle when it was told, and is not any more.
    all[0].connection().end_request();
    pass(KEEPER_TICK).await;
    assert!(must_go(&all[0]));
    all[0].connection().begin_request();
    assert!(!must_go(&all[0]));
}

#[tokio::test(start_paused = true)]
async fn the_connection_that_holds_most_memory_is_closed_first() {
    let connections = room(CONNECTIONS_MAX);
    let light: Vec<_> = (0..100).map(|_| open_idle(&connections, 1)).collect();
    let heavy: Vec<_> = (0..HELD_BYTES_HIGH / CONNECTION_HELD_MAX + 1)
        .map(|_| {
            let seat = open_idle(&connections, 2);
            seat.connection().hold(CONNECTION_HELD_MAX - SILENT_BYTES).unwrap();
            seat
        })
        .collect();
    pass(SLOW_AFTER).await;
    assert!(!light.iter().any(must_go));
    assert!(must_go(&heavy[0]) && !must_go(heavy.last().unwrap()));
}

#[tokio::test]
async fn a_connection_and_all_of_them_hold_a_bounded_number_of_bytes() {
    let connections = Connections::new(CONNECTIONS_MAX, Duration::from_secs(75));
    let one = open(&connections, 1);
    let mut held = Held::nothing(Arc::clone(one.connection()));
    held.grow(CONNECTION_HELD_MAX - SILENT_BYTES).unwrap();
    assert_eq!(held.grow(1), Err(NoRoom));
    let mut seats = vec![one];
    while connections.held() + CONNECTION_HELD_MAX < HELD_BYTES_MAX {
        let seat = open(&connections, 2);
        seat.connection().hold(CONNECTION_HELD_MAX - SILENT_BYTES).unwrap();
        seats.push(seat);
    }
    seats.push(open(&connections, 3));
    seats.last().unwrap().connection().hold(CONNECTION_HELD_MAX / 2).unwrap();
    let last = open(&connections, 3);
    let left = HELD_BYTES_MAX - connections.held();
    assert_eq!(last.connection().hold(left + 1), Err(NoRoom));
    assert_eq!(last.connection().hold(left), Ok(()));
    drop((held, seats, last));
    assert_eq!(connections.held(), 0, "all is given back");
}
