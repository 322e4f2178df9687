package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// A command is one word of the command line. Its flags are defined by setUp,
// which returns what to do once they are parsed.
type command struct {
	name, summary string
	args          string // what it takes beside flags, such as "[SCENARIO]", or ""
	input         string // example of what it reads from standard input, or ""
	about         string // more of the help text, or ""
	setUp         func(*flag.FlagSet) action
}

// An action is what a command does. Its error is a usageError if the call was
// wrong.
type action func(*console) error

// A console is what an action works with.
type console struct {
	ctx            context.Context
	args           []string // those beside flags
	json           bool
	stdin          io.Reader
	stdout, stderr io.Writer
}

// A usageError is a mistake in the call itself.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func (c command) run(args []string, con *console) int {
	flags, do := c.flags(con)
	flags.SetOutput(con.stderr)
	var err error
	if con.args, err = parse(flags, args, c.args != ""); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			c.help(con.stdout, flags)
			return exitOK
		}
		if !errors.As(err, new(usageError)) { // what flag says it has said
			return exitUsage
		}
	} else {
		err = do(con)
	}
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, new(usageError)):
		fmt.Fprintf(con.stderr, "highhelp %s: %v\n", c.name, err)
		return exitUsage
	}
	fmt.Fprintf(con.stderr, "highhelp %s: %v\n", c.name, err)
	return exitRefused
}

// flags returns the flags of c, and what to do once they are parsed.
func (c command) flags(con *console) (*flag.FlagSet, action) {
	flags := flag.NewFlagSet("highhelp "+c.name, flag.ContinueOnError)
	flags.Usage = func() {}
	flags.BoolVar(&con.json, "json", false, "print JSON")
	return flags, c.setUp(flags)
}

// parse parses flags, which may stand before and behind other arguments.
func parse(flags *flag.FlagSet, args []string, takesArgs bool) (rest []string, err error) {
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if flags.NArg() == 0 {
			return rest, nil
		}
		if !takesArgs {
			return nil, usageError{"the body comes on standard input, not as an argument"}
		}
		rest, args = append(rest, flags.Arg(0)), flags.Args()[1:]
	}
}

// help writes the help text of c.
func (c command) help(w io.Writer, flags *flag.FlagSet) {
	line := "usage: highhelp " + c.name
	if c.args != "" {
		line += " " + c.args
	}
	line += " [flags]"
	if c.input != "" {
		line += " < " + c.input
	}
	fmt.Fprintf(w, "%s\n\n%s%s.\n", line, strings.ToUpper(c.summary[:1]), c.summary[1:])
	if c.about != "" {
		fmt.Fprintf(w, "\n%s\n", strings.TrimSpace(c.about))
	}
	fmt.Fprintln(w)
	flags.VisitAll(func(f *flag.Flag) {
		value, text := flag.UnquoteUsage(f)
		if f.DefValue != "" && f.DefValue != "0" && f.DefValue != "false" {
			text += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(w, "  --%s\n        %s\n", strings.TrimSpace(f.Name+" "+strings.ToUpper(value)), text)
	})
}

// write writes text to standard output.
func (c *console) write(text string) error {
	_, err := io.WriteString(c.stdout, text)
	return err
}

// writeJSON writes v to standard output, as one indented object.
func (c *console) writeJSON(v any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return err
	}
	return c.write(b.String())
}

// writeLine writes v to standard output as JSON on one line, for what comes
// piece by piece.
func (c *console) writeLine(v any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	return c.write(b.String())
}

// answer writes what a command has found out: as JSON, if that is wanted, else
// as text.
func (c *console) answer(v any, text string) error {
	if c.json {
		return c.writeJSON(v)
	}
	return c.write(text)
}

// A list is a flag that can be given several times.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

// Set adds a value.
func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
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
