//! Rounds with a journal that answers when the test says so.

use super::*;
use crate::journal::{Appended, Asked, AssertionUse, ChangeId, ChangeSet, HeldJournal, Since, Used};
use jeton_domain::time::Careful;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

type Results = Vec<(usize, Result<(), JournalError>)>;
type Done = Box<dyn FnOnce(Result<Asked, JournalError>) + Send>;

#[derive(Default)]
struct Questions(Mutex<Vec<Done>>);

impl Journal for Questions {
    fn append(&self, _: Option<Position>, _: ChangeId, _: &ChangeSet) -> Result<Appended, JournalError> {
        Err(JournalError::TooSlow)
    }

    fn hold(&self) -> Result<Box<dyn HeldJournal + '_>, JournalError> {
        Err(JournalError::TooSlow)
    }

    fn since(&self, _: Position) -> Result<Since, JournalError> {
        Err(JournalError::TooSlow)
    }

    fn resolve(&self, _: ChangeId) -> Result<Option<Position>, JournalError> {
        Err(JournalError::TooSlow)
    }

    fn use_up(&self, _: &[AssertionUse]) -> Result<Vec<Used>, JournalError> {
        Err(JournalError::TooSlow)
    }

    fn careful(&self, own: Careful) -> Careful {
        own
    }

    fn applied(&self, _: Position) {}

    fn ask(&self, done: Done) {
        self.0.lock().unwrap().push(done);
    }
}

const fn at(revision: u64) -> Position {
    Position { revision, id: ChangeId([7; 16]) }
}

struct Scene {
    questions: Arc<Questions>,
    rounds: Arc<Rounds>,
    wanted: Arc<Mutex<Vec<u64>>>,
    results: Arc<Mutex<Results>>,
    joined: AtomicUsize,
}

impl Scene {
    fn begin(published: Position) -> Self {
        let (questions, wanted) = (Arc::<Questions>::default(), Arc::<Mutex<Vec<u64>>>::default());
        let seen = Arc::clone(&wanted);
        let catch_up = Box::new(move |end: Position| seen.lock().unwrap().push(end.revision));
        let journal: Arc<dyn Journal> = Arc::<Questions>::clone(&questions);
        let rounds = Rounds::new(journal, published, catch_up);
        Self { questions, rounds, wanted, results: Arc::default(), joined: AtomicUsize::new(0) }
    }

    fn join(&self) {
        let number = self.joined.fetch_add(1, Ordering::Relaxed);
        let results = Arc::clone(&self.results);
        self.rounds.join(Box::new(move |result| results.lock().unwrap().push((number, result))));
    }

    fn answer(&self, answer: Result<Position, JournalError>) {
        let done = self.questions.0.lock().unwrap().remove(0);
        done(answer.map(|at| Asked { at, sent: Duration::ZERO }));
    }

    fn open_questions(&self) -> usize {
        self.questions.0.lock().unwrap().len()
    }

    fn results(&self) -> Results {
        std::mem::take(&mut self.results.lock().unwrap())
    }
}

#[test]
fn a_request_is_confirmed_by_a_question_that_was_sent_after_it_arrived() {
    let scene = Scene::begin(at(5));
    scene.join();
    scene.join();
    assert_eq!(scene.open_questions(), 1, "the second waits for the next question");
    scene.answer(Ok(at(5)));
    assert_eq!(scene.results(), [(0, Ok(()))]);
    assert_eq!(scene.open_questions(), 1);
    scene.answer(Ok(at(5)));
    assert_eq!((scene.results(), scene.open_questions()), (vec![(1, Ok(()))], 0));
}

#[test]
fn many_requests_share_a_question() {
    let scene = Scene::begin(at(5));
    (0..10).for_each(|_| scene.join());
    scene.answer(Ok(at(5)));
    scene.answer(Ok(at(5)));
    assert_eq!((scene.results().len(), scene.open_questions()), (10, 0));
}

#[test]
fn facts_that_are_missing_are_waited_for() {
    let scene = Scene::begin(at(5));
    scene.join();
    scene.answer(Ok(at(7)));
    assert_eq!(scene.results(), []);
    assert_eq!(*scene.wanted.lock().unwrap(), [7]);
    scene.rounds.published(at(6));
    assert_eq!(scene.results(), []);
    scene.rounds.published(at(8));
    assert_eq!(scene.results(), [(0, Ok(()))]);
}

#[test]
fn without_an_answer_nobody_is_confirmed() {
    let scene = Scene::begin(at(5));
    scene.join();
    scene.answer(Err(JournalError::TooSlow));
    assert_eq!(scene.results(), [(0, Err(JournalError::TooSlow))]);
    assert_eq!(scene.rounds.error(), Some(JournalError::TooSlow));
    scene.join();
    scene.answer(Ok(at(9)));
    scene.rounds.failed(&JournalError::Full);
    assert_eq!(scene.results(), [(1, Err(JournalError::Full))]);
    assert_eq!(scene.rounds.error(), Some(JournalError::Full));
    scene.join();
    scene.answer(Ok(at(5)));
    assert_eq!((scene.results(), scene.rounds.error()), (vec![(2, Ok(()))], None));
}

#[test]
fn another_history_confirms_nobody() {
    let other = Position { revision: 5, id: ChangeId([8; 16]) };
    let scene = Scene::begin(at(5));
    for answer in [other, at(4)] {
        scene.join();
        scene.answer(Ok(answer));
        assert_eq!(scene.results().pop().unwrap().1, Err(JournalError::Fork), "{answer:?}");
    }
    scene.join();
    scene.answer(Ok(at(6)));
    scene.rounds.published(Position { revision: 6, ..other });
    assert_eq!(scene.results().pop().unwrap().1, Err(JournalError::Fork));
}

#[test]
fn a_change_of_this_server_during_a_question_is_no_other_history() {
    let scene = Scene::begin(at(5));
    scene.join();
    scene.rounds.published(at(6));
    scene.answer(Ok(at(5)));
    assert_eq!(scene.results(), [(0, Ok(()))]);
}
