//! A PostgreSQL of the tests' own: a shell starts it, waits until its input ends, which is when the tests do,
//! and then stops it and removes its directory.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Once, OnceLock};
use std::time::{Duration, Instant};

/// The password of all roles.
pub(crate) const PASSWORD: &str = "a password of the tests";

/// A running server.
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) directory: PathBuf,
    programs: PathBuf,
    _ending: Ending,
}

/// The shell that stops what it started when this is dropped, or the tests end.
struct Ending {
    shell: Child,
    input: Option<ChildStdin>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.shell.wait();
    }
}

const START: &str = r#"
set -eu
bin=$1 port=$2 dir=$(mktemp -d /tmp/jeton-pg.XXXXXX)
as=
if [ "$(id -u)" = 0 ]; then
  id jeton-test >/dev/null 2>&1 || useradd -r jeton-test 2>/dev/null || id jeton-test >/dev/null
  as="setpriv --reuid=jeton-test --regid=jeton-test --clear-groups"
fi
cd "$dir"
printf '%s' "$PGPASSWORD" > password
for name in ca other; do
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$name" \
    -keyout $name.key -out $name.pem
done
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout server.key -out server.csr
printf 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n' > extensions
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out server.pem
chmod 600 server.key
[ -z "$as" ] || chown -R jeton-test "$dir"
$as "$bin/initdb" -D data -U postgres -A scram-sha-256 --pwfile=password --no-sync
cat >> data/postgresql.conf <<END
port = $port
listen_addresses = '127.0.0.1'
unix_socket_directories = '$dir'
fsync = off
max_connections = 300
ssl = on
ssl_cert_file = '$dir/server.pem'
ssl_key_file = '$dir/server.key'
END
$as "$bin/pg_ctl" -D data -w -t 60 -l log start
echo "ready $dir" >&3
cat > /dev/null
$as "$bin/pg_ctl" -D data -m immediate stop || true
# The last process may still write while the first attempt removes.
cd / && { rm -rf "$dir" || { sleep 1; rm -rf "$dir"; }; }
"#;

/// A port without a listener.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Server {
    /// Starts one; `None` if the tests are to be skipped, which one line tells.
    pub(crate) fn start() -> Option<Self> {
        static TOLD: Once = Once::new();
        let Some(programs) = std::env::var_os("JETON_TEST_POSTGRES") else {
            // Past the test harness, which swallows what passing tests print.
            TOLD.call_once(|| {
                let line =
                    "tests against PostgreSQL skipped: JETON_TEST_POSTGRES does not name its programs\n";
                std::io::stderr().write_all(line.as_bytes()).unwrap();
            });
            return None;
        };
        let port = free_port();
        let script = format!("exec 3>&1 >&2; {START}");
        let mut shell = Command::new("sh")
            .args(["-c", &script, "sh"])
            .arg(&programs)
            .arg(port.to_string())
            .env("PGPASSWORD", PASSWORD)
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = shell.stdin.take();
        let mut line = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let directory = line.trim().strip_prefix("ready ").expect("PostgreSQL starts").into();
        let server = Self { port, directory, programs: programs.into(), _ending: Ending { shell, input } };
        server.sql("postgres", &format!("CREATE ROLE jeton LOGIN PASSWORD '{PASSWORD}'"));
        Some(server)
    }

    fn psql(&self, database: &str) -> Command {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "postgres"])
            .args(["-p", &self.port.to_string(), "-d", database])
            .env("PGPASSWORD", PASSWORD);
        psql
    }

    /// The output of statements, run by the administrator.
    pub(crate) fn sql(&self, database: &str, statements: &str) -> String {
        let output = self.psql(database).args(["-c", statements]).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        assert!(output.status.success(), "{statements}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// A transaction that has run these statements, and is rolled back when the result is dropped.
    pub(crate) fn transaction(&self, database: &str, statements: &str) -> Transaction {
        let mut psql = self.psql(database).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut input = psql.stdin.take().unwrap();
        writeln!(input, "BEGIN; {statements};\n\\echo held").unwrap();
        let mut output = BufReader::new(psql.stdout.take().unwrap());
        let mut line = String::new();
        while line.trim() != "held" {
            line.clear();
            assert!(output.read_line(&mut line).unwrap() > 0, "{statements}");
        }
        Transaction(Ending { shell: psql, input: Some(input) })
    }

    /// Kills the server as a crash does, and starts it again.
    pub(crate) fn crash_and_start(&self) {
        let script = r#"
as=
[ "$(id -u)" != 0 ] || as="setpriv --reuid=jeton-test --regid=jeton-test --clear-groups"
cd "$2" && $as "$1/pg_ctl" -D data -m immediate -w -t 60 -l log restart < /dev/null > /dev/null 2>&1
"#;
        let status = Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(&self.programs)
            .arg(&self.directory)
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// A program in a process that ends with the tests, run by the user of the server in its directory.
    pub(crate) fn supervise(&self, command: &str, port: u16) -> Supervised {
        let script = r#"
set -eu
as=
[ "$(id -u)" != 0 ] || as="setpriv --reuid=jeton-test --regid=jeton-test --clear-groups"
cd "$2"
$as $1 < /dev/null > /dev/null 2>&1 &
pid=$!
cat > /dev/null
kill -9 $pid
"#;
        let mut shell = Command::new("sh")
            .args(["-c", script, "sh", command])
            .arg(&self.directory)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let input = shell.stdin.take();
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "{command} listens");
            std::thread::yield_now();
        }
        Supervised(Ending { shell, input })
    }
}

/// A process that ends when this is dropped.
pub(crate) struct Supervised(#[expect(dead_code, reason = "it is there to be dropped")] Ending);

/// An open transaction.
pub(crate) struct Transaction(#[expect(dead_code, reason = "it is there to be dropped")] Ending);

/// The server that most tests share.
pub(crate) fn shared() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(Server::start).as_ref()
}
