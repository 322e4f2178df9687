package highhelp

import (
	"context"
	"time"
)

// A Store keeps payments. Its sentences are the contract; package storetest
// checks each of them on any Store.
//
// An implementation is ready when storetest passes. Those of this project are
// [MemStore] and the modules sqlstore (PostgreSQL, MySQL, MariaDB, SQLite) and
// redisstore.
type Store interface {
	// Insert saves a payment that is not known yet. Insert of a known key is
	// ErrExists and changes nothing.
	Insert(ctx context.Context, p Payment) error

	// Payment returns the newest saved value. A payment comes back equal to
	// what was saved: times in UTC to the microsecond, strings byte for byte,
	// marks in order. An unknown key is ErrNotFound; any other error means
	// that the store is broken, never that the payment is absent.
	Payment(ctx context.Context, k Key) (Payment, error)

	// Update runs change alone among all Updates of that key, in every process
	// that shares the store, on the newest saved value. It saves what change
	// leaves in p, or, if change fails or panics or ctx ends, nothing at all.
	// An unknown key is ErrNotFound.
	//
	// If the connection breaks at commit, the error leaves open which; a later
	// Payment tells.
	//
	// change may run more than once (retry after a deadlock, a crash). On a
	// transactional store only the last run's effects through the ctx it was
	// given stay, together with the payment. A store that can't promise this
	// says so with interface{ Transactional() bool }; then OnPaid is
	// at-least-once.
	//
	// A save that does not meet the version that was read before change ran is
	// ErrLost and changes nothing. This also catches a transaction that the
	// database rolled back behind a swallowed error.
	//
	// Update waits for the holder until ctx ends, then returns ErrBusy, which
	// wraps ctx's error.
	Update(ctx context.Context, k Key, change func(ctx context.Context, p *Payment) error) error

	// Pending returns payments of the project with CheckAt set and not after
	// due, the oldest CheckAt first, at most limit. It costs the same with ten
	// or ten million settled payments stored.
	Pending(ctx context.Context, projectID string, due time.Time, limit int) ([]Payment, error)

	// Record keeps a delivery. With the ctx given to change it is kept or lost
	// with the payment; with any other ctx it stands alone and outlives a
	// rollback.
	Record(ctx context.Context, d Delivery) error

	// Any method but Record called with the ctx of change is ErrNested at
	// once. Every method obeys ctx and is safe for concurrent use. Strings are
	// valid UTF-8 without U+0000; ids have up to 255 bytes and are compared
	// byte for byte; two keys never collide. A constructor starts no goroutine
	// and creates no schema unless asked.
	//
	// A payment is never deleted: retention shrinks a settled one to a
	// tombstone (key, final statuses), so that a late event can't ship twice.
}
