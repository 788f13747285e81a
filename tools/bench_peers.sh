#!/usr/bin/env bash
# Installs the servers and tools that `make bench` measures Strongroom against, where this can be
# done without asking; where it cannot, names exactly what is missing and ends with 69.
# The servers' own system services are not started: the harness runs its own copies on loopback.
set -euo pipefail

missing=()
want() { # want PACKAGE TEST-COMMAND...
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}

has_sbin() { PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$1"; }
has_mod_sftp() { compgen -G '/usr/lib*/proftpd/mod_sftp.so' || compgen -G '/usr/lib/*/proftpd/mod_sftp.so'; }

want openssh-server has_sbin sshd
want openssh-client command -v sftp
want proftpd-core has_sbin proftpd
want proftpd-mod-crypto has_mod_sftp
want gnupg command -v gpg
want lftp command -v lftp
want rclone command -v rclone

if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "The benchmark needs these packages (Debian names): ${missing[*]}" >&2
  echo "Install them, for example: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 69
fi

echo "Installing what the benchmark measures against: ${missing[*]} ..." >&2
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
install() { apt-get -qq -o DPkg::Lock::Timeout=120 install --no-install-recommends -y "${missing[@]}"; }
install >/dev/null 2>&1 || {
  apt-get -qq -o DPkg::Lock::Timeout=120 update >/dev/null
  install >/dev/null
}
