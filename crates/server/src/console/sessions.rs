//! Open sessions of the console.
//!
//! Sessions are in memory: a restart ends them, and a stolen database has none. The browser has a random
//! secret; the server keeps its keyed digest. A session stands for an access token (or for the operator), so
//! the end of the token ends the session.

use crate::auth_throttle::Source;
use crate::limits::{LINK, LINKS_MAX, SESSION, SESSION_IDLE, SESSIONS_MAX, SESSIONS_PER_USER_MAX};
use jeton_domain::id::ClientId;
use jeton_domain::time::{Moment, Timestamp};
use jeton_tokens::KeptToken;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

type Digest = [u8; 32];

/// An open session.
#[derive(Debug, Clone)]
pub(super) struct Session {
    /// The id in lists.
    pub(super) id: u64,
    /// The identity that the session acts for.
    pub(super) standing: Standing,
    /// The time of sign-in.
    pub(super) began: Moment,
    /// The time of the last user action.
    pub(super) seen: Moment,
    /// The source of the sign-in.
    pub(super) source: Source,
    /// The browser's `User-Agent` at sign-in.
    pub(super) agent: Box<str>,
}

/// The identity that a session acts for.
#[derive(Debug, Clone)]
pub(super) enum Standing {
    /// A user of the operator's socket.
    Operator,
    /// The bearer of an access token: one that was presented, or one that was granted for the session alone.
    Bearer { client: ClientId, token: KeptToken },
}

impl Standing {
    /// The client of the session; the operator has none.
    pub(super) const fn client(&self) -> Option<ClientId> {
        match self {
            Self::Operator => None,
            Self::Bearer { client, .. } => Some(*client),
        }
    }
}

impl Session {
    /// The end without further user action, and the latest end.
    pub(super) fn ends(&self) -> (Timestamp, Timestamp) {
        let last = self.began.wall.after(SESSION);
        (self.seen.wall.after(SESSION_IDLE).min(last), last)
    }

    fn is_over(&self, now: Moment) -> bool {
        let idle = now.is_past(self.seen, self.seen.wall.after(SESSION_IDLE));
        idle || now.is_past(self.began, self.began.wall.after(SESSION))
    }
}

/// All sessions, and the unused sign-in links.
#[derive(Debug, Default)]
pub struct Sessions {
    sessions: Mutex<HashMap<Digest, Session>>,
    /// The creation time of each link.
    links: Mutex<HashMap<Digest, Moment>>,
}

impl Sessions {
    /// Keeps a session. If there are too many, of one user or in all, the one that was idle longest ends; the
    /// ended ones are returned.
    pub(super) fn begin(&self, digest: Digest, session: Session, now: Moment) -> Vec<Session> {
        let mut sessions = self.lock();
        let mut ended = take(&mut sessions, |known| known.is_over(now));
        let client = session.standing.client();
        let of_user = |known: &Session| known.standing.client() == client;
        if sessions.values().filter(|known| of_user(known)).count() >= SESSIONS_PER_USER_MAX {
            ended.extend(take_idlest(&mut sessions, of_user));
        }
        if sessions.len() >= SESSIONS_MAX {
            ended.extend(take_idlest(&mut sessions, |_| true));
        }
        sessions.insert(digest, session);
        ended
    }

    /// The session, unless it has ended. `attended` is true for a user action, false for a request of the
    /// page alone.
    pub(super) fn find(&self, digest: &Digest, attended: bool, now: Moment) -> Option<Session> {
        let mut sessions = self.lock();
        let session = sessions.get_mut(digest)?;
        if session.is_over(now) {
            return None;
        }
        if attended {
            session.seen = now;
        }
        Some(session.clone())
    }

    /// Removes sessions and links that have ended.
    pub fn forget_overdue(&self, now: Moment) {
        self.lock().retain(|_, session| !session.is_over(now));
    }

    /// Ends one session.
    pub(super) fn end(&self, digest: &Digest) -> Option<Session> {
        self.lock().remove(digest)
    }

    /// Ends the session with this id, if `may` allows it.
    pub(super) fn end_called(&self, id: u64, may: impl Fn(&Session) -> bool) -> Option<Session> {
        take(&mut self.lock(), |session| session.id == id && may(session)).pop()
    }

    /// The sessions that have not ended and that `may` allows, the latest first.
    pub(super) fn list(&self, now: Moment, may: impl Fn(&Session) -> bool) -> Vec<Session> {
        let sessions = self.lock();
        let mut shown: Vec<Session> =
            sessions.values().filter(|session| !session.is_over(now) && may(session)).cloned().collect();
        drop(sessions);
        shown.sort_by_key(|session| std::cmp::Reverse(session.seen.careful));
        shown
    }

    /// Keeps a link. Returns its end.
    pub(super) fn add_link(&self, digest: Digest, now: Moment) -> Timestamp {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        links.retain(|_, made| !is_link_over(*made, now));
        let oldest = links.iter().min_by_key(|(_, made)| made.careful).map(|(digest, _)| *digest);
        if let Some(oldest) = oldest.filter(|_| links.len() >= LINKS_MAX) {
            links.remove(&oldest);
        }
        links.insert(digest, now);
        now.wall.after(LINK)
    }

    /// Uses a link up; true if it was valid.
    pub(super) fn use_link(&self, digest: &Digest, now: Moment) -> bool {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        links.remove(digest).is_some_and(|made| !is_link_over(made, now))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Digest, Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_link_over(made: Moment, now: Moment) -> bool {
    now.is_past(made, made.wall.after(LINK))
}

fn take(sessions: &mut HashMap<Digest, Session>, which: impl Fn(&Session) -> bool) -> Vec<Session> {
    sessions.extract_if(|_, session| which(session)).map(|(_, session)| session).collect()
}

fn take_idlest(sessions: &mut HashMap<Digest, Session>, which: impl Fn(&Session) -> bool) -> Option<Session> {
    let idlest =
        sessions.iter().filter(|(_, session)| which(session)).min_by_key(|(_, session)| session.seen.careful);
    let digest = idlest.map(|(digest, _)| *digest)?;
    sessions.remove(&digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_domain::time::Careful;
    use std::net::IpAddr;

    const NOW: Moment = Moment { wall: Timestamp(1_000_000), careful: Careful(50) };

    fn after(seconds: u64) -> Moment {
        Moment { wall: Timestamp(NOW.wall.0 + seconds), careful: NOW.careful.after(seconds) }
    }

    fn session(id: u64, seen: Moment) -> Session {
        let source = Source::of(IpAddr::from([192, 0, 2, 1]));
        Session { id, standing: Standing::Operator, began: NOW, seen, source, agent: "a browser".into() }
    }

    #[test]
    fn an_idle_session_ends() {
        let sessions = Sessions::default();
        sessions.begin([1; 32], session(1, NOW), NOW);
        assert!(sessions.find(&[1; 32], false, after(u64::from(SESSION_IDLE.0) - 1)).is_some());
        // Requests that the page makes by itself do not extend the session.
        assert!(sessions.find(&[1; 32], true, after(u64::from(SESSION_IDLE.0))).is_none());
        sessions.forget_overdue(after(u64::from(SESSION_IDLE.0)));
        assert!(sessions.find(&[1; 32], true, NOW).is_none());
    }

    #[test]
    fn a_session_has_a_maximum_lifetime() {
        let sessions = Sessions::default();
        sessions.begin([1; 32], session(1, NOW), NOW);
        let mut at = 0;
        while at + u64::from(SESSION_IDLE.0) / 2 < u64::from(SESSION.0) {
            at += u64::from(SESSION_IDLE.0) / 2;
            assert!(sessions.find(&[1; 32], true, after(at)).is_some(), "{at}");
        }
        assert!(sessions.find(&[1; 32], true, after(u64::from(SESSION.0))).is_none());
    }

    #[test]
    fn a_user_has_a_bounded_number_of_sessions_and_the_idlest_goes() {
        let sessions = Sessions::default();
        for n in 0..SESSIONS_PER_USER_MAX {
            let digest = [u8::try_from(n).unwrap(); 32];
            assert!(sessions.begin(digest, session(n as u64, after(n as u64)), NOW).is_empty());
        }
        let ended = sessions.begin([255; 32], session(255, after(900)), NOW);
        assert_eq!(ended.iter().map(|session| session.id).collect::<Vec<_>>(), [0]);
        assert_eq!(sessions.list(NOW, |_| true).len(), SESSIONS_PER_USER_MAX);
    }

    #[test]
    fn a_link_works_once_and_for_a_short_time() {
        let sessions = Sessions::default();
        assert_eq!(sessions.add_link([1; 32], NOW), NOW.wall.after(LINK));
        assert!(!sessions.use_link(&[2; 32], NOW));
        assert!(sessions.use_link(&[1; 32], NOW));
        assert!(!sessions.use_link(&[1; 32], NOW));
        sessions.add_link([3; 32], NOW);
        assert!(!sessions.use_link(&[3; 32], after(u64::from(LINK.0))));
    }

    #[test]
    fn links_are_bounded_and_the_oldest_goes() {
        let sessions = Sessions::default();
        for n in 0..=LINKS_MAX {
            sessions.add_link([u8::try_from(n).unwrap(); 32], after(n as u64));
        }
        assert!(!sessions.use_link(&[0; 32], after(1)));
        assert!(sessions.use_link(&[1; 32], after(1)));
    }
}
