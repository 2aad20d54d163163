-- The same rows in every table of schema public, made of a number from 1 to 500: what was there before goes.
-- A key is the number, or made of it, and so is what refers to one: every reference finds its row.
DO $$
DECLARE
  tables text;
  target record;
BEGIN
  SELECT string_agg(format('public.%I', tablename), ', ') INTO tables FROM pg_tables WHERE schemaname = 'public';
  EXECUTE 'TRUNCATE ' || tables || ' RESTART IDENTITY CASCADE';
  -- Tables are filled in any order.
  SET LOCAL session_replication_role = replica;
  FOR target IN
    SELECT c.oid, c.oid::regclass AS name, string_agg(format('%I', a.attname), ', ' ORDER BY a.attnum) AS columns,
      string_agg(CASE
        WHEN t.typname IN ('int2', 'int4', 'int8') THEN format('n::%s', t.typname)
        WHEN t.typname IN ('varchar', 'text', 'bpchar') THEN format('left(code || %L || code, %s)', ' ' || a.attname || ' ', CASE WHEN a.atttypmod > 0 THEN a.atttypmod - 4 ELSE 200 END)
        WHEN t.typname = 'numeric' THEN format('(n / 100.0)::%s', format_type(a.atttypid, a.atttypmod))
        WHEN t.typname IN ('float4', 'float8') THEN format('(n / 8.0)::%s', t.typname)
        WHEN t.typname = 'bool' THEN 'n % 2 = 0'
        WHEN t.typname = 'date' THEN 'date ''2024-01-01'' + n'
        WHEN t.typname = 'timestamptz' THEN 'timestamptz ''2024-01-01 00:00+00'' + n * interval ''1.000001 s'''
        WHEN t.typname IN ('json', 'jsonb') THEN format('json_build_object(''number'', n)::%s', t.typname)
        WHEN t.typname = 'uuid' THEN 'md5(code)::uuid'
        WHEN t.typname = 'inet' THEN 'inet ''10.0.0.0'' + n'
        ELSE format('NULL::%s', format_type(a.atttypid, a.atttypmod)) END, ', ' ORDER BY a.attnum) AS made
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' JOIN pg_type t ON t.oid = a.atttypid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
    GROUP BY c.oid
  LOOP
    EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM generate_series(1, 500) AS n, LATERAL (SELECT chr(65 + n / 26) || chr(97 + n %% 26)) AS c (code)',
      target.name, target.columns, target.made);
  END LOOP;
END $$;
ANALYZE;
