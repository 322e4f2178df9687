-- Ids are the UTF-8 of the text, times are microseconds since 1970 in UTC, and
-- payloads are JSON: CAST(payload AS TEXT) shows them.

CREATE TABLE IF NOT EXISTS highhelp_schema (
	version INTEGER PRIMARY KEY
) STRICT;

-- One row for each order, for ever.
CREATE TABLE highhelp_payments (
	project_id BLOB    NOT NULL,
	order_id   BLOB    NOT NULL,
	version    INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	check_at   INTEGER, -- when to ask the gateway; NULL: there is nothing to ask
	shrink_at  INTEGER, -- updated_at, while retention can make less of the row
	payload    BLOB    NOT NULL,
	PRIMARY KEY (project_id, order_id)
) STRICT;

CREATE INDEX highhelp_payments_check ON highhelp_payments (project_id, check_at) WHERE check_at IS NOT NULL;

CREATE INDEX highhelp_payments_shrink ON highhelp_payments (project_id, shrink_at) WHERE shrink_at IS NOT NULL;

-- The journal, one row for each callback. An id is never used again: it is the
-- microsecond of its making, or one more than the newest.
CREATE TABLE highhelp_deliveries (
	id          INTEGER PRIMARY KEY,
	project_id  BLOB    NOT NULL,
	order_id    BLOB    NOT NULL, -- empty: the callback was not authentic
	payment_id  BLOB    NOT NULL,
	route       BLOB    NOT NULL,
	outcome     INTEGER NOT NULL, -- 0: it was refused, or failed
	received_at INTEGER NOT NULL,
	body        BLOB    NOT NULL, -- as far as it is kept
	payload     BLOB    NOT NULL
) STRICT;

CREATE INDEX highhelp_deliveries_time ON highhelp_deliveries (project_id, received_at);

CREATE INDEX highhelp_deliveries_order ON highhelp_deliveries (project_id, order_id, received_at);

INSERT INTO highhelp_schema (version) VALUES (1);
