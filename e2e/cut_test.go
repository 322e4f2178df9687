package e2e

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A cutter is a TCP proxy whose connections can be cut.
type cutter struct {
	net.Listener
	target string

	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

func newCutter(t *testing.T, target string) *cutter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c := &cutter{Listener: l, target: target, conns: map[net.Conn]struct{}{}}
	go c.accept()
	t.Cleanup(func() {
		_ = l.Close()
		c.cut()
	})
	return c
}

func (c *cutter) accept() {
	for {
		from, err := c.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp", c.target)
		if err != nil {
			_ = from.Close()
			continue
		}
		c.mu.Lock()
		c.conns[from], c.conns[to] = struct{}{}, struct{}{}
		c.mu.Unlock()
		go c.pipe(from, to)
		go c.pipe(to, from)
	}
}

func (c *cutter) pipe(from, to net.Conn) {
	_, _ = io.Copy(to, from) // ends when either side does
	_, _ = from.Close(), to.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.conns, from)
	delete(c.conns, to)
}

// cut breaks every connection, and reports whether there was one.
func (c *cutter) cut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.conns {
		_ = conn.Close()
	}
	return len(c.conns) > 0
}

// TestCutConnections breaks all connections between a shop and its database at
// random, also at the commit, while the gateway keeps coming again.
func TestCutConnections(t *testing.T) {
	d := postgresDatabase(t)
	s := newScene(t, d)
	dsn, err := url.Parse(d.dsn)
	require.NoError(t, err)
	proxy := newCutter(t, dsn.Host)
	dsn.Host = proxy.Addr().String()
	s.cfg.DSN = dsn.String()
	shop := s.start(s.cfg.Addr, "")
	stop, cuts := make(chan struct{}), make(chan int, 1)
	go func() {
		n := 0
		for most := 4 * rounds(t); n < most; { // then the rest must get through
			select {
			case <-stop:
				cuts <- n
				return
			case <-time.After(rand.N(100 * time.Millisecond)):
				if proxy.cut() {
					n++
				}
			}
		}
		cuts <- n
	}()
	orders := make([]string, max(60, rounds(t)))
	next := make(chan string, len(orders))
	for i := range orders {
		orders[i] = fmt.Sprint("order-", i)
		next <- orders[i]
	}
	close(next)
	// Several payers: one whose ticket was cut off waits until a claim ends.
	var payers sync.WaitGroup
	for range 8 {
		payers.Go(func() {
			for order := range next {
				s.buy(shop, order)
			}
		})
	}
	payers.Wait()
	close(stop)
	n := <-cuts
	v := s.judge(orders)
	t.Logf("%d cuts, %d orders: %d lost, %d doubled, %d forgotten", n, v.orders, v.lost, v.doubled, v.forgotten)
	require.NotZero(t, n)
	require.Equal(t, verdict{orders: len(orders)}, v)
	shop.kill()
}
