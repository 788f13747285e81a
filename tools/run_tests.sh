#!/usr/bin/env bash
# Runs every test on SQLite, then those that touch the database again on PostgreSQL.
# Arguments go to pytest both times, e.g.: make test ARGS="-k manifest -x"
set -uo pipefail

cd "$(dirname "$0")/.."
export PATH="$PATH:/usr/sbin:/sbin"
pytest=(.venv/bin/python -m pytest -q)
workers=${TEST_WORKERS:-2}
failed=0
chosen=$#
nothing_chosen=5

absent=()
for client in sftp scp sshd psftp puttygen lftp rclone curl filezilla Xvfb xdotool gpg sq nft ip pdftotext \
    proftpd crontab plistutil xmllint zbarimg chromium; do
  command -v "$client" >/dev/null 2>&1 || absent+=("$client")
done
.venv/bin/python -c 'from tools import postgres; postgres.find_programs()' 2>/dev/null || absent+=(postgresql)
if [ ${#absent[@]} -eq 0 ]; then
  echo "Every real client that the tests drive is here."
else
  echo "Not on this machine, so their tests are skipped: ${absent[*]}"
fi

run() { # run TITLE pytest-arguments...
  echo
  echo "== $1"
  shift
  "${pytest[@]}" "$@"
  local status=$?
  # ARGS="-k ..." may choose nothing in one of the runs; without ARGS that would be a failure.
  if [ "$status" -eq "$nothing_chosen" ] && [ "$chosen" -gt 0 ]; then
    status=0
  fi
  [ "$status" -eq 0 ] || failed=$status
}

run "On SQLite" -n "$workers" --dist loadfile -m "not soak and not alone" tests "$@"
if grep -rqE --include='*.py' 'mark\.alone' tests; then
  run "On SQLite, those that measure time, one after another" -m "alone and not soak" tests "$@"
fi
case " ${absent[*]-} " in
  *" postgresql "*) echo; echo "== On PostgreSQL: SKIPPED, it is not installed" ;;
  *) run "On PostgreSQL" -n "$workers" --dist loadfile --database postgresql \
       -m "django_db and not soak" tests/unit tests/contracts "$@" ;;
esac

# On success pytest's own summary is the last line, which is what CI goes by.
if [ "$failed" -ne 0 ]; then
  echo
  echo "Some tests fail; the lines that begin with FAILED or ERROR name them."
fi
exit "$failed"
