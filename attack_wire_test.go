package highhelp_test

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"hash"
	"net"
	"strings"
	"sync"

	"github.com/go-highhelp/highhelp/signer"
)

// A rawKey is a gateway's callback key that also signs what no [signer.Signer]
// would.
type rawKey struct {
	name     string
	signer   signer.Signer
	verifier signer.Verifier
	sign     func(message string) []byte
}

const attackSecret = "callback-" + marker + "-0123456789abcdef"

// attackRSA is a key that leaves room for s+n in as many bytes as n has.
var attackRSA = sync.OnceValue(func() *rsa.PrivateKey {
	for {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		if key.N.Bytes()[0] < 0xCC {
			return key
		}
	}
})

var rawKeys = sync.OnceValue(func() []rawKey {
	private, err := signer.NewPrivateKey(attackRSA())
	if err != nil {
		panic(err)
	}
	secret, err := signer.NewHMACKey("hmac", attackSecret)
	if err != nil {
		panic(err)
	}
	return []rawKey{
		{"RSA", private, private.Public("rsa"), func(message string) []byte { return rsaSum(crypto.SHA256, twice(message)) }},
		{"HMAC", secret, secret, func(message string) []byte { return hmacSum(sha512.New, attackSecret, message) }},
	}
})

func twice(message string) []byte {
	sum := sha256.Sum256([]byte(message))
	sum = sha256.Sum256(sum[:])
	return sum[:]
}

func rsaSum(h crypto.Hash, digest []byte) []byte {
	s, err := rsa.SignPKCS1v15(nil, attackRSA(), h, digest)
	if err != nil {
		panic(err)
	}
	return s
}

func hmacSum(h func() hash.Hash, secret, message string) []byte {
	m := hmac.New(h, []byte(secret))
	m.Write([]byte(message))
	return m.Sum(nil)
}

func hashSum(h hash.Hash, message string) []byte {
	h.Write([]byte(message))
	return h.Sum(nil)
}

func b64(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// A wire is a request, byte for byte.
type wire struct {
	line   string   // of the request
	header []string // lines; without Content-Length or Transfer-Encoding the right length is added
	body   []byte
	raw    []byte // in place of all that
	half   bool   // nothing more will come: the sender closes its half
	more   []byte // then sent again and again until the server has had enough
	took   int64  // how much of that went out
}

func (w *wire) bytes() []byte {
	if w.raw != nil {
		return w.raw
	}
	head := w.line + "\r\n" + strings.Join(w.header, "\r\n") + "\r\n"
	if len(w.values("Content-Length"))+len(w.values("Transfer-Encoding")) == 0 {
		head += fmt.Sprintf("Content-Length: %d\r\n", len(w.body))
	}
	return append([]byte(head+"\r\n"), w.body...)
}

// write sends w. The server may close the connection meanwhile.
func (w *wire) write(conn net.Conn) {
	_, err := conn.Write(w.bytes())
	for w.more != nil && err == nil {
		var n int
		n, err = conn.Write(w.more)
		w.took += int64(n)
	}
	if w.half && err == nil {
		_ = conn.(*net.TCPConn).CloseWrite()
	}
}

func (w *wire) method() string {
	method, _, _ := strings.Cut(w.line, " ")
	return method
}

func (w *wire) holds(text string) bool {
	all := w.bytes()
	return bytes.Contains(all[:min(len(all), 1<<20)], []byte(text))
}

// values returns the values of a header in the order of their lines.
func (w *wire) values(name string) (values []string) {
	for _, line := range w.header {
		if n, value, _ := strings.Cut(line, ":"); strings.EqualFold(n, name) {
			values = append(values, strings.TrimPrefix(value, " "))
		}
	}
	return values
}

func (w *wire) drop(name string) *wire {
	var kept []string
	for _, line := range w.header {
		if n, _, _ := strings.Cut(line, ":"); !strings.EqualFold(n, name) {
			kept = append(kept, line)
		}
	}
	w.header = kept
	return w
}

func (w *wire) add(lines ...string) *wire {
	w.header = append(w.header, lines...)
	return w
}

func (w *wire) set(name, value string) *wire { return w.drop(name).add(name + ": " + value) }

func (w *wire) signature() string { return w.values("x-access-signature")[0] }
func (w *wire) timestamp() string { return w.values("x-access-timestamp")[0] }
