# shellcheck shell=bash
# PostgreSQL 15, the oldest that HeliosIQ runs on, as an ordinary user: it refuses root.

postgres_bin=/usr/lib/postgresql/15/bin

as_owner() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid=postgres --regid=postgres --init-groups "$@"
  else
    "$@"
  fi
}

start_postgres() {
  local folder port pid
  folder=$(mktemp -d "${TMPDIR:-/tmp}/heliosiq-ci-postgres15-XXXXXX")
  if [ "$(id -u)" = 0 ]; then chown postgres:postgres "$folder"; fi
  printf 'helios' >"$folder/password"
  (cd / && as_owner "$postgres_bin/initdb" --pgdata="$folder/data" --username=helios --pwfile="$folder/password" \
    --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$folder/initdb.log" 2>&1) ||
    { cat "$folder/initdb.log" >&2; fail "initdb failed" "see the lines above"; }
  port=$(free_port)
  (cd / && as_owner "$postgres_bin/pg_ctl" --pgdata="$folder/data" --log="$folder/data/server.log" --wait --timeout=60 \
    --options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder -c max_connections=200" \
    start >/dev/null) || { cat "$folder/data/server.log" >&2; fail "PostgreSQL 15 did not start" "see the lines above"; }
  pid=$(head -n 1 "$folder/data/postmaster.pid")
  remember 'PostgreSQL 15' "$pid" "$folder" INT
  export_variable HELIOS_TEST_POSTGRES15_URL "postgres://helios:helios@127.0.0.1:$port/postgres"
  echo "services: PostgreSQL 15 runs on 127.0.0.1:$port (process $pid)"
}
