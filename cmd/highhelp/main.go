// Command highhelp helps to integrate HighHelp payments: it shows what exactly
// is signed, signs and verifies.
//
//	highhelp canon  < body.json
//	highhelp sign   --private-key private_key_42.pem --timestamp 1706883522 < body.json
//	highhelp verify --public-key callback_public_key_42.pem --timestamp 1706883522 --signature … < body.json
//
// The body comes on standard input. Keys come from files only, so that none is
// left in the history of a shell. It exits with 0 if all is well, with 1 and a
// reason on standard error if not, and with 2 if it was called in a wrong way.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// A command is one word of the command line. Its flags are defined by setUp,
// which returns what to do once they are parsed.
type command struct {
	name, summary string
	setUp         func(*flag.FlagSet) func(stdin io.Reader, stdout io.Writer) error
}

var commands = []command{
	{"canon", "print the canonical text of a body: what is signed", canon},
	{"sign", "print the headers that sign a body", sign},
	{"verify", "verify the signature of a body", verify},
}

// A usageError is a mistake in the call itself.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

const (
	exitOK = iota
	exitRefused
	exitUsage
)

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		usage(stderr)
		return exitUsage
	}
	for _, c := range commands {
		if c.name == args[0] {
			return c.run(args[1:], stdin, stdout, stderr)
		}
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		usage(stdout)
		return exitOK
	}
	fmt.Fprintf(stderr, "highhelp: there is no command %q\n", args[0])
	usage(stderr)
	return exitUsage
}

func (c command) run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("highhelp "+c.name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	do := c.setUp(flags)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return exitOK
		}
		return exitUsage
	}
	err := noArguments(flags)
	if err == nil {
		err = do(stdin, stdout)
	}
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, new(usageError)):
		fmt.Fprintf(stderr, "highhelp %s: %v\n", c.name, err)
		return exitUsage
	}
	fmt.Fprintf(stderr, "highhelp %s: %v\n", c.name, err)
	return exitRefused
}

func noArguments(flags *flag.FlagSet) error {
	if flags.NArg() > 0 {
		return usageError{"the body comes on standard input, not as an argument"}
	}
	return nil
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "usage: highhelp COMMAND [flags] < body.json")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-8s %s\n", c.name, c.summary)
	}
	fmt.Fprintln(w, "highhelp COMMAND -h lists the flags of a command.")
}

// maxBody bounds what is read of standard input: more than any body that can
// be signed.
const maxBody = 16 << 20

func readBody(stdin io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(stdin, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("standard input: %w", err)
	}
	if len(body) > maxBody {
		return nil, errors.New("standard input: over 16 MiB")
	}
	return body, nil
}
