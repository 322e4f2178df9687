package redisstore

import (
	"context"
	"slices"
	"strconv"

	"github.com/go-highhelp/highhelp"
)

// A delivery is a row of the journal on its way to the server.
type delivery struct {
	list     string // key of its order's deliveries
	received string // in microseconds
	row      []byte // without the body, which needs no base64
	body     []byte
}

// Record implements [highhelp.Store]. Inside change, d must be of the same
// project as the payment.
//
// If no answer comes from the server, the error leaves open whether d was
// kept.
func (s *Store) Record(ctx context.Context, d highhelp.Delivery) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	body := slices.Clone(d.Raw) // it may have to wait for the save
	d.Raw = nil
	row, err := d.MarshalBinary()
	if err != nil {
		return failure(ctx, "record", err)
	}
	space := s.space(d.ProjectID)
	kept := delivery{space.list(d.OrderID), micros(d.ReceivedAt), row, body}
	if c := s.inside(ctx); c != nil {
		return c.add(d.ProjectID, kept)
	}
	_, err = s.write(ctx, recordScript, []string{space.journal(), space.clock(), kept.list}, s.age(), s.length(), kept.received, kept.row, kept.body)
	if err != nil {
		return failure(ctx, "record", err)
	}
	return nil
}

// age and length are the journal's bounds as the scripts take them.
func (s *Store) age() string    { return orNone(s.options.JournalAge.Milliseconds()) }
func (s *Store) length() string { return orNone(s.options.JournalLen) }

func orNone(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
