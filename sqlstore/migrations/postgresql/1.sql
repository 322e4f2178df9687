-- Ids are the UTF-8 of the text, times are microseconds since 1970 in UTC, and
-- payloads are JSON: convert_from(payload, 'UTF8')::jsonb shows them.

CREATE TABLE IF NOT EXISTS highhelp_schema (
	version integer PRIMARY KEY
);

-- One row for each order, for ever. Pages keep room, because each row is
-- written a few times.
CREATE TABLE highhelp_payments (
	project_id bytea   NOT NULL,
	order_id   bytea   NOT NULL,
	version    bigint  NOT NULL,
	updated_at bigint  NOT NULL,
	check_at   bigint, -- when to ask the gateway; NULL: there is nothing to ask
	shrink_at  bigint, -- updated_at, while retention can make less of the row
	payload    bytea   NOT NULL,
	PRIMARY KEY (project_id, order_id)
) WITH (fillfactor = 70);

CREATE INDEX highhelp_payments_check ON highhelp_payments (project_id, check_at) WHERE check_at IS NOT NULL;

CREATE INDEX highhelp_payments_shrink ON highhelp_payments (project_id, shrink_at) WHERE shrink_at IS NOT NULL;

-- The journal, one row for each callback.
CREATE TABLE highhelp_deliveries (
	id          bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	project_id  bytea   NOT NULL,
	order_id    bytea   NOT NULL, -- empty: the callback was not authentic
	payment_id  bytea   NOT NULL,
	route       bytea   NOT NULL,
	outcome     integer NOT NULL, -- 0: it was refused, or failed
	received_at bigint  NOT NULL,
	body        bytea   NOT NULL, -- as far as it is kept
	payload     bytea   NOT NULL
);

CREATE INDEX highhelp_deliveries_time ON highhelp_deliveries (project_id, received_at, id);

CREATE INDEX highhelp_deliveries_order ON highhelp_deliveries (project_id, order_id, received_at, id);

INSERT INTO highhelp_schema (version) VALUES (1);
