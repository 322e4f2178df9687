package main

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"time"

	"github.com/go-highhelp/highhelp/signer"
)

func verify(flags *flag.FlagSet) action {
	publicKey := flags.String("public-key", "", "`file` of the gateway's RSA key for callbacks")
	hmacKey := flags.String("hmac-key", "", "`file` of the HMAC key for callbacks (hmac_callback_key_<id>.txt)")
	timestamp := flags.String("timestamp", "", "value of the `header` x-access-timestamp")
	signature := flags.String("signature", "", "value of the `header` x-access-signature")
	return func(c *console) error {
		key, err := readVerifier(*publicKey, *hmacKey)
		if err != nil {
			return err
		}
		doc, err := readDocument(c.stdin)
		if err != nil {
			return err
		}
		match, err := key.Verify(doc, signatureHeaders(*timestamp, *signature))
		if err != nil {
			return err
		}
		if _, err := doc.Fields(match.Scheme); errors.Is(err, signer.ErrAmbiguous) {
			return fmt.Errorf("the signature holds, but: %w", err)
		}
		at := match.SignedAt.Format(time.RFC3339)
		return c.answer(map[string]string{"key": match.Key, "signed_at": at}, fmt.Sprintf("OK: signed with key %s at %s\n", match.Key, at))
	}
}

func signatureHeaders(timestamp, signature string) http.Header {
	headers := http.Header{}
	headers.Set("X-Access-Timestamp", timestamp)
	headers.Set("X-Access-Signature", signature)
	return headers
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
