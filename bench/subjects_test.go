package main

import (
	"crypto/rand"
	"crypto/rsa"
	"io"
	"testing"

	"github.com/go-highhelp/highhelp"
	"github.com/stretchr/testify/require"
)

func testBench(t *testing.T) *bench {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	return newBench("850 B", callback(shortReceipt), key)
}

// What is measured does its work: it decodes, and it refuses another body.
func TestReceive(t *testing.T) {
	b := testBench(t)
	for range 2 {
		for name, headers := range map[string]struct{ ok, wrong func() error }{
			"HMAC": {func() error { _, err := b.receive(b.hmacKey, b.hmacHeaders); return err }, func() error { _, err := b.receive(b.hmacKey, b.rsaHeaders); return err }},
			"RSA":  {func() error { _, err := b.receive(b.public, b.rsaHeaders); return err }, func() error { _, err := b.receive(b.public, b.hmacHeaders); return err }},
		} {
			require.NoError(t, headers.ok(), name)
			require.Error(t, headers.wrong(), name)
		}
	}
	e, err := b.receive(b.hmacKey, b.hmacHeaders)
	require.NoError(t, err)
	require.Equal(t, "order-1001", e.PaymentID)
	require.Equal(t, int64(10000), e.Amount.Minor)
	b.body = callback(longReceipt)
	_, err = b.receive(b.hmacKey, b.hmacHeaders)
	require.Error(t, err)
}

// Every row can be measured, the peers accept what they are given, and what
// needs no clock holds.
func TestRows(t *testing.T) {
	b := testBench(t)
	for _, row := range rows {
		for _, s := range []subject{row.a(b), row.b(b)} {
			require.NotPanics(t, s.run, s.name)
		}
	}
	r := newReport(io.Discard)
	r.allocs([]*bench{b})
	require.Zero(t, r.missed, "allocations")
}

// The whole handler takes in what it is given, and nothing else.
func TestHandlers(t *testing.T) {
	b := testBench(t)
	for _, s := range []subject{b.applied(), b.duplicate(), b.empty()} {
		objects, _ := allocations(s)
		require.LessOrEqual(t, objects, uint64(handlerAllocs), s.name)
	}
	h, store := b.shop()
	b.mint(store, "order-1001")
	v := newVisit()
	require.Panics(t, func() { v.serve(h, b.body, b.rsaHeaders) })
	require.NotPanics(t, func() { v.serve(h, b.body, b.hmacHeaders) })
	p, err := store.Payment(t.Context(), highhelp.Key{ProjectID: "57aff4db-b45d-42bf-bc5f-b7a499a01782", OrderID: "order-1001"})
	require.NoError(t, err)
	require.True(t, p.Paid())
}

func TestVerdict(t *testing.T) {
	r := newReport(io.Discard)
	require.Equal(t, "holds", r.verdict(0.5, 0.5, true))
	require.Equal(t, "holds", r.verdict(0.4, 0.5, true))
	require.Equal(t, "holds", r.verdict(1.9, 1.8, false))
	require.Zero(t, r.missed)
	require.Equal(t, "MISSED", r.verdict(0.6, 0.5, true))
	require.Equal(t, "MISSED", r.verdict(1.7, 1.8, false))
	require.Equal(t, 2, r.missed)
}

// The line through points of a line is that line; a square bends away from it.
func TestFitLine(t *testing.T) {
	x := []float64{512, 1024, 2048, 4096, 8192, 16384, 32768, 65536}
	line, square := make([]float64, len(x)), make([]float64, len(x))
	for i, n := range x {
		line[i], square[i] = 100+2*n, 100+n*n/100
	}
	f := fitLine(x, line)
	require.InDelta(t, 100, f.a, 0.001)
	require.InDelta(t, 2, f.b, 0.001)
	require.InDelta(t, 1, f.worst, 0.001)
	require.Greater(t, fitLine(x, square).worst, float64(maxBend))
}

func TestPercentile(t *testing.T) {
	v := []float64{5, 1, 4, 2, 3}
	require.InDelta(t, 3, percentile(v, 50), 0)
	require.InDelta(t, 1, percentile(v, 10), 0)
	require.InDelta(t, 4, percentile(v, 90), 0)
}

func TestShapes(t *testing.T) {
	for _, s := range shapes {
		for _, n := range sizes {
			body := s.make(n)
			require.InDelta(t, n, len(body), float64(n)/2+500, s.name)
			require.NotPanics(t, decode(body).run, "%s of %d bytes", s.name, n)
		}
	}
}
