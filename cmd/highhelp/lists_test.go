package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/widget"
	"github.com/stretchr/testify/require"
)

func TestKeygen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	code, out, errs := call("", "keygen", "--dir", dir, "--project-id", "42")
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, filepath.Join(dir, "private_key_42.pem")+"  the shop signs requests with it")
	require.Equal(t, 6, strings.Count(out, "\n"))
	keys, err := sandbox.ReadKeys(dir, "42")
	require.NoError(t, err)
	require.True(t, keys.RequestPrivate.Sandbox())
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 6)
	for _, e := range entries {
		require.Contains(t, out, e.Name())
	}
	code, _, errs = call("", "keygen", "--dir", dir, "--project-id", "42")
	require.Equal(t, exitRefused, code)
	require.Contains(t, errs, "file exists")
	code, _, errs = call("", "keygen")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "--dir is missing")
	code, out, errs = call("", "keygen", "--dir", t.TempDir(), "--json")
	require.Equal(t, exitOK, code, errs)
	var answer struct {
		Files []struct{ Path, Use string }
	}
	require.NoError(t, json.Unmarshal([]byte(out), &answer))
	require.Len(t, answer.Files, 6)
	require.FileExists(t, answer.Files[0].Path)
}

func TestMethods(t *testing.T) {
	_, out, _ := call("", "methods")
	for _, m := range widget.Methods() {
		require.Contains(t, out, string(m.Code))
	}
	for _, c := range []struct {
		args []string
		want int
	}{
		{nil, len(widget.Methods())}, {[]string{"--country", "kg"}, 3}, {[]string{"--country", "RU", "--product", "ecom"}, 1},
		{[]string{"--currency", "KZT"}, 2}, {[]string{"--currency", "XXX"}, 0},
	} {
		code, out, errs := call("", append([]string{"methods", "--json"}, c.args...)...)
		require.Equal(t, exitOK, code, errs)
		var answer struct{ Methods []methodRow }
		require.NoError(t, json.Unmarshal([]byte(out), &answer))
		require.Len(t, answer.Methods, c.want)
	}
}

// The tables as JSON hold what the document does.
func TestStatuses(t *testing.T) {
	var document strings.Builder
	require.NoError(t, highhelp.WriteStatuses(&document, "markdown"))
	_, out, _ := call("", "statuses")
	require.Equal(t, document.String(), out)
	_, out, _ = call("", "statuses", "--format", "mermaid")
	require.True(t, strings.HasPrefix(out, "stateDiagram-v2"))
	for _, form := range []string{"markdown", "mermaid"} {
		_, long, _ := call("", "statuses", "--format", form)
		_, short, _ := call("", "statuses", "--"+form)
		require.Equal(t, long, short)
	}
	_, out, _ = call("", "statuses", "--format", "mermaid", "--json")
	require.Contains(t, out, `"mermaid": "stateDiagram-v2`)

	_, out, _ = call("", "statuses", "--json")
	var answer struct {
		Tables []struct {
			Title string
			Rows  []map[string]string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(out), &answer))
	rows := 0
	for _, table := range answer.Tables {
		require.NotEmpty(t, table.Title)
		require.NotEmpty(t, table.Rows)
		rows += len(table.Rows) + 2 // head and rule
		for _, row := range table.Rows {
			require.Len(t, row, len(table.Rows[0]))
		}
	}
	require.Equal(t, strings.Count("\n"+document.String(), "\n|"), rows)
	last := answer.Tables[0].Rows[len(answer.Tables[0].Rows)-1]
	require.Equal(t, "success", last["status"])
	require.Equal(t, "yes", last["final"])

	code, _, errs := call("", "statuses", "--format", "pdf")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "--format is markdown or mermaid")
}

func TestVersion(t *testing.T) {
	code, out, _ := call("", "version")
	require.Equal(t, exitOK, code)
	require.Regexp(t, `^highhelp .+, go1\.`, out)
	_, out, _ = call("", "version", "--json")
	require.Contains(t, out, `"go": "go1.`)
}

func TestCandidates(t *testing.T) {
	for _, c := range []struct {
		words string
		want  []string
	}{
		{"", []string{"canon", "completion", "doctor", "explain", "help", "keygen", "methods", "probe", "sandbox", "sign", "statuses", "trigger", "verify", "version"}},
		{"s", []string{"sandbox", "sign", "statuses"}},
		{"sign --p", []string{"--private-key"}},
		{"sign --private-key ", nil},
		{"trigger 3", []string{"3ds", "3ds-failed"}},
		{"trigger --demo 3", []string{"3ds", "3ds-failed"}},
		{"trigger --fault wrong-", []string{"wrong-amount", "wrong-key", "wrong-route"}},
		{"trigger --fault reorder,dup", []string{"reorder,duplicate"}},
		{"trigger success -fault dr", []string{"drop"}},
		{"trigger --keys ", nil},
		{"completion ", []string{"bash", "fish", "zsh"}},
		{"statuses --format ", []string{"markdown", "mermaid"}},
		{"nonsense ", nil},
		{"canon ", nil},
	} {
		require.Equal(t, c.want, candidates(strings.Split(c.words, " ")), c.words)
	}
	for _, scenario := range sandbox.Scenarios() {
		require.Contains(t, candidates([]string{"trigger", ""}), scenario.Name)
	}
}

// The shells themselves complete with what is printed for them: all that are
// installed here, and bash always.
func TestCompletion(t *testing.T) {
	program := highhelpProgram(t)
	t.Setenv("PATH", filepath.Dir(program)+":"+os.Getenv("PATH"))
	for shell, ask := range map[string]string{
		"bash": `COMP_WORDS=(highhelp trigger --fault wrong-); COMP_CWORD=3; _highhelp; printf '%s\n' "${COMPREPLY[@]}"`,
		"zsh":  `compadd() { shift; print -l -- $@ }; words=(highhelp trigger --fault wrong-); CURRENT=4; _highhelp`,
		"fish": `complete -C 'highhelp trigger --fault wrong-' | string match -r '^\S+'`,
	} {
		t.Run(shell, func(t *testing.T) {
			code, script, errs := call("", "completion", shell)
			require.Equal(t, exitOK, code, errs)
			path, err := exec.LookPath(shell)
			if shell != "bash" && err != nil {
				return
			}
			require.NoError(t, err)
			if shell == "zsh" {
				script = "compdef() { : }\n" + script
			}
			out, err := exec.CommandContext(t.Context(), path, "-c", script+ask).CombinedOutput()
			require.NoError(t, err, string(out))
			require.Equal(t, "wrong-amount\nwrong-key\nwrong-route\n", string(out))
		})
	}
	code, _, errs := call("", "completion", "tcsh")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "bash, zsh or fish")
}
