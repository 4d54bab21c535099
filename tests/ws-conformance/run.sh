#!/usr/bin/env bash
# Autobahn's cases 1 to 7, 9 and 10 against our websocket stack: `tests/ws-conformance/run.sh [--wstest] [NUMBER-PREFIX ...]`.
#
# The peer is an echo on the same library, upgrade and buffer sizes as the sockets of agents and visitors
# (`echo_socket`); only its message limit is larger, since the suite sends 16 MiB. By default `fuzz.py` runs the suite's own
# case classes under Python 3; `--wstest` runs the suite's own client, for which a Python 2.7 with pip is needed
# (named by PYTHON2, or found). Both judge alike: 296 OK, 2 NON-STRICT, 3 INFORMATIONAL of 301.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD root=$(cd ../.. && pwd)
cache=${CARGO_TARGET_DIR:-$root/target}/ws-conformance
mkdir -p "$cache"
VERSION=0.8.2

original=no
if [ "${1:-}" = --wstest ]; then original=yes; shift; fi

(cd "$root" && cargo build --locked --quiet --workspace --example echo_socket)
peer=${CARGO_TARGET_DIR:-$root/target}/debug/examples/echo_socket

"$peer" 127.0.0.1:0 > "$cache/peer.log" 2>&1 &
peer_pid=$!
trap 'kill $peer_pid 2> /dev/null || true' EXIT
for _ in $(seq 100); do
  address=$(sed -n 's/^echo listens on //p' "$cache/peer.log")
  [ -n "$address" ] && break
  sleep 0.05
done
[ -n "$address" ] || { cat "$cache/peer.log"; exit 1; }

if [ $original = yes ]; then
  for exec_python in "${PYTHON2:-}" python2.7 "$HOME"/.pyenv/versions/2.7.*/bin/python2.7; do
    "$exec_python" -m pip --version > /dev/null 2>&1 && break
  done
  if [ ! -d "$cache/wstest" ]; then
    "$exec_python" -m pip install --quiet --target "$cache/wstest" autobahntestsuite==$VERSION zope.interface
    touch "$cache/wstest/zope/__init__.py"
  fi
  cat > "$cache/spec.json" << SPEC
{"outdir": "$cache/report", "servers": [{"agent": "plugboard", "url": "ws://$address/"}],
 "cases": ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.*", "10.*"], "exclude-cases": [], "exclude-agent-cases": {}}
SPEC
  PYTHONPATH=$cache/wstest timeout 300 "$exec_python" "$cache/wstest/bin/wstest" -m fuzzingclient -s "$cache/spec.json" \
    > "$cache/wstest.log" 2>&1 || { tail -20 "$cache/wstest.log"; exit 1; }
  python3 "$here/judge.py" "$cache/report/index.json"
  exit
fi

if [ ! -d "$cache/suite" ]; then
  # A wheel for any Python: fetched and unpacked, not installed, since its dependencies are Python 2's.
  python3 -m venv "$cache/venv"
  "$cache/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --python-version 2.7 --implementation py --abi none --platform any --dest "$cache/wheel" autobahntestsuite==$VERSION
  python3 -m zipfile -e "$cache"/wheel/autobahntestsuite-$VERSION-*.whl "$cache/suite"
fi
timeout 120 python3 "$here/fuzz.py" "$cache/suite" "ws://$address/" "$@"
