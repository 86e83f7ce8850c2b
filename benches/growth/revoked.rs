//! Disk space of tokens that were revoked one by one, each by its own client.

use jeton_benches::Result;
use jeton_benches::fill::Filled;
use jeton_benches::lab::Lab;
use jeton_load::generator::{Generator, Until};
use jeton_load::workload::{Issue, Workload, form_request};

const CONNECTIONS: usize = 64;

/// Revocations of one token after the other.
struct Revoke(std::vec::IntoIter<Vec<u8>>);

impl Workload for Revoke {
    fn write(&mut self, request: &mut Vec<u8>) {
        // Connections whose turn comes after the last token revoke nothing.
        let health = || b"GET /debug/healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".to_vec();
        request.extend(self.0.next().unwrap_or_else(health));
    }

    fn accept(&mut self, _: &[u8]) -> bool {
        true
    }
}

/// Bytes on the disk for each of `each` revoked tokens of every one of `users`.
pub(crate) fn bytes_each(lab: &Lab, users: usize, each: usize) -> Result<f64> {
    let mut filled = Filled::start(lab, "growth-revoked", &["--token-lifetime", "24h"])?;
    filled.import(lab, users)?;
    let mut requests = Vec::with_capacity(users * each);
    for client in filled.secrets(users)? {
        let mut issue = Issue::new(std::slice::from_ref(&client)).keeping(each);
        let until = Until::Answers(u64::try_from(each)?);
        Generator::open(filled.server.address, 1, &mut issue)?.run(until, &mut issue)?;
        let revocation = |token| form_request("/oauth/v2/revoke", &client, &format!("token={token}"));
        requests.extend(issue.into_kept().into_iter().map(revocation));
    }
    let revoked = requests.len();
    let before = filled.disk_bytes()?;
    let mut revoke = Revoke(requests.into_iter());
    let until = Until::Answers(u64::try_from(revoked)?);
    Generator::open(filled.server.address, CONNECTIONS, &mut revoke)?.run(until, &mut revoke)?;
    let bytes = filled.disk_bytes()?.saturating_sub(before) as f64 / revoked as f64;
    filled.remove()?;
    Ok(bytes)
}
