#!/bin/sh
# Lets a standby follow this server: its role, and the line that admits it. Run once as a superuser,
# by the PostgreSQL image at its first start or by hand; does nothing without a password.
set -eu
[ -n "${EVERWATCH_REPLICATION_PASSWORD:-}" ] || exit 0
export EVERWATCH_REPLICATION_PASSWORD
user=${POSTGRES_USER:-${PGUSER:-postgres}}
# Whose addresses may follow; "samenet": the networks this server itself is in.
from=${EVERWATCH_REPLICATION_FROM:-samenet}

file=$(psql --no-psqlrc --tuples-only --no-align --username "$user" --dbname postgres <<'SQL'
\set ON_ERROR_STOP 1
\set QUIET 1
\getenv password EVERWATCH_REPLICATION_PASSWORD
SELECT format('%s ROLE everwatch_replication LOGIN REPLICATION PASSWORD %L',
    CASE WHEN count(*) = 0 THEN 'CREATE' ELSE 'ALTER' END, :'password')
FROM pg_roles WHERE rolname = 'everwatch_replication' \gexec
SHOW hba_file;
SQL
)
line="host replication everwatch_replication $from scram-sha-256"
grep -qxF "$line" "$file" || printf '%s\n' "$line" >>"$file"
psql --no-psqlrc --quiet --username "$user" --dbname postgres \
    --command "SELECT pg_reload_conf()" >/dev/null
