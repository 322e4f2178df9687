package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp/signer"
)

func canon(*flag.FlagSet) func(io.Reader, io.Writer) error {
	return func(stdin io.Reader, stdout io.Writer) error {
		doc, err := readDocument(stdin)
		if err != nil {
			return err
		}
		text, err := doc.Canonical(signer.Scheme{})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(stdout, text)
		return err
	}
}

func readDocument(stdin io.Reader) (*signer.Document, error) {
	body, err := readBody(stdin)
	if err != nil {
		return nil, err
	}
	return signer.Parse(body)
}

func sign(flags *flag.FlagSet) func(io.Reader, io.Writer) error {
	privateKey := flags.String("private-key", "", "`file` of the RSA key for requests (private_key_<id>.pem)")
	hmacKey := flags.String("hmac-key", "", "`file` of the HMAC key for requests (hmac_private_key_<id>.txt)")
	timestamp := flags.String("timestamp", "", "Unix `seconds` at which the request is formed (default now)")
	return func(stdin io.Reader, stdout io.Writer) error {
		key, err := readSigner(*privateKey, *hmacKey)
		if err != nil {
			return err
		}
		at, err := parseTime(*timestamp)
		if err != nil {
			return err
		}
		body, err := readBody(stdin)
		if err != nil {
			return err
		}
		headers, err := key.Sign(body, at)
		if err != nil {
			return err
		}
		return printHeaders(stdout, headers, body)
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

// printHeaders prints a line for each header that a request needs. The
// merchant's id is that of the body, if it states one.
func printHeaders(w io.Writer, headers http.Header, body []byte) error {
	if doc, err := signer.Parse(body); err == nil {
		if id, ok := doc.Text("general:project_id"); ok {
			headers.Set("X-Access-Merchant-Id", id)
		}
	}
	var names []string
	for name := range headers {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if _, err := fmt.Fprintf(w, "%s: %s\n", strings.ToLower(name), headers.Get(name)); err != nil {
			return err
		}
	}
	return nil
}

func verify(flags *flag.FlagSet) func(io.Reader, io.Writer) error {
	publicKey := flags.String("public-key", "", "`file` of the gateway's RSA key for callbacks")
	hmacKey := flags.String("hmac-key", "", "`file` of the HMAC key for callbacks (hmac_callback_key_<id>.txt)")
	timestamp := flags.String("timestamp", "", "value of the `header` x-access-timestamp")
	signature := flags.String("signature", "", "value of the `header` x-access-signature")
	return func(stdin io.Reader, stdout io.Writer) error {
		key, err := readVerifier(*publicKey, *hmacKey)
		if err != nil {
			return err
		}
		doc, err := readDocument(stdin)
		if err != nil {
			return err
		}
		headers := http.Header{}
		headers.Set("X-Access-Timestamp", *timestamp)
		headers.Set("X-Access-Signature", *signature)
		match, err := key.Verify(doc, headers)
		if err != nil {
			return err
		}
		if _, err := doc.Fields(match.Scheme); errors.Is(err, signer.ErrAmbiguous) {
			return fmt.Errorf("the signature holds, but: %w", err)
		}
		_, err = fmt.Fprintf(stdout, "OK: signed with key %s at %s\n", match.Key, match.SignedAt.Format(time.RFC3339))
		return err
	}
}

func readVerifier(publicKey, hmacKey string) (signer.Verifier, error) {
	switch {
	case (publicKey == "") == (hmacKey == ""):
		return nil, usageError{"give either --public-key or --hmac-key"}
	case publicKey != "":
		return signer.ReadPublicKey(publicKey)
	}
	return signer.ReadHMACKey(hmacKey)
}
