//! Calls of `jeton.token.v1.TokenService`, `jeton.leak.v1.LeakService`.

use crate::message::Message;
use crate::{Operation, explain, leaks, messages, tokens};

const SERVICE: &str = "jeton.token.v1.TokenService";

const LEAK_SERVICE: &str = "jeton.leak.v1.LeakService";

#[derive(Debug)]
pub struct RevokeToken;

impl Operation for RevokeToken {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "RevokeToken";
    const MESSAGE: &'static Message = &messages::own::TOKEN;
    type Request = tokens::RevokeToken;
    type Reply = tokens::Revoked;
}

#[derive(Debug)]
pub struct ExplainToken;

impl Operation for ExplainToken {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ExplainToken";
    const MESSAGE: &'static Message = &messages::own::EXPLAIN_TOKEN;
    type Request = explain::ExplainToken;
    type Reply = explain::Explanation;
}

#[derive(Debug)]
pub struct RevokeUserTokens;

impl Operation for RevokeUserTokens {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "RevokeUserTokens";
    const MESSAGE: &'static Message = &messages::own::REVOKE_USER_TOKENS;
    type Request = tokens::RevokeUserTokens;
    type Reply = tokens::RevokedUserTokens;
}

#[derive(Debug)]
pub struct ReportLeak;

impl Operation for ReportLeak {
    const SERVICE: &'static str = LEAK_SERVICE;
    const METHOD: &'static str = "ReportLeak";
    const MESSAGE: &'static Message = &messages::own::REPORT_LEAK;
    type Request = leaks::ReportLeak;
    type Reply = leaks::Reported;
}
