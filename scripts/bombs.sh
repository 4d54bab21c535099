#!/usr/bin/env bash
# Builds the misbehaving plugins in TypeScript and Python that the tests of the sandbox throw, to
# crates/plugin-runtime/tests/bombs/dist. What has not changed is left alone.
set -euo pipefail
cd "$(dirname "$0")/../crates/plugin-runtime/tests/bombs"

contract=../../../plugin-sdk/wit/since-v0.1
mkdir -p wit/deps dist
rm -rf wit/deps/plugin
cp -r "$contract" wit/deps/plugin

# Says whether a component is as new as what it is made of.
fresh() {
  local built="dist/$1.wasm"
  shift
  [[ -f "$built" && -z "$(find "$@" wit/world.wit "$contract" -newer "$built" -type f -print -quit)" ]]
}

if ! fresh typescript typescript/src typescript/package-lock.json; then
  echo "==> building bombs in TypeScript"
  (cd typescript && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build)
fi
if ! fresh python python/app.py python/requirements.txt; then
  echo "==> building bombs in Python"
  [[ -x python/.venv/bin/componentize-py ]] || {
    python3 -m venv python/.venv
    python/.venv/bin/pip install --quiet --requirement python/requirements.txt
  }
  (cd python && .venv/bin/componentize-py --wit-path ../wit --world bombs componentize --stub-wasi app --output ../dist/python.wasm)
fi
