package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/go-highhelp/highhelp/signer"
)

// startCrew lets workers send until the shop is gone.
func startCrew(workers int, address string, p *plan, w *watch) *sync.WaitGroup {
	key := must(signer.NewHMACKey("load", os.Getenv(keyVariable)))
	var crew sync.WaitGroup
	for range workers {
		crew.Go(func() {
			c := caller{address: address, key: key}
			defer c.hangUp()
			for c.dial(p) {
				k, o := p.deal()
				request := c.request(k, o.id)
				start := time.Now()
				status := c.ask(request)
				w.took(time.Since(start))
				p.heard(k, o, status)
			}
		})
	}
	return &crew
}

// A caller sends requests over a connection that it keeps.
type caller struct {
	address string
	key     *signer.HMACKey
	conn    net.Conn
	from    *bufio.Reader
	sent    int
}

// dial makes sure that there is a connection. It fails once the shop has begun
// to shut down.
func (c *caller) dial(p *plan) bool {
	if c.conn != nil {
		return true
	}
	conn, err := net.Dial("tcp", c.address)
	if err != nil {
		if !p.ending.Load() {
			p.mu.Lock()
			p.fail("the shop takes no connection: %v", err)
			p.mu.Unlock()
		}
		return false
	}
	c.conn, c.from = conn, bufio.NewReader(conn)
	return true
}

func (c *caller) hangUp() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

// ask returns the status of the answer, or 0 if there is none. A request is
// never sent twice: what is not answered has perhaps been taken in.
func (c *caller) ask(request []byte) int {
	if _, err := c.conn.Write(request); err != nil {
		c.hangUp()
		return 0
	}
	status, last, err := c.answer()
	if err != nil || last {
		c.hangUp()
	}
	return status
}

// answer reads an answer, and whether it is the last one of the connection.
func (c *caller) answer() (status int, last bool, err error) {
	resp, err := http.ReadResponse(c.from, nil)
	if err != nil {
		return 0, false, err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return 0, false, err
	}
	return resp.StatusCode, resp.Close, nil
}

// request makes and signs the bytes of a callback.
func (c *caller) request(k kind, id string) []byte {
	status, amount, sub, comment := "success", 10000, "null", 400
	switch k {
	case progress:
		status, sub = "processing", `"paid"`
	case oversize:
		comment = 64 << 10
	}
	body := fmt.Appendf(nil, `{"project_id":%q,"general":{"payment_id":%q,"request_id":"0b7a1d34-2a5b-4a60-9d5e-1f1d6e0a4b11"},`+
		`"status":{"status":%q,"sub_status":%s,"status_description":null},`+
		`"payment_info":{"amount":%d,"currency":"RUB","type":"payin","method":"payin-ecom-card","details":"4111 **** **** 1111","comment":%q}}`,
		project, id, status, sub, amount, comments[:comment])
	h := must(c.key.Sign(body, time.Now()))
	signature, timestamp := h.Get("x-access-signature"), h.Get("x-access-timestamp")
	if k == forged {
		c.sent++
		switch c.sent % 3 {
		case 0:
			signature = signature[len(signature)/2:] + signature[:len(signature)/2]
		case 1:
			timestamp = "1706883522"
		default:
			signature = ""
		}
	}
	head := fmt.Sprintf("POST /pay/callbacks/success HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"+
		"X-Access-Signature: %s\r\nX-Access-Timestamp: %s\r\n\r\n", len(body), signature, timestamp)
	return append([]byte(head), body...)
}

var comments = strings.Repeat("c", 64<<10)
