#!/bin/sh
# Starts a standby: at its first start it copies the primary, then it follows it. The arguments are
# the program to start afterwards, with the PostgreSQL image: docker-entrypoint.sh postgres
set -eu
: "${PRIMARY_HOST:?the host of the primary}"
: "${EVERWATCH_REPLICATION_PASSWORD:?the password of everwatch_replication}"
: "${PGDATA:?the data folder}"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    mkdir -p "$PGDATA"
    chmod 700 "$PGDATA"
    [ "$(id -u)" != 0 ] || chown postgres "$PGDATA"
    as=; [ "$(id -u)" != 0 ] || as="setpriv --reuid=postgres --regid=postgres --clear-groups"
    PGPASSWORD=$EVERWATCH_REPLICATION_PASSWORD $as pg_basebackup --pgdata "$PGDATA" \
        --checkpoint=fast --wal-method=stream --write-recovery-conf --dbname \
        "host=$PRIMARY_HOST port=${PRIMARY_PORT:-5432} user=everwatch_replication application_name=standby connect_timeout=5"
fi
exec "$@"
