#!/usr/bin/env bash
# Headless Chromium: the widget and the agent app against their mock desks, then the journeys against the real binary.
# With `budgets`, how fast all that is instead: figures that mean something on an idle machine only.
set -euo pipefail
cd "$(dirname "$0")/.."

packages() { # folder
  if [[ ! -d $1/node_modules ]] || [[ $1/package-lock.json -nt $1/node_modules/.package-lock.json ]]; then
    (cd "$1" && npm ci --no-audit --no-fund --loglevel=error)
  fi
}
for folder in web/widget web tests/browser; do packages "$folder"; done

# A busy machine makes a browser late now and then: what failed runs once more, and that it had to is the last thing said.
unsteady=()
suite() { # folder, script, what
  echo "==> $3"
  (cd "$1" && npm run --silent "$2") && return
  echo "==> $3: FAILED, once more" >&2
  (cd "$1" && npm run --silent "$2")
  unsteady+=("$3")
}
if [[ ${1:-} == budgets ]]; then
  (cd web && npm run --silent test:browser -- speed)
  suite tests/browser budgets "budgets against the real binary"
  exit
fi
# Who plays the providers of the bundled channels.
[[ -n ${PLUGBOARD_FAKES_BIN:-} ]] || cargo build --locked --quiet --workspace --bin plugboard-fakes
suite web/widget test:browser "the widget in Chromium"
suite web test:browser "the agent app in Chromium"
suite tests/browser test "journeys, accessibility and budgets against the real binary"
if ((${#unsteady[@]})); then
  printf 'UNSTEADY, passed the second time only: %s\n' "${unsteady[@]}" >&2
fi
