#!/bin/sh
# Makes the logins of the classes of people beside everwatch_app, or gives them its new password.
# May be run again; on an installation older than these logins it is run once, before `migrate`.
set -eu
: "${EVERWATCH_APP_PASSWORD:?the password of the role the application uses}"
export EVERWATCH_APP_PASSWORD
user=${POSTGRES_USER:-${PGUSER:-postgres}}

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$user" --dbname postgres <<'SQL'
\getenv app_password EVERWATCH_APP_PASSWORD
SELECT format('%s ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOINHERIT PASSWORD %L',
    CASE WHEN r.rolname IS NULL THEN 'CREATE' ELSE 'ALTER' END, wanted.name, :'app_password')
FROM unnest(ARRAY['everwatch_hospital', 'everwatch_holder', 'everwatch_audit',
    'everwatch_administration', 'everwatch_worker']) AS wanted (name)
LEFT JOIN pg_roles r ON r.rolname = wanted.name \gexec
GRANT CONNECT ON DATABASE everwatch TO everwatch_hospital, everwatch_holder, everwatch_audit,
    everwatch_administration, everwatch_worker;
SQL
