package main

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

const captured = `{"project_id":"P","general":{"payment_id":"7","request_id":null},"status":{"status":"success","sub_status":null},` +
	`"payment_info":{"amount":10000,"currency":"RUB"},"rate":1.0,"ok":true,"note":"xy"}`

var signedAt = time.Unix(1706883522, 0)

// A caught callback, whose parts a test can spoil.
type caught struct {
	body      string
	timestamp string
	signature string
}

func catch(t *testing.T, key signer.Signer, body string) caught {
	t.Helper()
	h, err := key.Sign([]byte(body), signedAt)
	require.NoError(t, err)
	return caught{body, h.Get("X-Access-Timestamp"), h.Get("X-Access-Signature")}
}

// raw writes c as it comes over the wire.
func (c caught) raw() string {
	return fmt.Sprintf("POST /pay/callbacks/success HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\nX-Access-Timestamp: %s\r\nX-Access-Signature: %s\r\n\r\n%s", len(c.body), c.timestamp, c.signature, c.body)
}

// Each callback has one single thing wrong, which must be named, as the first
// step that differs.
func TestExplain(t *testing.T) {
	keys, dir := keyFolder(t, testKeys)
	others, otherDir := keyFolder(t, formerKeys)
	publicFile := filepath.Join(dir, "callback_public_key_"+demoProject+".pem")
	hmacFile := filepath.Join(dir, "hmac_callback_key_"+demoProject+".txt")
	otherHMAC := filepath.Join(otherDir, "hmac_callback_key_"+demoProject+".txt")
	rsaKey, hmacKey := []string{"--public-key", publicFile}, []string{"--hmac-key", hmacFile}
	with := func(s signer.Scheme) signer.Signer {
		k, err := keys.CallbackPrivate.WithScheme(s)
		require.NoError(t, err)
		return k
	}
	withHMAC := func(s signer.Scheme) signer.Signer {
		k, err := keys.CallbackHMAC.WithScheme(s)
		require.NoError(t, err)
		return k
	}
	none := func(*caught) {}
	at := func(seconds string) func(*caught) { return func(c *caught) { c.timestamp = seconds } }
	body := func(old, new string) func(*caught) {
		return func(c *caught) { c.body = strings.Replace(c.body, old, new, 1) }
	}
	ownKey, sha512Signature, rawSignature := signByHand(t)
	hmacOverRaw := func(c *caught) {
		c.signature = hmacByHand(t, hmacFile, base64.RawURLEncoding.EncodeToString([]byte(c.body))+c.timestamp)
	}
	bytesOf := func(c *caught) []byte {
		raw, err := base64.RawURLEncoding.DecodeString(c.signature)
		require.NoError(t, err)
		return raw
	}
	for _, c := range []struct {
		name  string
		key   signer.Signer
		spoil func(*caught)
		args  []string
		first string // step
		text  string
	}{
		{"nothing", keys.CallbackPrivate, none, rsaKey, "", "callback_public_key_" + demoProject},
		{"nothing, by HMAC", keys.CallbackHMAC, none, hmacKey, "", "hmac_callback_key_" + demoProject},
		{"nothing, all keys of a folder", keys.CallbackHMAC, none, []string{"--keys", dir}, "", "hmac_callback_key_" + demoProject},

		{"the key", others.CallbackPrivate, none, rsaKey, stepKey, "this key did not make the signature"},
		{"the key, by HMAC", keys.CallbackHMAC, none, []string{"--hmac-key", otherHMAC}, stepKey, "it is another key"},
		{"the shop's own key", keys.CallbackPrivate, none, []string{"--public-key", filepath.Join(dir, "public_key_"+demoProject+".pem")}, stepKey, "this key did not make the signature"},

		{"the timestamp", keys.CallbackPrivate, at("1706883527"), rsaKey, stepTimestamp, "made the signature at 1706883522 (2024-02-02T14:18:42Z), the header says 1706883527"},
		{"the timestamp, by HMAC", keys.CallbackHMAC, at("1706883000"), hmacKey, stepTimestamp, "made the signature at 1706883522"},
		{"the timestamp, in local time", keys.CallbackPrivate, at("1706894322"), rsaKey, stepTimestamp, "made the signature at 1706883522"},
		{"the timestamp, in milliseconds", keys.CallbackPrivate, at("1706883522000"), rsaKey, stepTimestamp, "not ten digits of Unix seconds; key callback_public_key_" + demoProject + " made the signature at 1706883522"},
		{"the timestamp, as text", keys.CallbackPrivate, at("Fri, 02 Feb 2024"), rsaKey, stepTimestamp, "not ten digits of Unix seconds: it has 16 characters"},

		{"the body", keys.CallbackPrivate, body("10000", "10001"), rsaKey, stepBody, "made the signature over another body"},
		{"the body, by HMAC", keys.CallbackHMAC, body("10000", "10001"), hmacKey, stepKey, "it is another key, or the signature is over another text: body or timestamp have changed"},
		{"the body, cut off", keys.CallbackPrivate, func(c *caught) { c.body = c.body[:50] }, rsaKey, stepBody, "byte 50"},
		{"the body, by an editor", keys.CallbackPrivate, func(c *caught) { c.body = "\xef\xbb\xbf" + c.body }, rsaKey, stepBody, "byte"},

		{"the algorithm", keys.CallbackHMAC, none, rsaKey, stepAlgorithm, "64 bytes are what HMAC makes, and no key of that kind was given"},
		{"the algorithm, by HMAC", keys.CallbackPrivate, none, hmacKey, stepAlgorithm, "256 bytes are what RSA makes"},
		{"the hash", keys.CallbackPrivate, func(c *caught) { c.signature = sha512Signature }, []string{"--public-key", ownKey}, stepAlgorithm, "but with SHA-512 in place of SHA-256"},

		{"the padding", with(signer.Scheme{PaddedMessage: true}), none, rsaKey, stepScheme, "signer.Scheme{PaddedMessage: true}"},
		{"the padding of the signature", keys.CallbackPrivate, func(c *caught) { c.signature += "==" }, rsaKey, "", ""},
		{"the alphabet", keys.CallbackPrivate, func(c *caught) { c.signature = base64.StdEncoding.EncodeToString(bytesOf(c)) }, rsaKey, stepEncoding, "written as standard base64, not as base64url"},
		{"hex", keys.CallbackPrivate, func(c *caught) { c.signature = hex.EncodeToString(bytesOf(c)) }, rsaKey, stepEncoding, "written as hex"},
		{"the signature, cut off", keys.CallbackPrivate, func(c *caught) { c.signature = c.signature[:300] }, rsaKey, stepEncoding, "the signature has 225 bytes"},
		{"the signature, no text", keys.CallbackPrivate, func(c *caught) { c.signature = "***" }, rsaKey, stepEncoding, "neither base64url, base64 nor hex"},

		{"the number of digests", with(signer.Scheme{Digest: signer.DigestOnce}), none, rsaKey, stepScheme, "signer.Scheme{Digest: signer.DigestOnce}"},
		{"the form of the digest", with(signer.Scheme{Digest: signer.DigestTwiceHex}), none, rsaKey, stepScheme, "signer.DigestTwiceHex"},
		{"the null form", with(signer.Scheme{Null: signer.NullLower}), none, rsaKey, stepScheme, "signer.Scheme{Null: signer.NullLower}"},
		{"the float form", with(signer.Scheme{Float: signer.FloatJavaScript}), none, rsaKey, stepScheme, "signer.Scheme{Float: signer.FloatJavaScript}"},
		{"the bool form", with(signer.Scheme{Bool: signer.BoolLower}), none, rsaKey, stepScheme, "signer.Scheme{Bool: signer.BoolLower}"},
		{"the encoding of an HMAC", withHMAC(signer.Scheme{HMACEncoding: signer.EncodingHex}), none, hmacKey, stepScheme, "signer.EncodingHex"},
		{"the form of an HMAC key", withHMAC(signer.Scheme{HMACKey: signer.HMACKeyHex}), none, hmacKey, stepScheme, "signer.HMACKeyHex"},

		{"the text", keys.CallbackPrivate, func(c *caught) { c.signature = rawSignature }, []string{"--public-key", ownKey}, stepScheme, "the key has signed the body as it was sent, not its canonical text"},
		{"the text, by HMAC", keys.CallbackHMAC, hmacOverRaw, hmacKey, stepScheme, "the key has signed the body as it was sent, not its canonical text"},

		{"no timestamp", keys.CallbackPrivate, at(""), rsaKey, stepHeaders, "X-Access-Timestamp is empty"},
		{"no signature", keys.CallbackPrivate, func(c *caught) { c.signature = "" }, rsaKey, stepHeaders, "X-Access-Signature is empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			caught := catch(t, c.key, captured)
			c.spoil(&caught)
			code, out, errs := call(caught.raw(), append([]string{"explain", "--json"}, c.args...)...)
			var d diagnosis
			require.NoError(t, json.Unmarshal([]byte(out), &d), errs)
			require.Equal(t, c.first, d.First, out)
			require.Contains(t, out, strings.ReplaceAll(c.text, `"`, `\"`))
			if c.first == "" {
				require.Equal(t, exitOK, code)
				require.Len(t, d.Steps, 8)
				require.Equal(t, "2024-02-02T14:18:42Z", d.SignedAt)
			} else {
				require.Equal(t, exitRefused, code)
				require.Contains(t, errs, "the first step that differs: "+c.first)
				last := d.Steps[len(d.Steps)-1]
				require.False(t, last.OK)
				require.Contains(t, last.Text, c.text)
			}
			_, text, _ := call(caught.raw(), append([]string{"explain"}, c.args...)...)
			require.Equal(t, c.first != "", strings.Contains(text, "DIFFERS"), text)
			require.Contains(t, text, c.text)
			for _, secret := range []string{"10000", "10001", "sandbox-"} {
				require.NotContains(t, text+out+errs, secret)
			}
			if len(caught.signature) > 40 {
				require.NotContains(t, text+out+errs, caught.signature[:40])
			}
		})
	}
}

// signByHand returns the file of a key, and two signatures that it has made in
// ways that are not the gateway's: with another hash, and over the raw body.
func signByHand(t *testing.T) (key, sha512Signature, rawSignature string) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	require.NoError(t, err)
	sign := func(hash crypto.Hash, digest []byte) string {
		raw, err := rsa.SignPKCS1v15(rand.Reader, private, hash, digest)
		require.NoError(t, err)
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	long := sha512.Sum512([]byte("x"))
	raw := sha256.Sum256([]byte(base64.RawURLEncoding.EncodeToString([]byte(captured)) + strconv.FormatInt(signedAt.Unix(), 10)))
	return file(t, "own.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))),
		sign(crypto.SHA512, long[:]), sign(crypto.SHA256, raw[:])
}

func hmacByHand(t *testing.T, keyFile, message string) string {
	t.Helper()
	secret, err := os.ReadFile(keyFile)
	require.NoError(t, err)
	h := hmac.New(sha512.New, []byte(strings.TrimSpace(string(secret))))
	h.Write([]byte(message))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// A signature that holds is not enough: the text must have one meaning, and be
// that of a callback.
func TestExplainReading(t *testing.T) {
	keys, dir := keyFolder(t, testKeys)
	for body, want := range map[string]string{
		`{"note":"x;status:status:success"}`:                                                            "more than one reading",
		`{"general":{"payment_id":"7"},"status":{"status":"success"}}`:                                  "no callback: project_id is missing",
		`{"project_id":"P","general":{"payment_id":"7"},"status":{"status":"Success"}}`:                 "status:status: not a status",
		`{"project_id":"P","general":{"payment_id":"7"},"status":{},"payment_info":{"currency":"RUB"}}`: "no callback: status:status is missing",
	} {
		code, out, errs := call(catch(t, keys.CallbackPrivate, body).raw(), "explain", "--keys", dir)
		require.Equal(t, exitRefused, code)
		require.Contains(t, out, want)
		require.Contains(t, errs, "the first step that differs: reading")
	}
}

// A capture comes in many shapes.
func TestExplainShapes(t *testing.T) {
	keys, dir := keyFolder(t, testKeys)
	c := catch(t, keys.CallbackPrivate, captured)
	unix := strings.ReplaceAll(c.raw(), "\r\n", "\n")
	head, _, _ := strings.Cut(unix, "\n\n")
	_, headers, _ := strings.Cut(head, "\n")
	headersFile := file(t, "headers.txt", headers+"\n")
	curl := "> " + strings.ReplaceAll(head, "\n", "\n> ") + "\n>\n" + c.body
	chunked := strings.Replace(unix, fmt.Sprintf("Content-Length: %d", len(c.body)), "Transfer-Encoding: chunked", 1)
	chunked = strings.Replace(chunked, c.body, fmt.Sprintf("%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", 10, c.body[:10], len(c.body)-10, c.body[10:]), 1)
	http2 := ":method: POST\n:path: /x\n" + strings.ReplaceAll(headers, "X-Access-", "x-access-") + "\n\n" + c.body
	for _, s := range []struct {
		name, stdin string
		args        []string
		want        string
	}{
		{"raw", c.raw(), nil, ""},
		{"with LF", unix, nil, ""},
		{"with a newline at the end", unix + "\n", nil, ""},
		{"headers and body", headers + "\n\n" + c.body, nil, ""},
		{"curl", curl, nil, ""},
		{"chunked", chunked, nil, ""},
		{"said to be chunked", strings.Replace(unix, "Content-Length: ", "Transfer-Encoding: chunked\nX-Was: ", 1), nil, "but the body is not in chunks"},
		{"HTTP/2", http2, nil, ""},
		{"headers in a file", c.body, []string{"--headers", headersFile}, ""},
		{"headers as flags", c.body + "\n", []string{"--timestamp", c.timestamp, "--signature", c.signature}, ""},
		{"another length", strings.Replace(unix, "Content-Length: ", "Content-Length: 1", 1), nil, "it is not whole, or was changed"},
		{"another type", strings.Replace(unix, "application/json", "text/plain", 1), nil, "package highhelp answers 415"},
		{"an encoding", strings.Replace(unix, "Host:", "Content-Encoding: identity\nHost:", 1), nil, "Content-Encoding"},
	} {
		t.Run(s.name, func(t *testing.T) {
			code, out, errs := call(s.stdin, append([]string{"explain", "--keys", dir}, s.args...)...)
			require.Equal(t, exitOK, code, out+errs)
			require.Contains(t, out, "scheme     ok       signer.Scheme{}\n")
			require.Contains(t, out, s.want)
			require.Equal(t, s.want != "", strings.Contains(out, "note "), out)
		})
	}
	twice := strings.Replace(unix, "X-Access-Signature", "X-Access-Signature: x\nX-Access-Signature", 1)
	_, out, _ := call(twice, "explain", "--keys", dir)
	require.Contains(t, out, "headers    DIFFERS  header X-Access-Signature is there more than once")
	renamed := strings.Replace(unix, "X-Access-Signature", "X-Signature", 1)
	_, out, _ = call(renamed, "explain", "--keys", dir)
	require.Contains(t, out, "no header X-Access-Signature, but X-Signature looks like a signature")
}

// How far the clocks are apart.
func TestExplainClock(t *testing.T) {
	keys, dir := keyFolder(t, testKeys)
	c := catch(t, keys.CallbackPrivate, captured)
	explain := func(stdin string, args ...string) diagnosis {
		code, out, errs := call(stdin, append([]string{"explain", "--keys", dir, "--json"}, args...)...)
		require.Equal(t, exitOK, code, errs)
		var d diagnosis
		require.NoError(t, json.Unmarshal([]byte(out), &d))
		return d
	}
	for received, want := range map[string]string{
		strconv.FormatInt(signedAt.Unix()+3, 10): "signed 3s before it was received",
		"2024-02-02T14:18:42Z":                   "signed 0s before it was received",
		"2024-02-02T14:18:40Z":                   "signed 2s after it was received",
		"2024-02-02T17:18:44Z":                   "signed 3h0m2s before it was received; that is a whole number of half hours: one of the clocks takes local time for UTC",
		"2024-02-02T15:10:00Z":                   "signed 51m18s before it was received",
	} {
		require.Equal(t, want, explain(c.raw(), "--received", received).Clock)
	}
	dated := strings.Replace(c.raw(), "Host:", "Date: "+signedAt.UTC().Add(time.Minute).Format(http.TimeFormat)+"\r\nHost:", 1)
	d := explain(dated)
	require.Equal(t, "signed 1m0s before its Date header", d.Clock)
	require.Equal(t, int64(60), *d.Seconds)
	require.Regexp(t, `^signed \d+ days before now$`, explain(c.raw()).Clock)
}

func TestExplainCalls(t *testing.T) {
	_, dir := keyFolder(t, testKeys)
	private := filepath.Join(dir, "private_key_"+demoProject+".pem")
	for _, c := range []struct {
		name, stdin string
		args        []string
		code        int
		text        string
	}{
		{"no key", "", nil, 2, "give at least one key"},
		{"both ways", "{}", []string{"--keys", dir, "--headers", "x", "--timestamp", "1"}, 2, "either --headers, or"},
		{"only a body", "{}", []string{"--keys", dir}, 1, "there is neither a request line nor a header"},
		{"nothing", "", []string{"--keys", dir}, 1, "there is neither a request line nor a header"},
		{"odd headers", "Host: x\nwhat is this\n\n{}", []string{"--keys", dir}, 1, "line 2 of the headers is none"},
		{"no such file", "{}", []string{"--keys", dir, "--headers", "nowhere"}, 1, "no such file"},
		{"no such folder", "{}", []string{"--keys", "nowhere"}, 1, "holds no key files"},
		{"a private key", "{}", []string{"--public-key", private}, 1, "a private key, not an RSA public key"},
		{"a wrong time", "Host: x\n\n{}", []string{"--keys", dir, "--received", "yesterday"}, 2, "neither RFC 3339 nor Unix seconds"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := call(c.stdin, append([]string{"explain"}, c.args...)...)
			require.Contains(t, errs, c.text)
			require.Equal(t, c.code, code)
			require.Empty(t, out)
		})
	}
	_, err := os.Stat(private)
	require.NoError(t, err)
}
