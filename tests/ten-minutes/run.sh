#!/usr/bin/env bash
# The commands of docs/plugins.md, run as they are written: `tests/ten-minutes/run.sh [rust] [ts] [python]`; all when unset.
#
# For each language, in a clean folder and on a fresh desk: the blocks of the section "Ten minutes" are taken out of the document
# and run; then a message must have become a conversation, and an agent's answer must reach the other side, signed. In Rust, whose
# builds are quick, the source is then changed under `plugboard plugin dev`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) root=$(cd "$(dirname "$0")/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
languages=("$@")
((${#languages[@]})) || languages=(rust ts python)

server=${PLUGBOARD_BIN:-}
if [ -z "$server" ]; then
  (cd "$root" && cargo build --locked --quiet --workspace --bin plugboard)
  server=$target/debug/plugboard
fi

block() { # info string: the lines of the fenced blocks that have it
  awk -v fence="\`\`\`sh $1" '$0 == fence { inside = 1; next } /^```/ { inside = 0 } inside' "$root/docs/plugins.md"
}
for name in install message dev conform "${languages[@]}"; do
  [ -n "$(block "$name")" ] || { echo "docs/plugins.md has no block \`sh $name\`"; exit 1; }
done

work=$(mktemp -d)
pids=()
stop() {
  for pid in "${pids[@]}"; do
    kill "$pid" 2> /dev/null || true
    wait "$pid" 2> /dev/null || true
  done
  pids=()
}
trap 'stop; rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$server" "$work/bin/plugboard"
export PATH=$work/bin:$PATH
# Cargo builds where the author's folder is, as it does for an author; compiled plugins are kept between runs.
unset CARGO_TARGET_DIR
export PLUGBOARD_PLUGIN_CACHE=$target/debug/plugin-cache PLUGBOARD_RATE_LIMITS=off

heard() { # what, in the log of `plugin dev`
  for _ in $(seq 1200); do
    grep -qF -e "$1" "$work/dev.log" && return
    kill -0 "$dev" 2> /dev/null || break
    sleep 0.1
  done
  echo "plugin dev did not say \"$1\":"
  tail -40 "$work/dev.log"
  exit 1
}

develop() { # folder of the desk: what is changed reaches it, what is broken does not
  local folder=$1 plugin=$1/clean/hello
  (cd "$plugin" && exec bash -c "exec $(block dev)") > "$work/dev.log" 2>&1 &
  dev=$!
  pids+=("$dev")
  heard '-- hello 0.1.0-dev.'
  sed -i 's/^        let mut sender = /        plugboard_plugin_sdk::log::info("a message came");\n&/' "$plugin/src/lib.rs"
  for _ in $(seq 1200); do
    [ "$(grep -c -e '^-- hello 0.1.0-dev.* on$' "$work/dev.log")" = 2 ] && break
    sleep 0.1
  done
  (cd "$plugin" && export url && eval "$(block message)") > /dev/null
  heard 'a message came'
  # Its provider is played: somebody writes there, and is answered.
  heard '-- its provider is played'
  local page
  page=$(sed -n 's/^-- its provider is played; write as a customer: //p' "$work/dev.log")
  python3 "$here/other_side.py" talk "$PLUGBOARD_DESK" "$PLUGBOARD_TOKEN" "$page" || { tail -40 "$work/dev.log"; exit 1; }
  heard 'customer-1 < Hi Bea'
  local before
  before=$(plugboard plugin list)
  echo 'this is no Rust' >> "$plugin/src/lib.rs"
  heard '-- waiting for a change'
  [ "$(plugboard plugin list)" = "$before" ] || { echo 'what does not build has reached the desk'; exit 1; }
  kill -INT "$dev"
  wait "$dev" || { echo 'plugin dev did not end well'; exit 1; }
}

one() { # language
  local language=$1 folder=$work/$1 began=$SECONDS
  mkdir "$folder"
  local port receiver
  read -r port receiver < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(2)]
for it in sockets:
    it.bind(("127.0.0.1", 0))
print(*(it.getsockname()[1] for it in sockets))
PY
  )
  echo ten-minutes-4711 | plugboard agent create --data "$folder/data" --email root@example.com --password-stdin \
    --role administrator > /dev/null
  plugboard serve --data "$folder/data" --listen "127.0.0.1:$port" > "$folder/server.log" 2>&1 &
  pids+=($!)
  python3 "$here/other_side.py" receive "$receiver" "$folder/received.jsonl" &
  pids+=($!)
  export PLUGBOARD_DESK=http://127.0.0.1:$port OUTGOING=http://127.0.0.1:$receiver/
  PLUGBOARD_TOKEN=$(python3 "$here/other_side.py" token "$PLUGBOARD_DESK" root@example.com ten-minutes-4711)
  export PLUGBOARD_TOKEN
  { echo 'set -euo pipefail'; block "$language"; block install; block message; block conform; } > "$folder/commands.sh"
  if ! (mkdir "$folder/clean" && cd "$folder/clean" && bash "$folder/commands.sh") > "$folder/commands.log" 2>&1; then
    echo "$language: a command of docs/plugins.md failed:"
    tail -40 "$folder/commands.log"
    echo "the desk said:"
    tail -20 "$folder/server.log"
    exit 1
  fi
  python3 "$here/other_side.py" prove "$PLUGBOARD_DESK" "$PLUGBOARD_TOKEN" "$folder/received.jsonl" \
    || { tail -20 "$folder/server.log"; exit 1; }
  if [ "$language" = rust ]; then
    url=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["webhook_url"])' "$folder/clean/hello/inbox.json")
    develop "$folder"
  fi
  stop
  echo "$language: from nothing to a working channel in $((SECONDS - began)) s"
}

for language in "${languages[@]}"; do
  one "$language"
done
