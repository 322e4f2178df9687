package redisstore_test

import (
	"net"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// A proxy stands before a server and can lose an answer: the server has done
// what it was asked, and the connection breaks.
type proxy struct {
	Addr string
	drop atomic.Pointer[loss]
}

// A loss names the next request whose answer is lost, and what happens first.
type loss struct {
	request func(bytes []byte) bool
	then    func()
	again   bool // the requests after it, too
}

func startProxy(t *testing.T, to string) *proxy {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	p := &proxy{Addr: listener.Addr().String()}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				client.Close()
				return
			}
			go p.serve(client, server)
		}
	}()
	return p
}

func (p *proxy) serve(client, server net.Conn) {
	defer client.Close()
	defer server.Close()
	var losing atomic.Pointer[loss]
	go func() {
		defer client.Close()
		buf := make([]byte, 64<<10)
		for {
			n, err := server.Read(buf)
			if err != nil {
				return
			}
			if l := losing.Load(); l != nil {
				l.then()
				return
			}
			if _, err := client.Write(buf[:n]); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		if l := p.drop.Load(); l != nil && l.request(buf[:n]) && (l.again || p.drop.CompareAndSwap(l, nil)) {
			losing.Store(l)
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}
