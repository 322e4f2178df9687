package main

import (
	"flag"
	"io"

	"github.com/go-highhelp/highhelp/signer"
)

func canon(*flag.FlagSet) action {
	return func(c *console) error {
		doc, err := readDocument(c.stdin)
		if err != nil {
			return err
		}
		text, err := doc.Canonical(signer.Scheme{})
		if err != nil {
			return err
		}
		return c.answer(map[string]string{"canonical": text}, text+"\n")
	}
}

func readDocument(stdin io.Reader) (*signer.Document, error) {
	body, err := readBody(stdin)
	if err != nil {
		return nil, err
	}
	return signer.Parse(body)
}
