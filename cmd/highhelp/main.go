// Command highhelp helps to integrate HighHelp payments: it signs, verifies
// and explains signatures, stands in for the gateway, sends callbacks, and
// finds out how the real gateway wants its requests signed.
//
//	highhelp canon      print the canonical text of a body: what is signed
//	highhelp sign       print the headers that sign a body
//	highhelp verify     say whether the signature of a body holds
//	highhelp explain    say why the signature of a captured callback holds or not
//	highhelp sandbox    run a gateway on this machine
//	highhelp trigger    send the callbacks of a payment to a shop
//	highhelp probe      find out how the gateway wants its requests signed
//	highhelp doctor     check the set-up of a shop
//	highhelp keygen     make key files for a sandbox
//	highhelp methods    list the codes of payment methods
//	highhelp statuses   print what each status does to an order
//	highhelp completion print the completion of a shell
//	highhelp version    print the version
//
// Every command has -h, which lists its flags, and --json, which prints what it
// has found out as JSON. Bodies come on standard input:
//
//	highhelp canon  < body.json
//	highhelp sign   --private-key private_key_42.pem --timestamp 1706883522 < body.json
//	highhelp verify --public-key callback_public_key_42.pem --timestamp 1706883522 --signature … < body.json
//
// Keys come from files only, so that none is left in the history of a shell;
// flags and the environment name the files. Nothing is sent to another machine,
// and nothing is served to one, without --remote.
//
// It exits with 0 if all is well; with 1, and a reason on standard error, if
// something is refused or not as it should be; and with 2 if it was called in a
// wrong way. A sandbox that is interrupted exits with 0.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// commands returns all commands, in the order of the help text.
func commands() []command {
	return []command{
		{name: "canon", summary: "print the canonical text of a body: what is signed", input: "body.json", setUp: canon},
		{name: "sign", summary: "print the headers that sign a body", input: "body.json", setUp: sign},
		{name: "verify", summary: "verify the signature of a body", input: "body.json", setUp: verify},
		{name: "explain", summary: "say why the signature of a captured callback holds or not", input: "callback.http", about: aboutExplain, setUp: explain},
		{name: "sandbox", summary: "run a gateway on this machine", about: aboutSandbox, setUp: runSandbox},
		{name: "trigger", args: "[SCENARIO]", summary: "send the callbacks of a payment to a shop", about: aboutTrigger(), setUp: trigger},
		{name: "probe", summary: "find out how the gateway wants its requests signed", about: aboutProbe, setUp: probe},
		{name: "doctor", summary: "check the set-up of a shop", about: aboutDoctor, setUp: doctor},
		{name: "keygen", summary: "make key files for a sandbox", about: aboutKeygen, setUp: keygen},
		{name: "methods", summary: "list the codes of payment methods", setUp: listMethods},
		{name: "statuses", summary: "print what each status does to an order", setUp: printStatuses},
		{name: "completion", args: "SHELL", summary: "print the completion of a shell: bash, zsh or fish", about: aboutCompletion, setUp: printCompletion},
		{name: "version", summary: "print the version", setUp: printVersion},
	}
}

// What the program exits with.
const (
	exitOK = iota
	exitRefused
	exitUsage
)

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		usage(stderr)
		return exitUsage
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		if len(args) == 1 {
			usage(stdout)
			return exitOK
		}
		args = []string{args[1], "-h"}
	case wordComplete: // asked by the scripts of printCompletion
		return complete(args[1:], stdout)
	}
	c, ok := find(args[0])
	if !ok {
		fmt.Fprintf(stderr, "highhelp: there is no command %q\n", args[0])
		usage(stderr)
		return exitUsage
	}
	return c.run(args[1:], &console{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr})
}

func find(name string) (command, bool) {
	for _, c := range commands() {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "usage: highhelp COMMAND [flags]")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-10s %s\n", c.name, c.summary)
	}
	fmt.Fprintln(w, "highhelp COMMAND -h lists the flags of a command. Bodies come on standard input.")
}
