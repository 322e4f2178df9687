// Package sqlstore keeps the payments of package highhelp in PostgreSQL, MySQL,
// MariaDB or SQLite, through database/sql and any driver.
//
//	db, err := sql.Open("pgx", "postgres://…")
//	store, err := sqlstore.New(sqlstore.Config{DB: db, Dialect: sqlstore.PostgreSQL})
//	err = store.Migrate(ctx) // or run what Migrations prints
//
// # One transaction
//
// OnPaid runs inside the transaction that saves the payment. [Tx] hands that
// transaction over, and [Conn] its connection, so that the shop's order and the
// payment are committed together, or neither is:
//
//	OnPaid: func(ctx context.Context, e highhelp.Event) error {
//		tx, _ := sqlstore.Tx(ctx)
//		_, err := tx.ExecContext(ctx, "UPDATE orders SET shipped = true WHERE id = $1", e.OrderID)
//		return err
//	}
//
// The first statement of that transaction raises the version of the payment's
// row, which locks it; the last one saves it on the condition that the version
// is still that. On PostgreSQL it is the transaction's own number in place of a
// version, because a raised version is one more copy of the row. So a transaction that ended in between, for whatever reason, is
// found out: it is [highhelp.ErrLost], and nothing of it is saved.
//
// A transaction that fell to a deadlock or could not be serialized is run again,
// OnPaid included, until the context ends. It runs at READ COMMITTED, whatever
// the database's default is. On SQLite its first statement takes the write lock,
// so it never has to give way to another writer later.
//
// # What it does not need
//
// On PostgreSQL it prepares no statements, and nowhere does it leave anything
// behind in a session: PgBouncer may hand each transaction another connection.
// Values are always arguments, never part of the text of a statement; only
// Config.Prefix is, and New checks it.
package sqlstore
