package main

import (
	"context"
	"crypto/rand"
	"sync"

	"github.com/go-highhelp/highhelp"
)

// An order is a row of the shop's own records.
type order struct {
	ID        string
	Product   product
	Fulfilled int // how often it was shipped
}

// A product is something to sell.
type product struct {
	Name, About string
	Price       highhelp.Money
}

var catalogue = []product{
	{"A notebook", "Squared paper, 96 pages, sewn.", highhelp.Money{Minor: 10000, Currency: "RUB"}},
}

// orders are the shop's records.
type orders interface {
	add(ctx context.Context, p product) (order, error)
	// find returns highhelp.ErrNoOrder for an order that is not there.
	find(ctx context.Context, id string) (order, error)
	// ship is the shop's OnPaid. It counts, to show that it runs once.
	ship(ctx context.Context, e highhelp.Event) error
}

func newID() string { return rand.Text()[:10] }

// memoryOrders end with the process.
type memoryOrders struct {
	mu   sync.Mutex
	rows map[string]order
}

func (o *memoryOrders) add(_ context.Context, p product) (order, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	row := order{ID: newID(), Product: p}
	if o.rows == nil {
		o.rows = map[string]order{}
	}
	o.rows[row.ID] = row
	return row, nil
}

func (o *memoryOrders) find(_ context.Context, id string) (order, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	row, ok := o.rows[id]
	if !ok {
		return order{}, highhelp.ErrNoOrder
	}
	return row, nil
}

func (o *memoryOrders) ship(_ context.Context, e highhelp.Event) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	row, ok := o.rows[e.OrderID]
	if !ok {
		return highhelp.ErrNoOrder
	}
	row.Fulfilled++
	o.rows[e.OrderID] = row
	return nil
}
