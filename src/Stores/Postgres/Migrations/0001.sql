-- Version 1: streams and their events. {schema} is replaced by the schema's name.
CREATE TABLE {schema}.streams (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    version bigint NOT NULL CHECK (version >= 1),
    first_time bigint NOT NULL,
    last_time bigint NOT NULL,
    sealed boolean NOT NULL DEFAULT false,
    content_hash text,
    manifest bytea,
    CHECK (sealed = (manifest IS NOT NULL) AND sealed = (content_hash IS NOT NULL))
);
COMMENT ON TABLE {schema}.streams IS 'Event streams. version is the last sequence; stamps are nanoseconds since 1970-01-01 UTC; manifest is the sealed stream''s manifest as JSON, byte for byte.';

-- No foreign key to streams: it would be checked for every event, and a stream is never deleted.
CREATE TABLE {schema}.events (
    stream_id bigint NOT NULL,
    sequence bigint NOT NULL,
    type smallint NOT NULL,
    record bytea NOT NULL,
    PRIMARY KEY (stream_id, sequence)
);
COMMENT ON TABLE {schema}.events IS 'Events. record is the canonical record (docs/events.md): what the content hash is made of. The primary key is the event''s id: an event is stored once.';

CREATE FUNCTION {schema}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are immutable: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME;
END $$;

CREATE TRIGGER immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();

-- Takes the next versions of a stream for a batch. The row stays locked until the batch is committed, so that the
-- sequences of a stream become visible in order: a reader never sees n + 1 before n, however late n's writer commits.
-- Subscribers are told with the commit.
CREATE FUNCTION {schema}.claim(stream text, expected bigint, next_version bigint, batch_first bigint, batch_last bigint,
    OUT id bigint, OUT version bigint, OUT sealed boolean, OUT claimed boolean) LANGUAGE plpgsql AS $$
BEGIN
    IF expected = 0 THEN
        INSERT INTO {schema}.streams AS s (name, version, first_time, last_time)
            VALUES (stream, next_version, batch_first, batch_last)
            ON CONFLICT (name) DO NOTHING
            RETURNING s.id INTO id;
    ELSE
        UPDATE {schema}.streams AS s SET version = next_version, last_time = batch_last
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
