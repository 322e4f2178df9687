package highhelp_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// speaking are the files whose sentences somebody may have to look up.
var speaking = []string{
	"errors.go", "config_check.go", "checks.go", "order.go", "payment.go", "money.go", "call.go", "client.go", "wire.go", "middleware.go",
	"doctor_config.go", "doctor_gateway.go", "doctor_route.go", "doctor_store.go", "cmd/highhelp/doctor.go",
	"signer/build.go", "signer/canonical.go", "signer/errors.go", "signer/explain.go", "signer/explain_search.go", "signer/fields.go",
	"signer/form.go", "signer/hmac.go", "signer/keyfile.go", "signer/keyset.go", "signer/number.go", "signer/parse.go", "signer/places.go",
	"signer/rsa.go", "signer/scheme_check.go", "signer/string.go", "signer/verify.go",
	"sqlstore/errors.go", "sqlstore/config.go", "redisstore/errors.go", "redisstore/options.go",
}

// silentError are sentences that need no looking up: of findings that are green, of
// command lines, of panics, of values in logs.
var silentError = regexp.MustCompile(`^(` + strings.Join([]string{
	`highhelp: gateway call`, `ticket of payment`, `\(request`, `minor units of`, `\{ "project_id"`, `, "general"`, ` "status"`,
	`Signer is`, `, Verifier has`, `no key is a sandbox's`, `three callback URLs`, `all callback URLs are https`,
	`the gateway knows the key and the project`, `; the body came in as it was sent`, `answers after`, `the store finds nothing wrong`,
	`what OnPaid does through its context`, `callbacks are journaled`, `the store keeps everything for ever`, `the store keeps for`,
	`, payments are asked about for`, `the keys are for their owner`, `payments will fail or get lost`, `the store is the shop's own`,
	`set either HIGHHELP`, `.path. at which`, `\n`, `\): made this signature`, `signer: a text that was written`, `signer: a number passed Parse`, `signer: signing failed`,
	`signer: writing the token`, `signer: the public half`, `problem:`, `verified by key`, `signed at`, `an RSA p`, `RSA P`, `ENCRYPTED`,
	`redisstore: the Update of this context`,
}, "|") + `)`)

// Whoever searches troubleshooting for what he reads finds it.
func TestTroubleshootingKnowsEveryMessage(t *testing.T) {
	repository(t)
	text := strings.Join(strings.Fields(read(t, "docs/troubleshooting.md")), " ")
	n, missing := 0, []string{}
	for _, file := range speaking {
		for _, sentence := range sentences(t, file) {
			if n++; !strings.Contains(text, sentence) {
				missing = append(missing, file+": "+sentence)
			}
		}
	}
	require.Empty(t, missing)
	require.Greater(t, n, 200)
}

// sentences are the texts in a file that look like one, in the parts that do
// not vary.
func sentences(t *testing.T, file string) (list []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	require.NoError(t, err)
	verb := regexp.MustCompile(`%[#+-]?[a-zA-Z]`)
	ast.Inspect(parsed, func(n ast.Node) bool {
		literal, ok := n.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		value, err := strconv.Unquote(literal.Value)
		require.NoError(t, err)
		if silentError.MatchString(value) {
			return true
		}
		for _, part := range verb.Split(value, -1) {
			part = regexp.MustCompile(`^(?:highhelp|signer|sqlstore|redisstore): `).ReplaceAllString(part, "")
			if part = strings.Trim(part, " :;,%\""); strings.Count(part, " ") >= 2 && !silentError.MatchString(part) {
				list = append(list, part)
			}
		}
		return true
	})
	return list
}

// Whoever is called at night finds what called him.
func TestOperationsKnowsEveryAlert(t *testing.T) {
	repository(t)
	text := read(t, "docs/operations.md")
	for _, c := range []struct {
		file, pattern string
		atLeast       int
	}{
		{"otelhighhelp/prometheus/highhelp.rules.yml", `(?m)^ +- alert: (\w+)$`, 10},
		{"event.go", `(?m)^//\t([a-z_]+) {2,}`, 7}, // the kinds of an Anomaly
	} {
		names := regexp.MustCompile(c.pattern).FindAllStringSubmatch(read(t, c.file), -1)
		require.GreaterOrEqual(t, len(names), c.atLeast)
		for _, name := range names {
			require.Contains(t, text, "`"+name[1]+"`")
		}
	}
}

// So do sentinels, answers and findings.
func TestTroubleshootingKnowsEveryName(t *testing.T) {
	text := read(t, "docs/troubleshooting.md")
	for _, c := range []struct {
		file, pattern string
		atLeast       int
	}{
		{"errors.go", `(?m)^\t?(?:var )?(Err\w+) +=`, 13},
		{"errors.go", `answer\{http\.Status\w+, "(\w+)"\}\},`, 15},
		{"doctor.go", `(?s)names are stable: (.*?)\.`, 1},
	} {
		names := regexp.MustCompile(c.pattern).FindAllStringSubmatch(read(t, c.file), -1)
		require.GreaterOrEqual(t, len(names), c.atLeast, c.file)
		for _, name := range names {
			for word := range strings.FieldsFuncSeq(name[1], func(r rune) bool { return strings.ContainsRune(", /\n\t", r) }) {
				if route, ok := strings.CutPrefix(word, "route_"); ok {
					require.NotEmpty(t, route)
					word = "route_…"
				}
				require.Contains(t, text, "`"+word+"`", c.file)
			}
		}
	}
}
