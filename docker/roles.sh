#!/bin/sh
# Makes Everwatch's roles and its database. Run once: by the PostgreSQL image at its first
# start, or by hand as a superuser (psql finds the server through PGHOST, PGPORT, PGUSER).
set -eu
: "${EVERWATCH_OWNER_PASSWORD:?a password for the role that owns the tables}"
: "${EVERWATCH_APP_PASSWORD:?a password for the role the application uses}"
export EVERWATCH_OWNER_PASSWORD EVERWATCH_APP_PASSWORD
here=${EVERWATCH_SQL:-$(dirname -- "$0")}
user=${POSTGRES_USER:-${PGUSER:-postgres}}

# Passwords go through the environment: an argument would show in the list of processes.
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$user" --dbname postgres <<'SQL'
\getenv owner_password EVERWATCH_OWNER_PASSWORD
\getenv app_password EVERWATCH_APP_PASSWORD
CREATE ROLE everwatch_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS
    PASSWORD :'owner_password';
CREATE ROLE everwatch_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOINHERIT
    PASSWORD :'app_password';
CREATE DATABASE everwatch OWNER everwatch_owner TEMPLATE template0
    ENCODING 'UTF8' LOCALE 'C.UTF-8';
REVOKE ALL ON DATABASE everwatch FROM PUBLIC;
GRANT CONNECT ON DATABASE everwatch TO everwatch_app;
SQL
sh "$here/logins.sh"
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$user" --dbname everwatch \
    --file "$here/database.sql"
