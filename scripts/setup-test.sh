#!/usr/bin/env bash
# Installs what the tests need on Debian: a browser, fonts, Python's venv, what the documents' commands use, mail servers, telephones
# and a registrar; builds plugins that misbehave. A missing peer fails here, loudly.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=()
have() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }
for package in chromium fonts-noto-cjk fonts-noto-color-emoji python3-venv procps curl openssl \
  dovecot-imapd dovecot-lmtpd dovecot-submissiond postfix sip-tester baresip-core linphone-cli kamailio; do
  have "$package" || packages+=("$package")
done
if ((${#packages[@]})); then
  if [[ $(id -u) != 0 ]]; then
    echo "The tests need: ${packages[*]}. Install them: sudo apt-get install ${packages[*]}" >&2
    exit 1
  fi
  echo "==> installing ${packages[*]}"
  apt-get update -qq
  # The tests start servers themselves, with configurations of their own: nothing is asked, and nothing is started here.
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${packages[@]}" >/dev/null
fi
scripts/bombs.sh
