package main

import (
	"flag"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp/signer"
)

func sign(flags *flag.FlagSet) action {
	privateKey := flags.String("private-key", "", "`file` of the RSA key for requests (private_key_<id>.pem)")
	hmacKey := flags.String("hmac-key", "", "`file` of the HMAC key for requests (hmac_private_key_<id>.txt)")
	timestamp := flags.String("timestamp", "", "Unix `seconds` at which the request is formed (default now)")
	return func(c *console) error {
		key, err := readSigner(*privateKey, *hmacKey)
		if err != nil {
			return err
		}
		at, err := parseTime(*timestamp)
		if err != nil {
			return err
		}
		body, err := readBody(c.stdin)
		if err != nil {
			return err
		}
		headers, err := key.Sign(body, at)
		if err != nil {
			return err
		}
		return c.writeHeaders(headers, body)
	}
}

func readSigner(privateKey, hmacKey string) (signer.Signer, error) {
	switch {
	case (privateKey == "") == (hmacKey == ""):
		return nil, usageError{"give either --private-key or --hmac-key"}
	case privateKey != "":
		return signer.ReadPrivateKey(privateKey)
	}
	return signer.ReadHMACKey(hmacKey)
}

func parseTime(timestamp string) (time.Time, error) {
	if timestamp == "" {
		return time.Now(), nil
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || strconv.FormatInt(seconds, 10) != timestamp || len(timestamp) != 10 {
		return time.Time{}, usageError{"--timestamp is Unix time in seconds: ten digits"}
	}
	return time.Unix(seconds, 0), nil
}

// writeHeaders writes a line for each header that a request needs. The
// merchant's id is that of the body, if it states one.
func (c *console) writeHeaders(headers http.Header, body []byte) error {
	if doc, err := signer.Parse(body); err == nil {
		if id, ok := doc.Text("general:project_id"); ok {
			headers.Set("X-Access-Merchant-Id", id)
		}
	}
	values := map[string]string{}
	var lines []string
	for name := range headers {
		value := headers.Get(name)
		name = strings.ToLower(name)
		values[name] = value
		lines = append(lines, name+": "+value+"\n")
	}
	slices.Sort(lines)
	return c.answer(map[string]any{"headers": values}, strings.Join(lines, ""))
}
