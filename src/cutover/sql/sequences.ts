/**
 * Sequences do not replicate, so the taker's are moved on from what the giver's have handed out.
 *
 * What a session or an application keeps of a sequence (CACHE, blocks of numbers) is within the giver's last_value already, but for
 * applications that multiply, and for who asks the closed giver once more: so every sequence is moved on by at least `gap`.
 */
export const SEQUENCE_FUNCTIONS = `
-- All sequences of this side. For each: the furthest value of the columns that it owns or is the default of, where an index tells it, and
-- the furthest value that their types can hold.
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
    SELECT c.oid::regclass AS relation, n.nspname, c.relname, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle, u.looks, u.room
    FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace,
    LATERAL (
      SELECT min(CASE a.atttypid WHEN 'smallint'::regtype THEN 32767 WHEN 'integer'::regtype THEN 2147483647 END) AS room,
        string_agg(format('SELECT %s(%I)::numeric AS v FROM %s', CASE WHEN s.seqincrement > 0 THEN 'max' ELSE 'min' END, a.attname, r.oid::regclass), ' UNION ALL ')
          FILTER (WHERE EXISTS (
            SELECT FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am m ON m.oid = ic.relam
            WHERE i.indrelid = r.oid AND i.indkey[0] = a.attnum AND i.indisvalid AND i.indpred IS NULL AND m.amname = 'btree'
          )) AS looks
      FROM (
        SELECT d.refobjid AS relid, d.refobjsubid AS attnum FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
        UNION
        SELECT f.adrelid, f.adnum FROM pg_depend d JOIN pg_attrdef f ON f.oid = d.objid
        WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
      ) o
      -- What a partition holds is seen through its parent.
      JOIN pg_class r ON r.oid = o.relid AND r.relkind IN ('r', 'p') AND NOT r.relispartition
      JOIN pg_attribute a ON a.attrelid = o.relid AND a.attnum = o.attnum
        AND a.atttypid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'numeric'::regtype)
    ) u
    WHERE c.relpersistence <> 't' AND n.nspname NOT IN ('payment_migration', 'information_schema') AND n.nspname !~ '^pg_'
      AND c.relname !~ '^awsdms_'
    ORDER BY n.nspname, c.relname
  LOOP
    EXECUTE format('SELECT last_value, is_called FROM %s', v.relation) INTO v_last, v_called;
    v_used := NULL;
    IF v.looks IS NOT NULL THEN
      EXECUTE format('SELECT %s(v) FROM (%s) u', CASE WHEN v.seqincrement > 0 THEN 'max' ELSE 'min' END, v.looks) INTO v_used;
    END IF;
    -- As text: JSON's numbers are not PostgreSQL's everywhere.
    v_all := v_all || jsonb_build_object('schema', v.nspname, 'name', v.relname, 'increment', v.seqincrement::text, 'min', v.seqmin::text,
      'max', v.seqmax::text, 'cycle', v.seqcycle, 'last', v_last::text, 'called', v_called, 'used', v_used::text, 'room', v.room::text);
  END LOOP;
  RETURN v_all;
END
$f$;

-- Where this side's sequences would be put, or what speaks against it. Never backwards, unless the sequence goes round in a circle.
CREATE OR REPLACE FUNCTION payment_migration.plan_sequences(p_giver jsonb, p_gap bigint)
RETURNS TABLE (relation regclass, value bigint, called boolean, problem text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v record;
  v_here record;
  v_direction integer;
  v_size numeric;
  v_steps numeric;
  v_beyond numeric;
  v_value numeric;
  v_next numeric;
  v_next_here numeric;
BEGIN
  FOR v IN
    SELECT g.schema, g.name, g.increment::numeric AS increment, g.min::numeric AS min, g.max::numeric AS max, g.cycle, g.last::numeric AS last, g.called,
      g.used::numeric AS used, g.room::numeric AS room, c.oid::regclass AS relation, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle
    FROM jsonb_to_recordset(p_giver)
      AS g(schema text, name text, increment text, min text, max text, cycle boolean, last text, called boolean, used text, room text)
    LEFT JOIN pg_namespace n ON n.nspname = g.schema
    LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = g.name AND c.relkind = 'S'
    LEFT JOIN pg_sequence s ON s.seqrelid = c.oid
  LOOP
    relation := v.relation; value := NULL; called := NULL; problem := NULL;
    IF v.relation IS NULL THEN
      problem := format('sequence %I.%I is missing on the taker', v.schema, v.name);
    ELSIF (v.increment, v.min, v.max, v.cycle) IS DISTINCT FROM (v.seqincrement::numeric, v.seqmin::numeric, v.seqmax::numeric, v.seqcycle) THEN
      problem := format('sequence %I.%I has another increment, limit or cycle on the taker', v.schema, v.name);
    ELSIF NOT has_sequence_privilege(v.relation, 'SELECT') OR NOT has_sequence_privilege(v.relation, 'UPDATE') THEN
      problem := format('%I may not read and set sequence %I.%I on the taker', current_user, v.schema, v.name);
    ELSE
      EXECUTE format('SELECT last_value, is_called FROM %s', v.relation) INTO v_here;
      v_direction := sign(v.increment);
      v_size := abs(v.increment);
      v_steps := greatest(1, ceil(p_gap / v_size));
      IF v.cycle AND v.called THEN
        value := payment_migration.round_the_circle(v.last, v.increment, v.min, v.max, v_steps);
        called := true;
      ELSIF v.cycle THEN
        IF NOT v_here.is_called THEN value := v.last; called := false; END IF;
      ELSE
        v_beyond := (v.used - v.last) * v_direction;
        IF v.called OR v_beyond >= 0 THEN
          -- In whole steps from where it stands: other systems may use the numbers in between.
          v_value := v.last + v.increment * ceil((greatest(v_beyond, 0) + v_steps * v_size) / v_size);
          v_next := v_value + v.increment;
        ELSE
          -- Nobody ever took a number: the next one is the first on either side.
          v_value := v.last;
          v_next := v.last;
        END IF;
        v_next_here := v_here.last_value + CASE WHEN v_here.is_called THEN v.increment ELSE 0 END;
        IF v_next * v_direction > v_next_here * v_direction THEN
          value := v_value;
          called := v_next <> v_value;
        ELSE
          v_next := v_next_here;
        END IF;
        IF v_next > least(v.max, v.room) OR v_next < greatest(v.min, -v.room - 1) THEN
          value := NULL;
          problem := format('sequence %I.%I has fewer than %s numbers left: %s was handed out%s', v.schema, v.name, p_gap, v.last,
            CASE WHEN v_beyond > 0 THEN ', and a row is beyond that' END);
        END IF;
      END IF;
    END IF;
    RETURN NEXT;
  END LOOP;
END
$f$;

-- So many steps on, as nextval takes them. A circle that is smaller goes on where it was: its numbers are meant to come again.
CREATE OR REPLACE FUNCTION payment_migration.round_the_circle(p_last numeric, p_increment numeric, p_min numeric, p_max numeric, p_steps numeric)
RETURNS numeric LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $f$
  SELECT CASE
    WHEN p_steps > div(p_max - p_min, abs(p_increment)) THEN p_last
    WHEN p_steps <= s.left_over THEN p_last + p_steps * p_increment
    ELSE CASE WHEN p_increment > 0 THEN p_min ELSE p_max END + (p_steps - s.left_over - 1) * p_increment
  END
  FROM (SELECT div(CASE WHEN p_increment > 0 THEN p_max - p_last ELSE p_last - p_min END, abs(p_increment)) AS left_over) s
$f$;

-- All of them or none. Only where nobody takes numbers yet: a circle could be turned back under those who do. Whether sessions may keep numbers
-- from before (CACHE).
CREATE OR REPLACE FUNCTION payment_migration.set_sequences(p_giver jsonb, p_gap bigint, p_attempt integer DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v_row payment_migration.authority := payment_migration.locked_row();
  v record;
  v_kept boolean := false;
BEGIN
  IF v_row.state IS DISTINCT FROM 'standby' OR v_row.attempt <> coalesce(p_attempt, v_row.attempt) THEN
    PERFORM payment_migration.stale(v_row, 'standby' || coalesce('(' || p_attempt || ')', ''));
  END IF;
  FOR v IN SELECT * FROM payment_migration.plan_sequences(p_giver, p_gap) ORDER BY problem, relation LOOP
    IF v.problem IS NOT NULL THEN
      RAISE EXCEPTION '%', v.problem USING ERRCODE = 'PM021', HINT = 'Make the sequences of both sides alike, with numbers to spare.';
    END IF;
    IF v.value IS NOT NULL THEN PERFORM setval(v.relation, v.value, v.called); END IF;
    v_kept := v_kept OR EXISTS (SELECT FROM pg_sequence WHERE seqrelid = v.relation AND seqcache > 1);
  END LOOP;
  RETURN v_kept;
END
$f$;
`;
