//go:build unix

package highhelp_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// guides are documents whose commands are one session, in this order: what one
// has made the next may use.
var guides = []string{
	"docs/quickstart.md", "docs/integration.md", "docs/stores.md", "docs/exactly-once.md", "docs/troubleshooting.md",
	"docs/migration.md", "docs/operations.md", "docs/guarantees.md", "docs/compatibility.md",
}

// notRun are commands that are not run here, by how they begin, and why.
var notRun = map[string]string{
	"go get github.com/go-highhelp/highhelp@v0.1.0": "no version is tagged yet",
	"go run ./demo":            "TestBuy in e2e runs the demo",
	"make ":                    "it would run this test",
	"highhelp probe --remote ": "it needs an account",
	"highhelp doctor --remote": "it needs an account",
	"promtool ":                "TestRulesWithPromtool runs it",
	"redis-cli ":               "the store's tests ask the server, in TestCheckFindsWhatIsUnsafe",
}

// instead are commands that others stand for, because there is no network.
var instead = map[string]string{
	"git clone https://github.com/go-highhelp/highhelp": `ln -s "$ROOT" highhelp`,
}

// serves are commands that run on while others follow, and where they answer.
var serves = map[string]string{
	"highhelp sandbox ": "http://127.0.0.1:8090/control/",
	"go run .":          "http://127.0.0.1:8080/orders/1001",
}

// refused are commands that end with 1, as the document says.
var refused = []string{"highhelp explain --keys sandbox/keys --headers headers.txt < changed.json"}

// Whoever follows the guides to the letter gets what they say.
func TestGuidesCanBeFollowed(t *testing.T) {
	repository(t)
	if _, err := exec.LookPath("curl"); err != nil {
		skipOrFail(t, "curl")
	}
	s := newSession(t)
	used := map[string]bool{}
	for _, document := range inOrder(t) {
		for _, b := range blocks(t, document) {
			s.follow(b, used)
		}
	}
	for begin := range notRun {
		require.True(t, used[begin], "no guide has the command %q any more", begin)
	}
}

// inOrder returns all documents, the guides first.
func inOrder(t *testing.T) []string {
	t.Helper()
	list := slices.Clone(guides)
	for _, document := range documents(t) {
		if !slices.Contains(list, document) {
			list = append(list, document)
		}
	}
	return list
}

func skipOrFail(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("HIGHHELP_TEST_REQUIRE") == "all" {
		t.Fatalf("there is no %s, and HIGHHELP_TEST_REQUIRE is all", what)
	}
	t.Skipf("there is no %s", what)
}

var saveAs = regexp.MustCompile("Save this as `([a-z_]+\\.go)`")

// follow does what a block says.
func (s *session) follow(b block, used map[string]bool) {
	switch b.language {
	case "go":
		if name := saveAs.FindStringSubmatch(b.before); name != nil {
			s.save(name[1], b.text)
		}
	case "log":
		s.logged(b)
	case "sh":
		var output strings.Builder
		for _, command := range b.commands() {
			output.WriteString(s.do(b, command, used))
		}
		if b.output != "" {
			want := "^" + looksLike(s.addresses.Replace(b.output))
			require.Regexp(s.t, want, output.String()+"\n", "%s:%d", b.document, b.line)
		}
	}
}

// save writes a file into the folder where the shell is.
func (s *session) save(name, text string) {
	file := filepath.Join(s.t.TempDir(), name)
	require.NoError(s.t, os.WriteFile(file, []byte(s.addresses.Replace(text)), 0o600))
	_, status := s.run("cp " + file + " " + name)
	require.Zero(s.t, status)
}

// do does one command and returns what it has written.
func (s *session) do(b block, command string, used map[string]bool) string {
	for begin := range notRun {
		if strings.HasPrefix(command, begin) {
			used[begin] = true
			return ""
		}
	}
	for begin, other := range instead {
		if strings.HasPrefix(command, begin) {
			command = other
		}
	}
	command = s.addresses.Replace(command)
	for begin, url := range serves {
		if strings.HasPrefix(command, begin) {
			return s.serve(command, s.addresses.Replace(url))
		}
	}
	output, status := s.run(command)
	want := 0
	for _, begin := range refused {
		if strings.HasPrefix(command, begin) {
			want = 1
		}
	}
	require.Equal(s.t, want, status, "%s:%d: %s\n%s", b.document, b.line, command, output)
	return output
}
