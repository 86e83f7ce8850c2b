//! The admission of a server to a cluster.

use crate::connection::Connector;
use crate::control;
use crate::fault::Fault;
use crate::heartbeat::Own;
use crate::nodes::{self, Claim};
use crate::session::ClusterId;
use jeton_store::journal::{JournalError, Position};

/// The facts by which a server is let into a cluster.
#[derive(Debug, Clone)]
pub struct Membership {
    /// The cluster of its data directory; `None` if it has none yet.
    pub cluster: Option<ClusterId>,
    /// The digest that tells whether `server.key` is the right one.
    pub key_check: Vec<u8>,
    /// The point up to which its data directory has the history; `None` if the state is yet to be copied.
    pub at: Option<Position>,
    /// The number that it wants, and what it says of itself.
    pub claim: Claim,
}

/// Lets a server in, or says why not.
pub(crate) async fn admit(
    connector: &Connector,
    member: &Membership,
) -> Result<(Own, ClusterId), JournalError> {
    let link = connector.connect().await?;
    let deadline = connector.deadlines.read;
    let admitted = async {
        let control = control::read(&link, deadline).await?;
        control.check(member.cluster, &member.key_check).map_err(Fault::undone)?;
        let joining_from = member.at.is_none().then_some(control.at.revision);
        let at = member.at.unwrap_or(control.at);
        let number = nodes::claim(&link, deadline, &member.claim, at, joining_from).await?;
        Ok((
            Own::new(number, member.claim.run, member.claim.version.clone(), at, joining_from),
            control.cluster,
        ))
    };
    admitted.await.map_err(|fault: Fault| fault.error)
}
