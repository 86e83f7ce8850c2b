//! `jeton serve`: the configuration, start and end of the server.

use crate::args::{self, Global, Serve};
use crate::limits::LAST_WORDS_TIMEOUT;
use crate::transport::{perform_in_process, runtime};
use crate::{CliError, dev, log, output, shell, signals, watchdog};
use jeton_api::administrators;
use jeton_api::calls::administrator::Bootstrap;
use jeton_domain::key::KeySpec;
use jeton_domain::scope::{ScopeSet, UnknownScopes};
use jeton_domain::service_user::JwtType;
use jeton_oauth::assertion::AssertionPolicy;
use jeton_oauth::metadata::{CONSOLE_PATH, Issuer};
use jeton_server::config::{Config, Retention};
use jeton_server::fresh::Fresh;
use jeton_server::limits::{CONNECTIONS_MAX, OPEN_FILES_RESERVED};
use jeton_server::run::Server;
use serde_json::{Value, json};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::thread::available_parallelism;
use zeroize::Zeroizing;

pub(crate) fn run(global: &Global, serve: Serve) -> Result<(), CliError> {
    let log = log::start(serve.log_format)?;
    harden();
    let connections_max = allow_connections();
    if serve.accept_token_endpoint_audience {
        tracing::warn!("assertions for client authentication may name the endpoint as their audience");
    }
    watchdog::start(&log, serve.shutdown_delay)?;
    // A failed first start removes the files it has created, after the server itself is gone.
    let mut fresh = None;
    let result = runtime()?.block_on(start_and_run(global, serve, connections_max, &mut fresh));
    drop(fresh);
    result
}

async fn start_and_run(
    global: &Global,
    serve: Serve,
    connections_max: usize,
    fresh: &mut Option<Arc<Fresh>>,
) -> Result<(), CliError> {
    // First of all, so that a signal during the start is not lost.
    let stop = signals::stop()?;
    signals::tell_meaningless()?;
    let dev = serve.dev;
    let first_admin = serve.first_admin.clone().zip(serve.first_admin_token_file.clone());
    let config = configure(global, serve, connections_max)?;
    let server = Server::start(config).await.map_err(|error| CliError::new(error.to_string()))?;
    *fresh = Some(server.fresh());
    if let Some((name, file)) = first_admin {
        bootstrap(&server, &name, &file).await?;
    }
    if dev {
        dev::welcome(&server, global).await?;
    } else {
        announce(&server, global);
    }
    server.run(stop).await;
    Ok(())
}

fn configure(global: &Global, serve: Serve, connections_max: usize) -> Result<Config, CliError> {
    let listen = serve.listen.resolve().map_err(|error| CliError::new(format!("--listen: {error}")))?;
    let issuer = serve.issuer.or_else(|| serve.listen.local_url());
    let issuer = issuer.as_deref().map(Issuer::parse).transpose();
    let issuer = issuer.map_err(|error| CliError::new(format!("--issuer: {error}")))?;
    let mebibytes =
        usize::try_from(serve.cache_mib).map_err(|_| CliError::new("--cache-mib is too large"))?;
    let database = serve.database.read()?;
    Ok(Config {
        database,
        data_dir: global.data_dir.clone(),
        listen,
        issuer,
        behind_tls_proxy: serve.behind_tls_proxy,
        trusted_proxies: serve.trusted_proxy.into_iter().flat_map(|networks| networks.0).collect(),
        workers: serve.workers.or_else(|| available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN),
        connections_max,
        idle_timeout: serve.idle_timeout,
        shutdown_delay: serve.shutdown_delay,
        cache_bytes: mebibytes.saturating_mul(1024 * 1024),
        token_lifetime_seconds: u32::try_from(serve.token_lifetime.as_secs()).unwrap_or(u32::MAX),
        strict_scopes: serve.strict_scopes,
        default_scopes: default_scopes(serve.default_scopes.as_deref())?,
        assertions: AssertionPolicy {
            skew_seconds: serve.clock_skew.into(),
            client_lifetime_seconds_max: serve.client_assertion_lifetime.as_secs(),
            token_endpoint_audience: serve.accept_token_endpoint_audience,
        },
        development: serve.dev,
        signing_key: KeySpec { algorithm: serve.signing_algorithm, rsa_bits: serve.signing_rsa_bits },
        jwt_type: match serve.jwt_type {
            args::JwtType::Jwt => JwtType::Jwt,
            args::JwtType::AtJwt => JwtType::AtJwt,
        },
        signing_key_lifetime_seconds: serve.signing_key_lifetime.as_secs(),
        retention: Retention {
            commands: serve.audit_retention.seconds(),
            failures: serve.audit_failure_retention.seconds(),
        },
    })
}

/// Creates the first administrator if there is none. An instance that has one is left unchanged, so the same
/// arguments can be used for every start.
async fn bootstrap(server: &Server, name: &str, file: &Path) -> Result<(), CliError> {
    let failed = |why: &str| CliError::new(format!("creating the first administrator {name}: {why}"));
    let snapshot = server.snapshot().map_err(|error| failed(&error.to_string()))?;
    let has_some = snapshot.has_administrators().map_err(|error| failed(&error.to_string()))?;
    drop(snapshot);
    if has_some {
        tell_lost_token(name, file);
        return Ok(());
    }
    let local = server.local_api().map_err(|error| failed(&error.to_string()))?;
    let target = output::PrivateFile::create_in_place_of_empty(file)?;
    let request =
        administrators::Bootstrap { username: name.to_owned(), expiration_date: None, lifetime: None };
    let reply = perform_in_process::<Bootstrap>(&local, &request).await;
    let reply = reply.map_err(|error| failed(&error.message))?;
    let token = Zeroizing::new(reply.token);
    // A failed first start removes the administrator with everything else.
    target.write(&token).map_err(|error| match server.fresh().is_first() {
        true => error,
        false => CliError::new(format!(
            "{error}; the administrator {name} was created, its token is lost: run {}",
            recover(name)
        )),
    })?;
    tracing::info!(username = name, file = %file.display(), "created the first administrator");
    Ok(())
}

fn recover(name: &str) -> String {
    shell::command("jeton admin recover", &[name])
}

/// Warns if the token file is missing or empty: the token was shown once and can't be written again.
fn tell_lost_token(name: &str, file: &Path) {
    if file.metadata().is_ok_and(|file| file.len() > 0) {
        return;
    }
    tracing::warn!(
        file = %file.display(),
        "the instance has an administrator already, so no first one was created and there is no token in this file; \
         if the token is lost, run: {}",
        recover(name)
    );
}

/// Scopes with any white space between and around them. The grammar of requests, which has exactly one
/// space, is inconvenient in settings.
fn default_scopes(text: Option<&str>) -> Result<ScopeSet, CliError> {
    let scopes: Vec<_> = text.unwrap_or_default().split_ascii_whitespace().collect();
    if scopes.is_empty() {
        return Ok(ScopeSet::default());
    }
    ScopeSet::parse(&scopes.join(" "), UnknownScopes::Refuse)
        .map_err(|error| CliError::new(format!("--default-scopes: {error}")))
}

/// Address, issuer and data directory of the started server, for programs.
pub(crate) fn started(server: &Server) -> Value {
    json!({
        "listen": server.address.to_string(),
        "issuer": server.issuer.as_str(),
        "dataDir": server.config.data_dir.display().to_string(),
    })
}

/// Prints the first lines of a server that is not a demo.
fn announce(server: &Server, global: &Global) {
    if global.json {
        return show(vec![output::json_text(&started(server))]);
    }
    let lines = [
        format!("Jeton listens on http://{} as {}", server.address, server.issuer),
        format!("State is in {}", server.config.data_dir.display()),
        "First token: jeton user create NAME, then jeton secret generate NAME".to_owned(),
        format!("Console: {}{CONSOLE_PATH}/ (jeton console prints a link that signs you in)", server.issuer),
    ];
    show(lines.into());
}

/// Prints the first lines. A missing or stalled reader does not keep the server from serving.
pub(crate) fn show(lines: Vec<String>) {
    let print = move || {
        let (mut out, mut remarks) = (std::io::stdout(), std::io::stderr());
        let mut output = output::Output::new(&mut out, &mut remarks);
        drop(lines.iter().try_for_each(|text| output.line(text)));
    };
    output::within(LAST_WORDS_TIMEOUT, print);
}

/// Turns off core dumps and debuggers, because secrets are in this process's memory.
fn harden() {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    let no_core = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let no_dump = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    if no_core.is_err() || no_dump.is_err() {
        tracing::warn!("core dumps could not be turned off");
    }
}

/// Raises the limit of open files to its maximum and returns the number of connections it allows. The
/// initial limit is low only for programs that use `select`.
fn allow_connections() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let begun_with = getrlimit(Resource::Nofile);
    if begun_with.current != begun_with.maximum {
        // The result is read below.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: begun_with.maximum, ..begun_with });
    }
    let Some(limit) = getrlimit(Resource::Nofile).current else { return CONNECTIONS_MAX };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let connections = connections_beside(limit);
    if connections < CONNECTIONS_MAX {
        tracing::warn!(
            open_files = limit,
            connections,
            connections_wanted = CONNECTIONS_MAX,
            "the limit of open files allows fewer connections; raise it (ulimit -Hn, LimitNOFILE)"
        );
    }
    connections
}

/// Connections that fit beside other descriptors, such as the store's files and the operator's socket,
/// which is needed most when descriptors run out. If there are few, half of them are for connections.
fn connections_beside(open_files: usize) -> usize {
    open_files.saturating_sub(OPEN_FILES_RESERVED.min(open_files / 2)).clamp(1, CONNECTIONS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Args, Command};

    #[test]
    fn default_scopes_may_have_spaces_anywhere() {
        let read = |text: Option<&str>| default_scopes(text).map(|scopes| scopes.to_string()).ok();
        for none in [None, Some(""), Some(" "), Some(" \t\r\n")] {
            assert_eq!(read(none).as_deref(), Some(""), "{none:?}");
        }
        for two in ["openid profile", " openid  profile ", "openid\tprofile\r\n"] {
            assert_eq!(read(Some(two)).as_deref(), Some("openid profile"), "{two:?}");
        }
        for bad in ["openid, profile", "\"openid\"", "openid\u{a0}profile", "unknown"] {
            assert_eq!(read(Some(bad)), None, "{bad:?}");
        }
    }

    /// The configuration of a server with these arguments, or the refusal.
    fn configured(arguments: &str) -> Result<Config, String> {
        let words = ["jeton", "serve"].into_iter().chain(arguments.split_whitespace());
        let Args { global, command } = Args::parsed(words).map_err(|error| error.to_string())?;
        match command {
            Command::Serve(serve) => configure(&global, *serve, 7).map_err(|error| error.to_string()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_setting_that_a_server_can_not_have_is_refused_with_its_option() {
        for (arguments, option) in [
            ("--issuer=id.example.com", "--issuer: "),
            ("--issuer=https://id.example.com/?x", "--issuer: "),
            ("--issuer=https://id.example.com#x", "--issuer: "),
            ("--default-scopes=unknown", "--default-scopes: "),
            ("--default-scopes=openid,profile", "--default-scopes: "),
        ] {
            let refused = configured(arguments).expect_err(arguments);
            assert!(refused.starts_with(option), "{arguments}: {refused}");
        }
    }

    #[test]
    fn a_server_without_settings_has_the_defaults_of_the_help() {
        let config = configured("").unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert!(config.issuer.is_none() && config.trusted_proxies.is_empty());
        assert!(!config.behind_tls_proxy && !config.strict_scopes && !config.development);
        assert_eq!(config.token_lifetime_seconds, 12 * 3600);
        assert_eq!(config.default_scopes, ScopeSet::default());
        assert_eq!(
            (config.assertions.skew_seconds, config.assertions.client_lifetime_seconds_max),
            (30, 3600)
        );
        assert!(!config.assertions.token_endpoint_audience, "it is less safe");
        assert!(matches!(config.jwt_type, JwtType::Jwt));
        assert_eq!(config.signing_key_lifetime_seconds, 90 * 86_400);
        assert_eq!((config.retention.commands, config.retention.failures), (None, Some(90 * 86_400)));
        assert_eq!((config.cache_bytes, config.connections_max), (112 << 20, 7));
    }

    #[test]
    fn settings_reach_the_configuration() {
        let config = configured(
            "--issuer=https://id.example.com --behind-tls-proxy --trusted-proxy=10.0.0.0/8,::1 --trusted-proxy=10.1.0.1 \
             --token-lifetime=15m --strict-scopes --default-scopes=openid --jwt-type=at+jwt --audit-retention=2d \
             --audit-failure-retention=forever --clock-skew=5 --client-assertion-lifetime=60 --cache-mib=4 --workers=3 \
             --accept-token-endpoint-audience --signing-key-lifetime=1d --idle-timeout=9 --shutdown-delay=2",
        )
        .unwrap();
        assert_eq!(config.issuer.unwrap().to_string(), "https://id.example.com");
        assert!(config.behind_tls_proxy && config.strict_scopes);
        assert_eq!(config.trusted_proxies.len(), 3);
        assert_eq!(config.token_lifetime_seconds, 900);
        assert_eq!(config.default_scopes.to_string(), "openid");
        assert!(matches!(config.jwt_type, JwtType::AtJwt));
        assert_eq!((config.retention.commands, config.retention.failures), (Some(2 * 86_400), None));
        assert_eq!((config.assertions.skew_seconds, config.assertions.client_lifetime_seconds_max), (5, 60));
        assert!(config.assertions.token_endpoint_audience);
        assert_eq!((config.cache_bytes, config.workers.get()), (4 << 20, 3));
        assert_eq!(config.signing_key_lifetime_seconds, 86_400);
        assert_eq!((config.idle_timeout.as_secs(), config.shutdown_delay.as_secs()), (9, 2));
    }

    #[test]
    fn the_issuer_of_a_server_on_localhost_is_its_url() {
        for (arguments, issuer) in [
            ("--listen=localhost:4711", Some("http://localhost:4711")),
            ("--listen=localhost:4711 --issuer=https://id.example.com", Some("https://id.example.com")),
            ("--listen=localhost:0", None),
            ("--listen=127.0.0.1:4711", None),
        ] {
            let config = configured(arguments).unwrap();
            assert_eq!(config.issuer.map(|issuer| issuer.to_string()).as_deref(), issuer, "{arguments}");
        }
    }

    #[test]
    fn connections_leave_descriptors_for_everything_else() {
        for (open_files, connections) in [
            (0, 1),
            (100, 50),
            (2 * OPEN_FILES_RESERVED, OPEN_FILES_RESERVED),
            (CONNECTIONS_MAX + OPEN_FILES_RESERVED - 1, CONNECTIONS_MAX - 1),
            (CONNECTIONS_MAX + OPEN_FILES_RESERVED, CONNECTIONS_MAX),
            (usize::MAX, CONNECTIONS_MAX),
        ] {
            assert_eq!(connections_beside(open_files), connections, "{open_files}");
        }
    }
}
