package main

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

const aboutCompletion = `
It completes commands, flags, scenarios and faults; where a file is wanted, the
shell does.

    highhelp completion bash > /etc/bash_completion.d/highhelp
    highhelp completion zsh  > "${fpath[1]}/_highhelp"
    highhelp completion fish > ~/.config/fish/completions/highhelp.fish
`

// wordComplete is the command by which the scripts ask for what may follow.
const wordComplete = "__complete"

// scripts ask "highhelp __complete WORD…", whose last word is the one that is
// being typed, and get a candidate a line.
var scripts = map[string]string{
	"bash": `_highhelp() {
	local IFS=$'\n'
	COMPREPLY=($(highhelp ` + wordComplete + ` "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _highhelp highhelp
`,
	"zsh": `#compdef highhelp
_highhelp() {
	local -a found
	found=(${(f)"$(highhelp ` + wordComplete + ` "${(@)words[2,CURRENT]}" 2>/dev/null)"})
	if (( $#found )); then
		compadd -- $found
	else
		_files
	fi
}
compdef _highhelp highhelp
`,
	"fish": `function __highhelp_complete
	set -l words (commandline -opc)
	highhelp ` + wordComplete + ` $words[2..] (commandline -ct | string collect --allow-empty) 2>/dev/null
end
complete -c highhelp -a '(__highhelp_complete)'
`,
}

func printCompletion(*flag.FlagSet) action {
	return func(c *console) error {
		if len(c.args) != 1 || scripts[c.args[0]] == "" {
			return usageError{"give the shell: bash, zsh or fish"}
		}
		return c.answer(map[string]string{"script": scripts[c.args[0]]}, scripts[c.args[0]])
	}
}

// complete prints what the last of words may be.
func complete(words []string, stdout io.Writer) int {
	if len(words) == 0 {
		words = []string{""}
	}
	for _, candidate := range candidates(words) {
		fmt.Fprintln(stdout, candidate)
	}
	return exitOK
}

// candidates returns what the last of words may be, or nothing where it may be
// anything.
func candidates(words []string) []string {
	typed := words[len(words)-1]
	if len(words) == 1 {
		var names []string
		for _, c := range commands() {
			names = append(names, c.name)
		}
		return beginning(typed, append(names, "help"))
	}
	c, ok := find(words[0])
	if !ok {
		return nil
	}
	if strings.HasPrefix(typed, "-") {
		return beginning(typed, c.flagNames())
	}
	if before := words[len(words)-2]; strings.HasPrefix(before, "-") {
		if values := valuesOf(strings.TrimLeft(before, "-")); values != nil || !c.isSwitch(before) {
			return completeList(typed, values)
		}
	}
	switch c.name {
	case "trigger":
		return beginning(typed, scenarioNames())
	case "completion":
		return beginning(typed, []string{"bash", "zsh", "fish"})
	}
	return nil
}

func (c command) flagNames() (names []string) {
	flags, _ := c.flags(&console{})
	flags.VisitAll(func(f *flag.Flag) { names = append(names, "--"+f.Name) })
	return names
}

// isSwitch reports whether a flag takes no value.
func (c command) isSwitch(word string) bool {
	flags, _ := c.flags(&console{})
	f := flags.Lookup(strings.TrimLeft(word, "-"))
	if f == nil {
		return true
	}
	b, ok := f.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

// valuesOf returns the values of a flag that has a few.
func valuesOf(flag string) []string {
	switch flag {
	case "fault":
		return faultNames()
	case "format":
		return []string{"markdown", "mermaid"}
	case "product":
		return []string{"ecom", "p2p"}
	}
	return nil
}

// completeList completes the last value of a list with commas.
func completeList(typed string, values []string) []string {
	before, last, ok := cutLast(typed, ",")
	if !ok {
		return beginning(typed, values)
	}
	found := beginning(last, values)
	for i := range found {
		found[i] = before + "," + found[i]
	}
	return found
}

func beginning(prefix string, words []string) (found []string) {
	for _, w := range words {
		if strings.HasPrefix(w, prefix) {
			found = append(found, w)
		}
	}
	slices.Sort(found)
	return found
}
