package sqlstore_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sqlstore"
	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"
)

// A proxy stands before a database server, and cuts connections.
type proxy struct {
	net.Listener
	to string

	mu    sync.Mutex
	conns []net.Conn

	// At the first message of a client that holds the mark, the proxy cuts the
	// connection: before the server has it, or after it has answered.
	mark  []byte
	after bool

	quiet  bool // or the server hears neither it nor anything else any more
	silent bool // it is so
}

// behind returns the database as it is reached through a proxy.
func (d *database) behind(t *testing.T) (*database, *proxy) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{Listener: listener}
	cut := *d
	if d.Dialect == sqlstore.MySQL {
		cfg, err := mysql.ParseDSN(d.dsn)
		require.NoError(t, err)
		p.to, cfg.Addr = cfg.Addr, listener.Addr().String()
		cut.dsn = cfg.FormatDSN()
	} else {
		u, err := url.Parse(d.dsn)
		require.NoError(t, err)
		p.to, u.Host = u.Host, listener.Addr().String()
		cut.dsn = u.String()
	}
	var wg sync.WaitGroup
	wg.Go(p.serve)
	t.Cleanup(func() {
		listener.Close()
		p.cut()
		wg.Wait()
	})
	return &cut, p
}

func (p *proxy) serve() {
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		client, err := p.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.to)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, client, server)
		p.mu.Unlock()
		answered := make(chan struct{}) // closed when the next answer must not reach the client
		wg.Go(func() { p.ask(client, server, answered) })
		wg.Go(func() { p.answer(client, server, answered) })
	}
}

// ask carries what the client says to the server.
func (p *proxy) ask(client, server net.Conn, cutAnswer chan struct{}) {
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			server.Close()
			return
		}
		switch hit, after := p.hit(buf[:n]); {
		case hit && after:
			close(cutAnswer)
		case hit:
			client.Close()
			server.Close()
			return
		case p.isSilent():
			continue
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (p *proxy) isSilent() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.silent
}

// silence lets the server fall silent at the next message with the mark.
func (p *proxy) silence(mark string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mark, p.quiet = []byte(mark), true
}

func (p *proxy) hit(message []byte) (hit, after bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mark == nil || !bytes.Contains(message, p.mark) {
		return false, false
	}
	p.mark, p.silent = nil, p.quiet
	return !p.quiet, p.after
}

// answer carries what the server says to the client.
func (p *proxy) answer(client, server net.Conn, cutAnswer chan struct{}) {
	defer client.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		select {
		case <-cutAnswer:
			server.Close()
			return
		default:
		}
		if _, err := io.Copy(client, bytes.NewReader(buf[:n])); err != nil {
			return
		}
	}
}

// cut closes all connections that are open.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

// cutAtCommit cuts the next connection that commits.
func (p *proxy) cutAtCommit(d *database, after bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.after = after
	p.mark = []byte("commit\x00") // as pgx says it
	if d.Dialect == sqlstore.MySQL {
		p.mark = []byte("\x03COMMIT")
	}
}

// ships is a change that can be seen in the payment, the journal and the shop.
func ships(s *sqlstore.Store, shop *shop, k highhelp.Key) func(ctx context.Context, p *highhelp.Payment) error {
	return func(ctx context.Context, p *highhelp.Payment) error {
		p.Held = "shipped"
		return errors.Join(shop.ship(ctx, k.OrderID), s.Record(ctx, highhelp.Delivery{Key: k, Error: "shipped"}))
	}
}

func TestConnectionBreaksInChange(t *testing.T) {
	onServers(t, func(t *testing.T, d *database) {
		cut, proxy := d.behind(t)
		shop, s, k := d.shop(t), cut.store(t), orderKey("1")
		payment(t, s, k)
		err := s.Update(t.Context(), k, func(ctx context.Context, p *highhelp.Payment) error {
			defer proxy.cut()
			return ships(s, shop, k)(ctx, p)
		})
		require.ErrorAs(t, err, new(*sqlstore.Error))
		require.NotErrorIs(t, err, sqlstore.ErrInDoubt)
		requireHeld(t, s, k, "")
		shop.requireShipped(t, k.OrderID, 0)
		requireJournal(t, s, k)
		require.NoError(t, s.Update(t.Context(), k, ships(s, shop, k)))
		shop.requireShipped(t, k.OrderID, 1)
	})
}

// At commit the error leaves open what became of it, and Payment tells.
func TestConnectionBreaksAtCommit(t *testing.T) {
	onServers(t, func(t *testing.T, d *database) {
		shop := d.shop(t)
		for name, after := range map[string]bool{"before the server has it": false, "after the server has answered": true} {
			t.Run(name, func(t *testing.T) {
				cut, proxy := d.behind(t)
				s, k := cut.store(t), orderKey(name)
				payment(t, s, k)
				proxy.cutAtCommit(d, after)
				err := s.Update(t.Context(), k, ships(s, shop, k))
				require.ErrorIs(t, err, sqlstore.ErrInDoubt)
				require.ErrorAs(t, err, new(*sqlstore.Error))
				want := map[bool]string{true: "shipped"}[after]
				requireHeld(t, s, k, want)
				shop.requireShipped(t, k.OrderID, len(want)/len("shipped"))
			})
		}
	})
}

// Connections that died in the pool cost an Update nothing: no change has run on
// them.
func TestConnectionsDieInThePool(t *testing.T) {
	onServers(t, func(t *testing.T, d *database) {
		cut, proxy := d.behind(t)
		db := cut.pool(t)
		s, k := cut.on(t, db), orderKey("1")
		payment(t, s, k)
		idle(t, db, 6)
		proxy.cut()
		require.NoError(t, s.Update(t.Context(), k, hold("x")))
		requireHeld(t, d.store(t), k, "x")
	})
}

// A server that falls silent holds an Update up for seconds, and no longer.
// MySQL's driver ends no COMMIT or ROLLBACK by itself, but for readTimeout.
func TestServerFallsSilent(t *testing.T) {
	refused := errors.New("refused")
	onServers(t, func(t *testing.T, d *database) {
		t.Parallel() // it waits
		rollback := map[sqlstore.Dialect]string{sqlstore.PostgreSQL: "rollback", sqlstore.MySQL: "ROLLBACK"}[d.Dialect]
		requireEnd(t, d, rollback, "3s", func(context.Context, *highhelp.Payment) error { return refused }, refused)
		if d.Dialect == sqlstore.PostgreSQL {
			requireEnd(t, d, "commit\x00", "", hold("x"), context.DeadlineExceeded, sqlstore.ErrInDoubt)
		} else {
			requireEnd(t, d, "SET innodb_lock_wait_timeout = @highhelp_wait", "", hold("x"))
		}
	})
}

// requireEnd wants an Update to end with these errors, or well if there is
// none, although the server falls silent at the mark.
func requireEnd(t *testing.T, d *database, mark, readTimeout string, change func(context.Context, *highhelp.Payment) error, want ...error) {
	t.Helper()
	cut, proxy := d.behind(t)
	if d.Dialect == sqlstore.MySQL && readTimeout != "" {
		cut.dsn = with(t, cut.dsn, "readTimeout", readTimeout)
	}
	s, k := cut.store(t), orderKey(mark[:4])
	payment(t, s, k)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	done := make(chan error, 1)
	proxy.silence(mark)
	go func() { done <- s.Update(ctx, k, change) }()
	select {
	case err := <-done:
		require.Equal(t, len(want) == 0, err == nil, "%v", err)
		for _, want := range want {
			require.ErrorIs(t, err, want)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("Update hangs")
	}
	require.True(t, proxy.isSilent())
	if len(want) == 0 {
		requireHeld(t, d.store(t), k, "x")
	}
}
