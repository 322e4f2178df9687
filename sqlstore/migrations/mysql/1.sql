-- Ids are the UTF-8 of the text, times are microseconds since 1970 in UTC, and
-- payloads are JSON: CONVERT(payload USING utf8mb4) shows them. Each statement
-- may be run again, because none can be undone.

CREATE TABLE IF NOT EXISTS highhelp_schema (
	version INT PRIMARY KEY
) ENGINE = InnoDB;

-- One row for each order, for ever.
CREATE TABLE IF NOT EXISTS highhelp_payments (
	project_id VARBINARY(255) NOT NULL,
	order_id   VARBINARY(255) NOT NULL,
	version    BIGINT         NOT NULL,
	updated_at BIGINT         NOT NULL,
	check_at   BIGINT         NULL, -- when to ask the gateway; NULL: there is nothing to ask
	shrink_at  BIGINT         NULL, -- updated_at, while retention can make less of the row
	payload    LONGBLOB       NOT NULL,
	PRIMARY KEY (project_id, order_id),
	KEY highhelp_payments_check (project_id, check_at),
	KEY highhelp_payments_shrink (project_id, shrink_at)
) ENGINE = InnoDB;

-- The journal, one row for each callback.
CREATE TABLE IF NOT EXISTS highhelp_deliveries (
	id          BIGINT         NOT NULL AUTO_INCREMENT PRIMARY KEY,
	project_id  VARBINARY(255) NOT NULL,
	order_id    VARBINARY(255) NOT NULL, -- empty: the callback was not authentic
	payment_id  MEDIUMBLOB     NOT NULL,
	route       MEDIUMBLOB     NOT NULL,
	outcome     INT            NOT NULL, -- 0: it was refused, or failed
	received_at BIGINT         NOT NULL,
	body        LONGBLOB       NOT NULL, -- as far as it is kept
	payload     LONGBLOB       NOT NULL,
	KEY highhelp_deliveries_time (project_id, received_at, id),
	KEY highhelp_deliveries_order (project_id, order_id, received_at, id)
) ENGINE = InnoDB;

INSERT IGNORE INTO highhelp_schema (version) VALUES (1);
