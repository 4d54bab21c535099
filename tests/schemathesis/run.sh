#!/usr/bin/env bash
# The served OpenAPI document against the server that serves it: `tests/schemathesis/run.sh [SCHEMATHESIS-OPTION ...]`.
#
# Signing out is left out: it would end the session that everything else depends on.
# Starts the real binary on a fresh store, seeds it (`seed.py`), and lets schemathesis ask every documented operation with right and
# wrong input. A 5xx, an undocumented status or content type, or a body that is not what the document says, fails.
# `EXAMPLES` (25) and `SECS_MAX` (300) bound it; `SEED` repeats a run.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD root=$(cd ../.. && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
cache=$target/schemathesis
VERSION=4.32.5
CHECKS=not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance

if [ ! -x "$cache/venv-$VERSION/bin/schemathesis" ]; then
  echo "==> installing schemathesis $VERSION"
  mkdir -p "$cache"
  python3 -m venv "$cache/venv-$VERSION"
  "$cache/venv-$VERSION/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$VERSION"
fi

server=${PLUGBOARD_BIN:-}
if [ -z "$server" ]; then
  (cd "$root" && cargo build --locked --quiet --workspace --bin plugboard)
  server=$target/debug/plugboard
fi

work=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
echo fuzz-password-4711 | "$server" agent create --data "$work/data" --email fuzz@example.com --password-stdin \
  --role administrator > /dev/null
# Compiled plugins are kept between runs: compiling the engine of rules takes longer than a request may.
PLUGBOARD_PLUGIN_CACHE=$target/debug/plugin-cache PLUGBOARD_RATE_LIMITS=off RUST_BACKTRACE=1 "$server" serve --data "$work/data" --listen "127.0.0.1:$port" > "$work/server.log" 2>&1 &
server_pid=$!
trap 'kill $server_pid 2> /dev/null || true; wait $server_pid 2> /dev/null || true; rm -rf "$work"' EXIT

python3 "$here/seed.py" "http://127.0.0.1:$port" fuzz@example.com fuzz-password-4711 > "$work/seeds.json" \
  || { tail -20 "$work/server.log"; exit 1; }

cd "$work"
status=0
SEEDS=$work/seeds.json SCHEMATHESIS_HOOKS=hooks PYTHONPATH=$here timeout "${SECS_MAX:-300}" \
  "$cache/venv-$VERSION/bin/schemathesis" run "http://127.0.0.1:$port/api/v1/openapi.json" \
  --checks $CHECKS --phases examples,coverage,fuzzing --max-examples "${EXAMPLES:-25}" --workers 2 --no-shrink \
  --continue-on-failure --suppress-health-check all --warnings off --request-timeout 10 --no-color \
  --exclude-path-regex '(/ws|/sessions/current)$' ${SEED:+--seed "$SEED"} "$@" || status=$?

kill -0 $server_pid 2> /dev/null || { echo "the server is gone:"; tail -30 "$work/server.log"; status=1; }
if grep -n "panicked at" "$work/server.log"; then echo "the server panicked"; status=1; fi
if [ $status = 124 ]; then echo "not done in ${SECS_MAX:-300} s"; fi
exit $status
