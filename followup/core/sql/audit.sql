-- Who changed what: the one function that writes the trail, and the ones that refuse.
CREATE OR REPLACE FUNCTION everwatch_require_context(table_name text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF coalesce(current_setting('everwatch.actor_name', true), '') = ''
     OR coalesce(current_setting('everwatch.action', true), '') = '' THEN
    RAISE EXCEPTION 'write to % refused: no audit context', table_name USING ERRCODE = 'EW001';
  END IF;
END $$;

-- Arguments: primary key column, site column or '', product column or '', columns the trail must
-- not hold (keyed indexes of an identity, which are made again from its sealed values).
CREATE OR REPLACE FUNCTION everwatch_record_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  before jsonb;
  after jsonb;
  image jsonb;
BEGIN
  PERFORM public.everwatch_require_context(TG_TABLE_NAME::text);
  IF TG_OP <> 'INSERT' THEN before := to_jsonb(OLD); END IF;
  IF TG_OP <> 'DELETE' THEN after := to_jsonb(NEW); END IF;
  IF coalesce(TG_ARGV[3], '') <> '' THEN
    before := before - string_to_array(TG_ARGV[3], ',');
    after := after - string_to_array(TG_ARGV[3], ',');
  END IF;
  IF TG_OP = 'UPDATE' AND before = after THEN RETURN NULL; END IF;
  image := coalesce(after, before);
  INSERT INTO public.core_change (at, transaction, database_user, actor_id, actor_name, action,
      reason, request_id, table_name, operation, row_id, before, after, site_id, product_id)
  VALUES (clock_timestamp(), txid_current(), session_user,
      nullif(current_setting('everwatch.actor', true), '')::uuid,
      current_setting('everwatch.actor_name', true),
      current_setting('everwatch.action', true),
      coalesce(current_setting('everwatch.reason', true), ''),
      coalesce(current_setting('everwatch.request', true), ''),
      TG_TABLE_NAME, TG_OP, image ->> TG_ARGV[0], before, after,
      nullif(image ->> TG_ARGV[1], '')::uuid, nullif(image ->> TG_ARGV[2], '')::uuid);
  RETURN NULL;
END $$;

-- Bulk planning: one entry a schedule and statement, with a hash of the rows, not 50 images.
CREATE OR REPLACE FUNCTION everwatch_record_batch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM public.everwatch_require_context(TG_TABLE_NAME::text);
  INSERT INTO public.core_change (at, transaction, database_user, actor_id, actor_name, action,
      reason, request_id, table_name, operation, row_id, before, after, site_id, product_id)
  SELECT clock_timestamp(), txid_current(), session_user,
      nullif(current_setting('everwatch.actor', true), '')::uuid,
      current_setting('everwatch.actor_name', true),
      current_setting('everwatch.action', true),
      coalesce(current_setting('everwatch.reason', true), ''),
      coalesce(current_setting('everwatch.request', true), ''),
      TG_TABLE_NAME, 'BATCH', schedule_id::text, NULL,
      jsonb_build_object('rows', count(*), 'first', min(id), 'last', max(id),
          'sha256', encode(sha256(convert_to(
              string_agg(concat_ws('|', code, window_start, target, due), E'\n' ORDER BY id),
              'UTF8')), 'hex')),
      (array_agg(site_id))[1], (array_agg(product_id))[1]
  FROM added GROUP BY schedule_id;
  RETURN NULL;
END $$;

-- Notices of one sweep: one entry a rung and channel, with a hash of who is reminded of what.
CREATE OR REPLACE FUNCTION everwatch_record_notices() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM public.everwatch_require_context(TG_TABLE_NAME::text);
  INSERT INTO public.core_change (at, transaction, database_user, actor_id, actor_name, action,
      reason, request_id, table_name, operation, row_id, before, after, site_id, product_id)
  SELECT clock_timestamp(), txid_current(), session_user,
      nullif(current_setting('everwatch.actor', true), '')::uuid,
      current_setting('everwatch.actor_name', true),
      current_setting('everwatch.action', true),
      coalesce(current_setting('everwatch.reason', true), ''),
      coalesce(current_setting('everwatch.request', true), ''),
      TG_TABLE_NAME, 'BATCH', kind || ' ' || rung || ' ' || channel, NULL,
      jsonb_build_object('rows', count(*), 'sha256', encode(sha256(convert_to(
          string_agg(concat_ws('|', obligation, due_version, recipient_id, state), E'\n'
              ORDER BY obligation, due_version, recipient_id), 'UTF8')), 'hex')),
      NULL, NULL
  FROM (SELECT split_part(obligation, ':', 1) AS kind, added.* FROM added) AS added
  GROUP BY kind, rung, channel;
  RETURN NULL;
END $$;

-- A release of a dictionary: one entry a statement with a hash of its rows, not 90,000 images.
CREATE OR REPLACE FUNCTION everwatch_record_release() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM public.everwatch_require_context(TG_TABLE_NAME::text);
  INSERT INTO public.core_change (at, transaction, database_user, actor_id, actor_name, action,
      reason, request_id, table_name, operation, row_id, before, after, site_id, product_id)
  SELECT clock_timestamp(), txid_current(), session_user,
      nullif(current_setting('everwatch.actor', true), '')::uuid,
      current_setting('everwatch.actor_name', true),
      current_setting('everwatch.action', true),
      coalesce(current_setting('everwatch.reason', true), ''),
      coalesce(current_setting('everwatch.request', true), ''),
      TG_TABLE_NAME, 'BATCH', release_id::text, NULL,
      jsonb_build_object('rows', count(*), 'first', min(id), 'last', max(id),
          'sha256', encode(sha256(convert_to(
              string_agg(to_jsonb(added)::text, E'\n' ORDER BY id), 'UTF8')), 'hex')),
      NULL, NULL
  FROM added GROUP BY release_id;
  RETURN NULL;
END $$;

-- Contents of files: one entry each with their hash, so that the trail does not hold the bytes again.
CREATE OR REPLACE FUNCTION everwatch_record_content() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM public.everwatch_require_context(TG_TABLE_NAME::text);
  INSERT INTO public.core_change (at, transaction, database_user, actor_id, actor_name, action,
      reason, request_id, table_name, operation, row_id, before, after, site_id, product_id)
  SELECT clock_timestamp(), txid_current(), session_user,
      nullif(current_setting('everwatch.actor', true), '')::uuid,
      current_setting('everwatch.actor_name', true),
      current_setting('everwatch.action', true),
      coalesce(current_setting('everwatch.reason', true), ''),
      coalesce(current_setting('everwatch.request', true), ''),
      TG_TABLE_NAME, 'BATCH',
      coalesce(to_jsonb(added) ->> 'file_id', to_jsonb(added) ->> 'release_id'), NULL,
      jsonb_build_object('rows', 1, 'first', id, 'last', id, 'sha256', encode(sha256(
          convert_to(to_jsonb(added)::text, 'UTF8')), 'hex')),
      site_id, nullif(to_jsonb(added) ->> 'product_id', '')::uuid
  FROM added;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION everwatch_refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION '% on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'EW002';
END $$;

-- What a row says is never changed; whose row it is may be, where two registrations turn out to be
-- one person (or not, after all). Those two actions alone, and no other column.
CREATE OR REPLACE FUNCTION everwatch_refuse_content() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  whose text[] := ARRAY['patient_id', 'infusion_id'];
BEGIN
  IF TG_OP = 'UPDATE'
     AND current_setting('everwatch.action', true) IN ('registration.decide', 'registration.undo')
     AND to_jsonb(OLD) - whose = to_jsonb(NEW) - whose THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'EW002';
END $$;

REVOKE EXECUTE ON FUNCTION everwatch_record_change() FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION everwatch_record_batch() FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION everwatch_record_notices() FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION everwatch_record_content() FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION everwatch_record_release() FROM PUBLIC;
