#!/usr/bin/env bash
# Runs the cases of every bundled plugin on the package that `make plugins` made. What fails is printed whole.
set -euo pipefail
cd "$(dirname "$0")/.."
plugboard=${PLUGBOARD_BIN:-${CARGO_TARGET_DIR:-target}/debug/plugboard}
failed=()
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for manifest in plugins/*/plugin.toml; do
  folder=$(dirname "$manifest") key=$(basename "$(dirname "$manifest")")
  if "$plugboard" plugin test "$folder" --package "plugins/dist/$key.plugboard" > "$log" 2>&1; then
    printf '%-24s %s\n' "$key" "$(grep ' cases passed' "$log")"
  else
    cat "$log"
    failed+=("$key")
  fi
done
((${#failed[@]} == 0)) || { echo "cases fail: ${failed[*]}" >&2; exit 1; }
