-- Run once inside the new database, by a superuser. Roles and database exist by then.
-- The application role gets rights table by table from the migrations, nothing by default.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO everwatch_owner;
GRANT USAGE ON SCHEMA public TO everwatch_app;
