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

// orders are the shop's records, in memory.
type orders struct {
	mu   sync.Mutex
	rows map[string]*order
}

func (o *orders) add(p product) order {
	o.mu.Lock()
	defer o.mu.Unlock()
	row := order{ID: rand.Text()[:10], Product: p}
	if o.rows == nil {
		o.rows = map[string]*order{}
	}
	o.rows[row.ID] = &row
	return row
}

func (o *orders) find(id string) (order, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	row, ok := o.rows[id]
	if !ok {
		return order{}, false
	}
	return *row, true
}

// ship is the shop's OnPaid. It counts, to show that it runs once.
func (o *orders) ship(_ context.Context, e highhelp.Event) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	row, ok := o.rows[e.OrderID]
	if !ok {
		return highhelp.ErrNoOrder
	}
	row.Fulfilled++
	return nil
}
