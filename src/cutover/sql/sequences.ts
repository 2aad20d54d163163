/**
 * Sequences do not replicate, so the taker's are moved on from what the giver's have handed out.
 *
 * What a session or an application keeps of a sequence (CACHE, blocks of numbers) is within the giver's last_value already, but for
 * applications that multiply: so every sequence is moved on by at least `gap`.
 */
export const SEQUENCE_FUNCTIONS = `
-- All sequences of this side, with the furthest value of the column that owns each, where an index tells it.
CREATE OR REPLACE FUNCTION payment_migration.sequences() RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v record;
  v_last bigint;
  v_called boolean;
  v_used numeric;
  v_all jsonb := '[]';
BEGIN
  FOR v IN
    SELECT c.oid::regclass AS relation, n.nspname, c.relname, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle, o.relation AS owner_table, o.attname
    FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN LATERAL (
      SELECT d.refobjid::regclass AS relation, a.attname FROM pg_depend d
      JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
      JOIN pg_class r ON r.oid = d.refobjid AND r.relkind IN ('r', 'p')
      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
        AND a.atttypid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'numeric'::regtype)
        AND EXISTS (
          SELECT FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am m ON m.oid = ic.relam
          WHERE i.indrelid = d.refobjid AND i.indkey[0] = d.refobjsubid AND i.indisvalid AND i.indpred IS NULL AND m.amname = 'btree'
        )
      LIMIT 1
    ) o ON true
    WHERE c.relpersistence <> 't' AND n.nspname NOT IN ('payment_migration', 'information_schema') AND n.nspname !~ '^pg_'
      AND c.relname !~ '^awsdms_'
    ORDER BY n.nspname, c.relname
  LOOP
    EXECUTE format('SELECT last_value, is_called FROM %s', v.relation) INTO v_last, v_called;
    v_used := NULL;
    IF v.owner_table IS NOT NULL THEN
      EXECUTE format('SELECT %s(%I) FROM %s', CASE WHEN v.seqincrement > 0 THEN 'max' ELSE 'min' END, v.attname, v.owner_table) INTO v_used;
    END IF;
    -- As text: JSON's numbers are not PostgreSQL's everywhere.
    v_all := v_all || jsonb_build_object('schema', v.nspname, 'name', v.relname, 'increment', v.seqincrement::text, 'min', v.seqmin::text,
      'max', v.seqmax::text, 'cycle', v.seqcycle, 'last', v_last::text, 'called', v_called, 'used', v_used::text);
  END LOOP;
  RETURN v_all;
END
$f$;

-- Where this side's sequences would be put, or what speaks against it. Never backwards.
CREATE OR REPLACE FUNCTION payment_migration.plan_sequences(p_giver jsonb, p_gap bigint)
RETURNS TABLE (relation regclass, value bigint, called boolean, problem text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v record;
  v_here record;
  v_direction integer;
  v_furthest numeric;
  v_next numeric;
BEGIN
  FOR v IN
    SELECT g.schema, g.name, g.increment::numeric AS increment, g.min::numeric AS min, g.max::numeric AS max, g.cycle, g.last::numeric AS last, g.called,
      g.used::numeric AS used, c.oid::regclass AS relation, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle
    FROM jsonb_to_recordset(p_giver) AS g(schema text, name text, increment text, min text, max text, cycle boolean, last text, called boolean, used text)
    LEFT JOIN pg_namespace n ON n.nspname = g.schema
    LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = g.name AND c.relkind = 'S'
    LEFT JOIN pg_sequence s ON s.seqrelid = c.oid
  LOOP
    relation := v.relation; value := NULL; called := NULL; problem := NULL;
    IF v.relation IS NULL THEN
      problem := format('sequence %I.%I is missing on the taker', v.schema, v.name);
    ELSIF (v.increment, v.min, v.max, v.cycle) IS DISTINCT FROM (v.seqincrement::numeric, v.seqmin::numeric, v.seqmax::numeric, v.seqcycle) THEN
      problem := format('sequence %I.%I has another increment, limit or cycle on the taker', v.schema, v.name);
    ELSE
      EXECUTE format('SELECT last_value, is_called FROM %s', v.relation) INTO v_here;
      v_direction := sign(v.increment);
      v_furthest := CASE
        WHEN NOT v.called THEN v.used
        WHEN v.used * v_direction > v.last * v_direction THEN v.used
        ELSE v.last
      END;
      IF v_furthest IS NULL THEN
        -- Nobody ever took a number: the next one is the first on either side.
        IF NOT v_here.is_called THEN value := v.last; called := false; END IF;
      ELSE
        v_next := v_furthest + v_direction * greatest(1, ceil(p_gap / abs(v.increment))) * abs(v.increment);
        IF v_next > v.max OR v_next < v.min THEN
          IF v.cycle THEN
            value := CASE WHEN v_direction > 0 THEN v.min ELSE v.max END; called := false;
          ELSE
            problem := format('sequence %I.%I has fewer than %s numbers left', v.schema, v.name, p_gap);
          END IF;
        ELSIF NOT v_here.is_called OR v.cycle OR v_next * v_direction > v_here.last_value * v_direction THEN
          value := v_next; called := true;
        END IF;
      END IF;
    END IF;
    RETURN NEXT;
  END LOOP;
END
$f$;

CREATE OR REPLACE FUNCTION payment_migration.set_sequences(p_giver jsonb, p_gap bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v record;
BEGIN
  FOR v IN SELECT * FROM payment_migration.plan_sequences(p_giver, p_gap) LOOP
    IF v.problem IS NOT NULL THEN
      RAISE EXCEPTION '%', v.problem USING ERRCODE = 'PM021', HINT = 'Make the sequences of both sides alike, with numbers to spare.';
    END IF;
    IF v.value IS NOT NULL THEN PERFORM setval(v.relation, v.value, v.called); END IF;
  END LOOP;
END
$f$;
`;
