#!/usr/bin/env bash
# Builds the agent app and the widget when their sources are newer than what was built.
set -euo pipefail
cd "$(dirname "$0")/.."

build() { # folder, what
  local folder=$1 what=$2 stamp=$1/dist/.built
  if [[ -f $stamp ]] && [[ -z $(find "$folder" -newer "$stamp" -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/out/*' -print -quit) ]]; then
    return
  fi
  echo "==> building the $what"
  if [[ ! -d $folder/node_modules ]] || [[ $folder/package-lock.json -nt $folder/node_modules/.package-lock.json ]]; then
    (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error)
  fi
  (cd "$folder" && npm run --silent build)
  touch "$stamp"
}
build web/widget "widget"
build web "agent app"
