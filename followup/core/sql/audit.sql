-- Who changed what: the one function that writes the trail, its triggers, and the ones that refuse.
CREATE OR REPLACE FUNCTION everwatch_require_context(table_name text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF coalesce(current_setting('everwatch.actor_name', true), '') = ''
     OR coalesce(current_setting('everwatch.action', true), '') = '' THEN
    RAISE EXCEPTION 'write to % refused: no audit context', table_name USING ERRCODE = 'EW001';
  END IF;
END $$;

-- The one place where a row of the trail is made; only the triggers below may call it.
CREATE OR REPLACE FUNCTION everwatch_write_change(table_name text, operation text, row_id text,
    before jsonb, after jsonb, site_id uuid, product_id uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  INSERT INTO public.core_change (at, transaction, database_user, actor_id, actor_name, action,
      reason, request_id, table_name, operation, row_id, before, after, site_id, product_id)
  VALUES (clock_timestamp(), txid_current(), session_user,
      nullif(current_setting('everwatch.actor', true), '')::uuid,
      current_setting('everwatch.actor_name', true),
      current_setting('everwatch.action', true),
      coalesce(current_setting('everwatch.reason', true), ''),
      coalesce(current_setting('everwatch.request', true), ''),
      $1, $2, $3, $4, $5, $6, $7);
END $$;

-- Many rows as one entry: which they are, and a hash of what they say instead of their images.
CREATE OR REPLACE FUNCTION everwatch_write_batch(table_name text, row_id text, extent jsonb,
    content text, site_id uuid, product_id uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM public.everwatch_write_change(table_name, 'BATCH', row_id, NULL,
      extent || jsonb_build_object('sha256', encode(sha256(convert_to(content, 'UTF8')), 'hex')),
      site_id, product_id);
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
  PERFORM public.everwatch_write_change(TG_TABLE_NAME::text, TG_OP, image ->> TG_ARGV[0], before,
      after, nullif(image ->> TG_ARGV[1], '')::uuid, nullif(image ->> TG_ARGV[2], '')::uuid);
  RETURN NULL;
END $$;

-- Bulk planning: one entry a schedule and statement, with a hash of the rows, not 50 images.
CREATE OR REPLACE FUNCTION everwatch_record_batch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM public.everwatch_require_context(TG_TABLE_NAME::text);
  PERFORM public.everwatch_write_batch(TG_TABLE_NAME::text, schedule_id::text,
      jsonb_build_object('rows', count(*), 'first', min(id), 'last', max(id)),
      string_agg(concat_ws('|', code, window_start, target, due), E'\n' ORDER BY id),
      (array_agg(site_id))[1], (array_agg(product_id))[1])
  FROM added GROUP BY schedule_id;
  RETURN NULL;
END $$;

-- Notices of one sweep: one entry a rung and channel, with a hash of who is reminded of what.
CREATE OR REPLACE FUNCTION everwatch_record_notices() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM public.everwatch_require_context(TG_TABLE_NAME::text);
  PERFORM public.everwatch_write_batch(TG_TABLE_NAME::text,
      kind || ' ' || rung || ' ' || channel, jsonb_build_object('rows', count(*)),
      string_agg(concat_ws('|', obligation, due_version, recipient_id, state), E'\n'
          ORDER BY obligation, due_version, recipient_id),
      NULL, NULL)
  FROM (SELECT split_part(obligation, ':', 1) AS kind, added.* FROM added) AS added
  GROUP BY kind, rung, channel;
  RETURN NULL;
END $$;

-- A release of a dictionary: one entry a statement with a hash of its rows, not 90,000 images.
CREATE OR REPLACE FUNCTION everwatch_record_release() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM public.everwatch_require_context(TG_TABLE_NAME::text);
  PERFORM public.everwatch_write_batch(TG_TABLE_NAME::text, release_id::text,
      jsonb_build_object('rows', count(*), 'first', min(id), 'last', max(id)),
      string_agg(to_jsonb(added)::text, E'\n' ORDER BY id), NULL, NULL)
  FROM added GROUP BY release_id;
  RETURN NULL;
END $$;

-- Contents of files: one entry each with their hash, so that the trail does not hold the bytes again.
CREATE OR REPLACE FUNCTION everwatch_record_content() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM public.everwatch_require_context(TG_TABLE_NAME::text);
  PERFORM public.everwatch_write_batch(TG_TABLE_NAME::text,
      coalesce(to_jsonb(added) ->> 'file_id', to_jsonb(added) ->> 'release_id',
          to_jsonb(added) ->> 'document_id'),
      jsonb_build_object('rows', 1, 'first', id, 'last', id), to_jsonb(added)::text,
      nullif(to_jsonb(added) ->> 'site_id', '')::uuid,
      nullif(to_jsonb(added) ->> 'product_id', '')::uuid)
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

REVOKE EXECUTE ON FUNCTION everwatch_write_change(text, text, text, jsonb, jsonb, uuid, uuid)
  FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION everwatch_write_batch(text, text, jsonb, text, uuid, uuid) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION everwatch_record_change() FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION everwatch_record_batch() FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION everwatch_record_notices() FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION everwatch_record_content() FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION everwatch_record_release() FROM PUBLIC;
