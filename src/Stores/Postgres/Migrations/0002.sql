-- Version 2: what SQL users read. The tables hold stored units (docs/events.md, "Units") and are filled in the transaction
-- that appends the events; the views show decimals and timestamps. projected is the last sequence that is in the tables.
ALTER TABLE {schema}.streams ADD COLUMN projected bigint NOT NULL DEFAULT 0;

CREATE TABLE {schema}.instruments (
    stream text PRIMARY KEY, symbol text NOT NULL, base_asset text NOT NULL, quote_asset text NOT NULL,
    price_decimals int NOT NULL, quantity_decimals int NOT NULL, commission_decimals int NOT NULL
);
CREATE TABLE {schema}.run_starts (
    stream_id bigint PRIMARY KEY, run text NOT NULL, symbol text NOT NULL, kind text NOT NULL, engine text NOT NULL,
    input text NOT NULL, inputs text NOT NULL, window_start bigint NOT NULL, window_end bigint NOT NULL,
    queue text NOT NULL, fee_ppm bigint NOT NULL, configuration text NOT NULL
);
CREATE TABLE {schema}.run_ends (
    stream_id bigint PRIMARY KEY, sequence bigint NOT NULL, time bigint NOT NULL, reason text NOT NULL, inputs bigint NOT NULL,
    decisions bigint NOT NULL, fills bigint NOT NULL, realised numeric NOT NULL, unrealised numeric NOT NULL, fees numeric NOT NULL,
    position bigint NOT NULL, state text NOT NULL
);
CREATE TABLE {schema}.fill_rows (
    stream_id bigint, sequence bigint, time bigint NOT NULL, order_id bigint NOT NULL, trade_id bigint NOT NULL, side text NOT NULL,
    price bigint NOT NULL, quantity bigint NOT NULL, remaining bigint NOT NULL, commission bigint NOT NULL, commission_asset text NOT NULL,
    commission_value numeric NOT NULL, rule text NOT NULL, queue_ahead bigint NOT NULL, cause_stream int, cause_sequence bigint,
    PRIMARY KEY (stream_id, sequence)
);
CREATE TABLE {schema}.quote_rows (
    stream_id bigint, sequence bigint, time bigint NOT NULL, decision bigint NOT NULL, trigger text NOT NULL,
    best_bid bigint NOT NULL, best_ask bigint NOT NULL, inventory bigint NOT NULL, mid double precision NOT NULL,
    variance double precision NOT NULL, reservation_price double precision NOT NULL, spread double precision NOT NULL,
    inventory_shift double precision NOT NULL, bid_reason text NOT NULL, ask_reason text NOT NULL,
    bid_price bigint, bid_quantity bigint, ask_price bigint, ask_quantity bigint,
    PRIMARY KEY (stream_id, sequence)
);
CREATE TABLE {schema}.mark_rows (
    stream_id bigint, sequence bigint, time bigint NOT NULL, best_bid bigint NOT NULL, best_ask bigint NOT NULL, position bigint NOT NULL,
    cash numeric NOT NULL, realised numeric NOT NULL, unrealised numeric NOT NULL, fees numeric NOT NULL, drawdown numeric NOT NULL,
    PRIMARY KEY (stream_id, sequence)
);

-- Exact: a multiplication by a power of ten; a division would round money.
CREATE FUNCTION {schema}.scaled(value numeric, decimals int) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT trim_scale(value * ('1e-' || decimals)::numeric) $$;
CREATE FUNCTION {schema}.moment(nanoseconds bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT timestamptz 'epoch' + (nanoseconds / 1000) * interval '1 microsecond' $$;
COMMENT ON FUNCTION {schema}.moment IS 'A stamp in nanoseconds as a timestamp, cut to microseconds.';
CREATE FUNCTION {schema}.event_id(stream text, sequence bigint) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT encode(set_byte(set_byte(d, 6, (get_byte(d, 6) & 15) | 128), 8, (get_byte(d, 8) & 63) | 128), 'hex')::uuid
    FROM (SELECT substr(sha256(convert_to(stream, 'UTF8') || '\x00'::bytea
        || (SELECT string_agg(substr(int8send(sequence), i, 1), ''::bytea ORDER BY i DESC) FROM generate_series(1, 8) AS i)), 1, 16) AS d) AS x $$;
COMMENT ON FUNCTION {schema}.event_id IS 'The id of an event (docs/events.md).';

-- Scales are those of the run's first input; while they are unknown here, decimals are null rather than guessed.
CREATE VIEW {schema}.runs AS
SELECT r.stream_id, r.run, r.symbol, r.kind, r.engine, i.base_asset, i.quote_asset, i.price_decimals, i.quantity_decimals, i.commission_decimals,
    i.price_decimals + i.quantity_decimals AS money_decimals,
    {schema}.moment(nullif(nullif(r.window_start, -9223372036854775808), 9223372036854775807)) AS window_start,
    {schema}.moment(nullif(nullif(r.window_end, -9223372036854775808), 9223372036854775807)) AS window_end,
    r.queue, r.fee_ppm, r.inputs, r.configuration, s.sealed, s.version AS events,
    {schema}.moment(e.time) AS ended, e.reason, e.decisions, e.fills,
    {schema}.scaled(e.realised, i.price_decimals + i.quantity_decimals) AS realised,
    {schema}.scaled(e.unrealised, i.price_decimals + i.quantity_decimals) AS unrealised,
    {schema}.scaled(e.fees, i.price_decimals + i.quantity_decimals) AS fees,
    {schema}.scaled(e.realised + e.unrealised - e.fees, i.price_decimals + i.quantity_decimals) AS pnl,
    {schema}.scaled(e.position, i.quantity_decimals) AS position, e.state AS state_hash
FROM {schema}.run_starts r
JOIN {schema}.streams s ON s.id = r.stream_id
LEFT JOIN {schema}.instruments i ON i.stream = r.input
LEFT JOIN {schema}.run_ends e ON e.stream_id = r.stream_id;

CREATE VIEW {schema}.fills AS
SELECT r.run, r.symbol, f.sequence, {schema}.moment(f.time) AS time, f.order_id, f.trade_id, f.side,
    {schema}.scaled(f.price, r.price_decimals) AS price, {schema}.scaled(f.quantity, r.quantity_decimals) AS quantity,
    {schema}.scaled(f.remaining, r.quantity_decimals) AS remaining,
    {schema}.scaled(f.commission, r.commission_decimals) AS commission, f.commission_asset,
    {schema}.scaled(f.commission_value, r.money_decimals) AS commission_value,
    f.rule, {schema}.scaled(f.queue_ahead, r.quantity_decimals) AS queue_ahead, f.cause_stream, f.cause_sequence
FROM {schema}.fill_rows f JOIN {schema}.runs r USING (stream_id);

CREATE VIEW {schema}.quotes AS
SELECT r.run, r.symbol, q.sequence, {schema}.moment(q.time) AS time, q.decision, q.trigger,
    {schema}.scaled(q.best_bid, r.price_decimals) AS best_bid, {schema}.scaled(q.best_ask, r.price_decimals) AS best_ask,
    {schema}.scaled(q.bid_price, r.price_decimals) AS bid_price, {schema}.scaled(q.bid_quantity, r.quantity_decimals) AS bid_quantity,
    {schema}.scaled(q.ask_price, r.price_decimals) AS ask_price, {schema}.scaled(q.ask_quantity, r.quantity_decimals) AS ask_quantity,
    q.bid_reason, q.ask_reason, {schema}.scaled(q.inventory, r.quantity_decimals) AS inventory,
    q.mid, q.variance, q.reservation_price, q.spread, q.inventory_shift
FROM {schema}.quote_rows q JOIN {schema}.runs r USING (stream_id);

CREATE VIEW {schema}.marks AS
SELECT r.run, r.symbol, m.sequence, {schema}.moment(m.time) AS time,
    {schema}.scaled(m.best_bid, r.price_decimals) AS best_bid, {schema}.scaled(m.best_ask, r.price_decimals) AS best_ask,
    {schema}.scaled(m.position, r.quantity_decimals) AS position, {schema}.scaled(m.cash, r.money_decimals) AS cash,
    {schema}.scaled(m.realised, r.money_decimals) AS realised, {schema}.scaled(m.unrealised, r.money_decimals) AS unrealised,
    {schema}.scaled(m.fees, r.money_decimals) AS fees,
    {schema}.scaled(m.realised + m.unrealised - m.fees, r.money_decimals) AS pnl,
    {schema}.scaled(m.drawdown, r.money_decimals) AS drawdown
FROM {schema}.mark_rows m JOIN {schema}.runs r USING (stream_id);

-- Position and cash follow from the fills alone; PnL is as of the last mark or the end of the run.
CREATE VIEW {schema}.positions AS
SELECT r.run, r.symbol, r.base_asset, r.quote_asset,
    trim_scale(coalesce(f.quantity, 0) - coalesce(f.base_fees, 0)) AS position,
    trim_scale(coalesce(f.cash, 0) - coalesce(f.quote_fees, 0)) AS cash,
    coalesce(f.fills, 0) AS fills, f.last_fill,
    coalesce(r.pnl, m.pnl) AS pnl, coalesce(r.ended, m.time) AS pnl_time
FROM {schema}.runs r
LEFT JOIN (
    SELECT run, symbol, count(*) AS fills, max(time) AS last_fill,
        sum(CASE side WHEN 'bid' THEN quantity ELSE -quantity END) AS quantity,
        sum(CASE side WHEN 'bid' THEN -price * quantity ELSE price * quantity END) AS cash,
        sum(commission) FILTER (WHERE commission_asset = 'base') AS base_fees,
        sum(commission) FILTER (WHERE commission_asset = 'quote') AS quote_fees
    FROM {schema}.fills GROUP BY run, symbol) f USING (run, symbol)
LEFT JOIN LATERAL (
    SELECT k.pnl, k.time FROM {schema}.marks k WHERE k.run = r.run AND k.symbol = r.symbol ORDER BY k.sequence DESC LIMIT 1) m ON true;

-- Per UTC day: PnL gained in the day, from the last mark of each day and the end of the run.
CREATE VIEW {schema}.daily_pnl AS
WITH points AS (
    SELECT run, symbol, sequence, time, pnl, fees, position FROM {schema}.marks
    UNION ALL
    SELECT r.run, r.symbol, e.sequence, {schema}.moment(e.time), r.pnl, r.fees, r.position
    FROM {schema}.runs r JOIN {schema}.run_ends e USING (stream_id)
), last_of_day AS (
    SELECT DISTINCT ON (run, symbol, day) run, symbol, (time AT TIME ZONE 'UTC')::date AS day, pnl, fees, position
    FROM points, LATERAL (SELECT (time AT TIME ZONE 'UTC')::date AS day) d
    ORDER BY run, symbol, day, sequence DESC
), traded AS (
    SELECT run, symbol, (time AT TIME ZONE 'UTC')::date AS day, count(*) AS fills, trim_scale(sum(price * quantity)) AS turnover
    FROM {schema}.fills GROUP BY 1, 2, 3
)
SELECT l.run, l.symbol, l.day, l.pnl - coalesce(lag(l.pnl) OVER w, 0) AS pnl, l.fees - coalesce(lag(l.fees) OVER w, 0) AS fees,
    coalesce(t.fills, 0) AS fills, coalesce(t.turnover, 0) AS turnover, l.pnl AS pnl_to_date, l.position AS closing_position
FROM last_of_day l LEFT JOIN traded t USING (run, symbol, day)
WINDOW w AS (PARTITION BY l.run, l.symbol ORDER BY l.day);

-- From this version on, whoever appends fills the tables in the same transaction.
CREATE OR REPLACE FUNCTION {schema}.claim(stream text, expected bigint, next_version bigint, batch_first bigint, batch_last bigint,
    OUT id bigint, OUT version bigint, OUT sealed boolean, OUT claimed boolean) LANGUAGE plpgsql AS $$
BEGIN
    IF expected = 0 THEN
        INSERT INTO {schema}.streams AS s (name, version, first_time, last_time, projected)
            VALUES (stream, next_version, batch_first, batch_last, next_version)
            ON CONFLICT (name) DO NOTHING
            RETURNING s.id INTO id;
    ELSE
        UPDATE {schema}.streams AS s SET version = next_version, last_time = batch_last, projected = next_version
            WHERE s.name = stream AND s.version = expected AND NOT s.sealed
            RETURNING s.id INTO id;
    END IF;
    claimed := id IS NOT NULL;
    IF claimed THEN
        version := next_version;
        sealed := false;
        PERFORM pg_notify('{schema}_events', stream);
    ELSE
        SELECT s.id, s.version, s.sealed INTO id, version, sealed FROM {schema}.streams AS s WHERE s.name = stream;
    END IF;
END $$;
