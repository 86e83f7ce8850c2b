#!/usr/bin/env bash
# Follows README.md on a copy of the tree, as a newcomer would, and checks each answer.
# The only change: port 8080 becomes a free one, because it may be in use.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
passed=0
server=

finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

ok() {
  passed=$((passed + 1))
  echo "ok: $1"
}

fail() {
  echo "FAILED: $1"
  echo "readme: $passed passed, 1 failed"
  exit 1
}

# holds NAME FILE PATTERN...: the file has all of these.
holds() {
  local name=$1 file=$2
  shift 2
  for pattern in "$@"; do
    grep -qF -- "$pattern" "$file" || { cat "$file"; fail "$name: no $pattern"; }
  done
  ok "$name"
}

# wait_for FILE TEXT: the server prints it within 15 minutes, in which a slow machine may build all of it.
wait_for() {
  for _ in $(seq 3600); do
    grep -qF -- "$2" "$1" 2>/dev/null && return
    kill -0 "$server" 2>/dev/null || { cat "$1"; fail "the server ended"; }
    sleep 0.25
  done
  fail "no '$2' within 15 minutes"
}

# block HEADING N: the Nth shell block below a heading.
block() {
  awk -v heading="$1" -v wanted="$2" '
    $0 ~ /^#/ { inside = index($0, heading) > 0 }
    inside && /^```sh/ { count++; printing = (count == wanted); next }
    /^```/ { printing = 0 }
    printing' README.md
}

# The copy has the tracked files, or everything except build results.
if git -C "$root" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
  git -C "$root" ls-files -z | tar -C "$root" --null -T - -cf - | tar -C "$work" -xf -
else
  tar -C "$root" --exclude=./target --exclude=./fuzz/target --exclude=./jeton-data -cf - . | tar -C "$work" -xf -
fi
cd "$work"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null || echo 18080)
export JETON_LISTEN=127.0.0.1:$port

# First screen: the demo, and its commands pasted into a shell.
demo=$(block "Jeton" 1)
[ "$demo" = "cargo run --release -- serve --dev" ] || fail "the first command is: $demo"
[ "$(block "Jeton" 2)" = "cargo test --workspace" ] || fail "the second command is: $(block "Jeton" 2)"
$demo >demo.out 2>demo.err &
server=$!
wait_for demo.out "Stop with Ctrl-C"
sed -n '/^TOKEN=/,/sed /p; /^curl/,/^  --\(header "Auth\|data-urlencode\)/p' demo.out >pasted.sh
# Standard error as a pipe: the pasted command opens /dev/stderr anew, which would overwrite a file.
{ bash -e pasted.sh 2>&1 >answers | cat >tokens; } || { cat tokens; fail "the demo's commands"; }
holds "a token as in the guide" tokens '"access_token":"jeton_at_' '"token_type":"Bearer"' '"expires_in":43200' '"scope":"openid profile"'
holds "userinfo" answers '"preferred_username":"demo-service"' '"name":"Demo service"'
holds "introspection" answers '"active":true' '"username":"demo-service"'
pkill -TERM -P "$server" 2>/dev/null || kill -TERM "$server"
wait "$server" || fail "the demo did not end cleanly"
server=
ok "Ctrl-C ends it cleanly"

# Five minutes: the blocks one after the other in one shell, the server ended at the end.
{
  echo 'trap "kill \$(jobs -p) 2>/dev/null; wait" EXIT'
  for n in 1 2 3 4 5 6; do
    block "Five minutes" "$n" | sed "s/8080/$port/g; s|\$PWD/target/release|$CARGO_TARGET_DIR/release|"
    [ "$n" != 1 ] || echo 'until curl --silent --fail --output ready http://127.0.0.1:'"$port"'/debug/ready; do sleep 0.1; done'
    echo "echo; echo '== after block $n'"
  done
  echo "curl --silent --url http://127.0.0.1:$port/oauth/v2/introspect --user \"\$API\" --data-urlencode \"token=\$TOKEN\""
  echo "curl --silent --url http://127.0.0.1:$port/oauth/v2/token --user \"billing-worker:\$SECRET\" --data 'grant_type=client_credentials&scope=openid'"
} >tour.sh
bash -e tour.sh >tour.out 2>tour.err || { cat tour.out tour.err; fail "the five-minute tour"; }
part() { awk -v n="$1" '/^== after block/ { count = $4; next } count == n - 1 || (n == 1 && !count)' tour.out; }
part 2 >out && holds "a service user is created" out "created service user billing-worker"
part 4 >out && holds "userinfo of an own user" out '"name":"Billing worker"'
part 5 >out && holds "introspection by an own API" out '"active":true' '"client_id":"billing-worker"'
part 6 >out && holds "secrets are listed and revoked" out "laptop" "live" "revoked"
part 7 >out && holds "a revoked and deactivated user does not work" out '{"active":false}' '"error":"invalid_client"'

# JWTs, keys, roles: the same store, now without a server.
{
  echo 'export PATH="'"$CARGO_TARGET_DIR"'/release:$PATH" JETON_DATA_DIR="$PWD/jeton-data"'
  block "JWTs, keys" 1
  block "JWTs, keys" 2
  echo 'openssl genpkey -algorithm ED25519 2>/dev/null | openssl pkey -pubout -out public.pem'
  block "JWTs, keys" 3
  block "JWTs, keys" 4 | sed 's/^jeton project create Shop$/PROJECT_ID=$(& | sed "s|.*(id \\(.*\\))|\\1|")/; s/PROJECT_ID\( \|$\)/$PROJECT_ID\1/g'
  echo 'jeton user show billing-worker; jeton role list $PROJECT_ID; jeton key list billing-worker'
} >keys.sh
bash -e keys.sh >keys.out 2>keys.err || { cat keys.sh keys.out keys.err; fail "JWTs, keys, roles"; }
holds "a key is planned to sign with another algorithm" keys.out "EdDSA) signs from" "RS256      active"
holds "a key file is written and a public key is taken" key.json '"type":"serviceaccount"' 'BEGIN RSA PRIVATE KEY'
holds "the user is as the page makes it" keys.out "access tokens      jwt" "allowed scopes     openid profile"
holds "roles and keys are there" keys.out "reader" "RS256" "EdDSA" "granted (authorization"

# Administration over HTTP: the first administrator, REST with curl, and the command line from another machine.
export XDG_CONFIG_HOME=$work/config
{
  echo 'trap "kill \$(jobs -p) 2>/dev/null; wait" EXIT'
  echo 'export PATH="'"$CARGO_TARGET_DIR"'/release:$PATH" JETON_DATA_DIR="$PWD/jeton-data"'
  echo 'jeton serve &'
  echo 'until curl --silent --fail --output ready http://127.0.0.1:'"$port"'/debug/ready; do sleep 0.1; done'
  block "Administration over HTTP" 1
  block "Administration over HTTP" 2 | sed "s/8080/$port/g"
  block "The console" 1
  echo "curl --silent http://127.0.0.1:$port/ui/console/"
} >admin.sh
bash -e admin.sh >admin.out 2>admin.err || { cat admin.sh admin.out admin.err; fail "administration over HTTP"; }
holds "a user is created over REST" admin.out '"userId":"'
holds "the command line works remotely" admin.out "saved; use it with --profile home" "billing-worker" "assigned"
holds "the audit trail is verified" admin.out "the audit trail is intact"

holds "a link signs in to the console, which is there" admin.out "/ui/console/#link=jeton_li_" '<script type="module" src="app.js">'

# The files and folders that the page names exist.
for path in $(grep -o '](\([^)#:]*\))' README.md | tr -d ']()') deploy/jeton.service crates/secret tests benches fuzz fuzz/run; do
  [ -e "$path" ] || fail "README.md names $path, which is not there"
done
ok "files that it names exist"
echo "readme: $passed passed, 0 failed"
