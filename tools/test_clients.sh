#!/usr/bin/env bash
# Installs the real clients and servers that the tests drive, as root on Debian or Ubuntu; anybody
# else gets their names, and the tests that need a missing one are skipped with its name.
# Nothing that is installed here is started, and no PostgreSQL cluster is made.
set -euo pipefail

export PATH="$PATH:/usr/sbin:/sbin"
missing=()
want() { # want PACKAGE COMMAND
  command -v "$2" >/dev/null 2>&1 || missing+=("$1")
}
has_mod_sftp() { compgen -G '/usr/lib*/proftpd/mod_sftp.so' >/dev/null || compgen -G '/usr/lib/*/proftpd/mod_sftp.so' >/dev/null; }
has_postgresql() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null 2>&1; }

want openssh-client sftp
want openssh-server sshd
want putty-tools psftp
want lftp lftp
want rclone rclone
want curl curl
want filezilla filezilla
want xvfb Xvfb
want xdotool xdotool
want gnupg gpg
want sq sq
want nftables nft
want iproute2 ip
want poppler-utils pdftotext
want proftpd-core proftpd
has_mod_sftp || missing+=(proftpd-mod-crypto)
want cron crontab
want libplist-utils plistutil
want libxml2-utils xmllint
want zbar-tools zbarimg
want chromium chromium
has_postgresql || missing+=(postgresql)

if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "Some tests will be skipped. They need these packages (Debian names): ${missing[*]}"
  echo "To have them: sudo apt-get install --no-install-recommends ${missing[*]}"
  exit 0
fi

echo "Installing what the tests drive (some minutes, once): ${missing[*]} ..."
undo=()
trap 'for made in "${undo[@]}"; do rm -f "$made"; done' EXIT

# Debian asks this program before it starts a service; 101 means no.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  undo+=("$policy")
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
# The tests make clusters of their own; the package would make one for the machine.
clusters=/etc/postgresql-common/createcluster.conf
if [ ! -e "$clusters" ]; then
  mkdir -p "${clusters%/*}"
  printf 'create_main_cluster = false\n' >"$clusters"
fi

export DEBIAN_FRONTEND=noninteractive
apt=(apt-get -qq -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold)
log=$(mktemp)
undo+=("$log")
run() { "$@" >"$log" 2>&1; }
run "${apt[@]}" update || echo "apt-get update had trouble; trying with the lists that are here"
if ! run "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; then
  # One unknown name stops all of them; so one at a time, and the rest is skipped by name.
  for package in "${missing[@]}"; do
    run "${apt[@]}" install -y --no-install-recommends "$package" ||
      echo "Could not install $package: $(tail -n 1 "$log")"
  done
fi
echo "Done."
