package sqlstore

import (
	"database/sql"
	"strconv"
	"strings"
)

// queries are the texts of all statements. Nothing but the prefix is put into
// them.
type queries struct {
	insert, payment, pending string // of payments

	raise  string // locks the payment, and tells what only this Update can save it by
	reread string // what raise has locked, where UPDATE returns nothing; else ""
	save   string // what change left, if that still holds

	note     string // a delivery
	noteLazy string // the same, without waiting for the disk; "" if there is no such statement
	saveNote string // save and note in one round trip; "" if there is no such statement

	deliveries string // up to its conditions
	forget     string // old deliveries
	shrinkable string // payments that can be less
	shrink     string // one of them, if nobody has changed it meanwhile

	version string // of the schema
}

const (
	saveQuery = `UPDATE {payments} SET version = version + 1, updated_at = ?, check_at = ?, shrink_at = ?, payload = ?
		WHERE project_id = ? AND order_id = ? AND version = ?`
	noteQuery = `INSERT INTO {deliveries} (project_id, order_id, payment_id, route, outcome, received_at, body, payload) `
	noteTyped = noteQuery + `SELECT ?::bytea, ?::bytea, ?::bytea, ?::bytea, ?::integer, ?::bigint, ?::bytea, ?::bytea `
)

func newQueries(d Dialect, prefix string) queries {
	q := queries{
		insert: `INSERT INTO {payments} (project_id, order_id, version, updated_at, check_at, shrink_at, payload)
			VALUES (?, ?, 1, ?, ?, ?, ?)`,
		payment: `SELECT payload FROM {payments} WHERE project_id = ? AND order_id = ?`,
		pending: `SELECT payload FROM {payments} WHERE project_id = ? AND check_at <= ? ORDER BY check_at LIMIT ?`,
		raise: `UPDATE {payments} SET version = version + 1 WHERE project_id = ? AND order_id = ?
			RETURNING version, payload`,
		save:       saveQuery,
		note:       noteQuery + `VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		deliveries: `SELECT id, received_at, body, payload FROM {deliveries} WHERE project_id = ?`,
		forget: `DELETE FROM {deliveries} WHERE id IN (
			SELECT id FROM {deliveries} WHERE project_id = ? AND received_at < ? ORDER BY received_at LIMIT ?)`,
		shrinkable: `SELECT order_id, version, payload FROM {payments}
			WHERE project_id = ? AND shrink_at < ? ORDER BY shrink_at LIMIT ?`,
		shrink: `UPDATE {payments} SET version = version + 1, shrink_at = NULL, payload = ?
			WHERE project_id = ? AND order_id = ? AND version = ?`,
		version: `SELECT COALESCE(MAX(version), 0) FROM {schema}`,
	}
	switch d {
	case PostgreSQL:
		// A version more would be one more copy of the row. A transaction's number
		// is as much its own.
		q.raise = `SELECT txid_current(), payload FROM {payments} WHERE project_id = ? AND order_id = ? FOR UPDATE`
		q.save = strings.Replace(saveQuery, "AND version = ?", "AND txid_current() = ?", 1)
		q.saveNote = `WITH saved AS (` + q.save + ` RETURNING 1) ` + noteTyped + `FROM saved`
		// Set for this one transaction. It is always true.
		q.noteLazy = noteTyped + `WHERE set_config('synchronous_commit', 'off', true) = 'off'`
	case SQLite:
		// AUTOINCREMENT would write a page of its own each time.
		q.note = `INSERT INTO {deliveries} (id, project_id, order_id, payment_id, route, outcome, received_at, body, payload)
			VALUES (MAX(?, 1 + IFNULL((SELECT MAX(id) FROM {deliveries}), 0)), ?, ?, ?, ?, ?, ?, ?, ?)`
	case MySQL:
		q.raise = `UPDATE {payments} SET version = version + 1 WHERE project_id = ? AND order_id = ?`
		q.reread = `SELECT version, payload FROM {payments} WHERE project_id = ? AND order_id = ?`
		// Only by the whole order of the index does DELETE see that it need not sort.
		q.forget = `DELETE FROM {deliveries} WHERE project_id = ? AND received_at < ? ORDER BY project_id, received_at LIMIT ?`
	}
	for _, text := range []*string{
		&q.insert, &q.payment, &q.pending, &q.raise, &q.reread, &q.save, &q.note, &q.noteLazy, &q.saveNote,
		&q.deliveries, &q.forget, &q.shrinkable, &q.shrink, &q.version,
	} {
		*text = strings.NewReplacer(
			"{payments}", prefix+"payments", "{deliveries}", prefix+"deliveries", "{schema}", prefix+"schema").Replace(*text)
		*text = numbered(d, *text, 1)
	}
	return q
}

// hot are the statements of tickets and callbacks.
func (q *queries) hot() []string {
	return []string{q.insert, q.payment, q.raise, q.reread, q.save, q.note}
}

// numbered writes the arguments of a statement as d wants them. No statement
// has a question mark elsewhere.
func numbered(d Dialect, query string, first int) string {
	if d != PostgreSQL {
		return query
	}
	parts := strings.Split(query, "?")
	for i := range parts[1:] {
		parts[i] += "$" + strconv.Itoa(first+i)
	}
	return strings.Join(parts, "")
}

// isolation is what an Update runs at. SQLite knows one level only, the
// strictest, and its drivers accept no name for it.
func (d Dialect) isolation() sql.IsolationLevel {
	if d == SQLite {
		return sql.LevelDefault
	}
	return sql.LevelReadCommitted
}
