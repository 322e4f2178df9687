package signer_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

func fieldsOf(t testing.TB, body string, s signer.Scheme) (signer.Fields, error) {
	t.Helper()
	doc, err := signer.Parse([]byte(body))
	require.NoError(t, err)
	return doc.Fields(s)
}

func TestFields(t *testing.T) {
	full := signer.Fields{ProjectID: "P", PaymentID: "1", RequestID: "R", Status: "success", SubStatus: "x_1", Amount: 10000, Currency: "RUB"}
	for _, c := range []struct {
		name, body string
		scheme     signer.Scheme
		want       signer.Fields
	}{
		{"all", `{"project_id":"P","general":{"payment_id":"1","request_id":"R"},"status":{"status":"success","sub_status":"x_1"},"payment_info":{"amount":10000,"currency":"RUB"}}`, signer.Scheme{}, full},
		{"amount as text, ids as numbers", `{"general":{"project_id":"P","payment_id":1,"request_id":"R"},"status":{"status":"success","sub_status":"x_1"},"payment_info":{"amount":"10000","currency":"RUB"}}`, signer.Scheme{}, full},
		{"both project ids", `{"project_id":"P","general":{"project_id":"P"}}`, signer.Scheme{}, signer.Fields{ProjectID: "P"}},
		{"none", `{}`, signer.Scheme{}, signer.Fields{}},
		{"null, empty and None", `{"general":{"request_id":""},"status":{"status":null,"sub_status":"None"}}`, signer.Scheme{}, signer.Fields{}},
		{"null is text where None is null", `{"status":{"status":"null"}}`, signer.Scheme{}, signer.Fields{Status: "null"}},
		{"null of the scheme", `{"status":{"status":null,"sub_status":"null"}}`, signer.Scheme{Null: signer.NullLower}, signer.Fields{}},
		{"null left out", `{"status":{"status":"success","sub_status":null},"payment_info":null}`, signer.Scheme{Null: signer.NullOmit}, signer.Fields{Status: "success"}},
		{"blocks without lines", `{"general":{},"status":[],"payment_info":{"amount":{}}}`, signer.Scheme{}, signer.Fields{}},
		{"a block that is text", `{"general":"hello","status":"success","payment_info":null}`, signer.Scheme{}, signer.Fields{}},
		{"harmless semicolons", `{"status":{"status":"decline","status_description":"Declined; try later; or call"}}`, signer.Scheme{}, signer.Fields{Status: "decline"}},
		{"a path in the middle of a segment", `{"x":"a; status:status:success"}`, signer.Scheme{}, signer.Fields{}},
		{"amount elsewhere", `{"sum":{"minor":5,"code":"KZT"},"payment_info":{"amount":1,"currency":"RUB"}}`, signer.Scheme{AmountPath: "sum:minor", CurrencyPath: "sum:code"}, signer.Fields{Amount: 5, Currency: "KZT"}},
		{"amount in an array", `{"sums":[{"minor":1},{"minor":5}],"payment_info":{"currency":"RUB"}}`, signer.Scheme{AmountPath: "sums:1:minor"}, signer.Fields{Amount: 5, Currency: "RUB"}},
		{"amount elsewhere, and not there", `{"payment_info":{"amount":1,"currency":"RUB"}}`, signer.Scheme{AmountPath: "sum:minor"}, signer.Fields{Currency: "RUB"}},
		{"currency elsewhere, and not there", `{"payment_info":{"amount":1,"currency":"RUB"}}`, signer.Scheme{CurrencyPath: "sum:code"}, signer.Fields{Amount: 1}},
		{"an id of which nothing is written", `{"general":{"payment_id":{"a":null,"b":{"c":null}}}}`, signer.Scheme{Null: signer.NullOmit}, signer.Fields{}},
		{"text as long as a path, and another", `{"general":"payment-id:1"}`, signer.Scheme{}, signer.Fields{}},
		{"another join", `{"x":"a;status:status:success","status":{"status":"decline"}}`, signer.Scheme{Join: "&"}, signer.Fields{Status: "decline"}},
		{"largest amount", `{"payment_info":{"amount":99999999999999}}`, signer.Scheme{}, signer.Fields{Amount: 99_999_999_999_999}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := fieldsOf(t, c.body, c.scheme)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestFieldsWrongForm(t *testing.T) {
	for _, c := range []struct{ name, body, path string }{
		{"amount zero", `{"payment_info":{"amount":0}}`, "payment_info:amount"},
		{"amount with leading zero", `{"payment_info":{"amount":"010"}}`, "payment_info:amount"},
		{"amount negative", `{"payment_info":{"amount":-1}}`, "payment_info:amount"},
		{"amount fraction", `{"payment_info":{"amount":100.0}}`, "payment_info:amount"},
		{"amount exponent", `{"payment_info":{"amount":"1e2"}}`, "payment_info:amount"},
		{"amount of 15 digits", `{"payment_info":{"amount":100000000000000}}`, "payment_info:amount"},
		{"amount false", `{"payment_info":{"amount":false}}`, "payment_info:amount"},
		{"amount in other digits", `{"payment_info":{"amount":"١٠"}}`, "payment_info:amount"},
		{"currency small", `{"payment_info":{"currency":"rub"}}`, "payment_info:currency"},
		{"currency long", `{"payment_info":{"currency":"RUBB"}}`, "payment_info:currency"},
		{"status capital", `{"status":{"status":"Success"}}`, "status:status"},
		{"status with space", `{"status":{"status":"success "}}`, "status:status"},
		{"status long", `{"status":{"status":"` + string(make65()) + `"}}`, "status:status"},
		{"sub_status", `{"status":{"sub_status":"a-b"}}`, "status:sub_status"},
		{"NUL in payment_id", `{"general":{"payment_id":"1\u0000"}}`, "general:payment_id"},
		{"long request_id", `{"general":{"request_id":"` + string(make65()) + string(make65()) + string(make65()) + string(make65()) + `"}}`, "general:request_id"},
		{"two projects", `{"project_id":"P","general":{"project_id":"Q"}}`, "project_id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := fieldsOf(t, c.body, signer.Scheme{})
			var field *signer.FieldError
			require.ErrorAs(t, err, &field)
			require.Equal(t, c.path, field.Path)
			require.NotEmpty(t, field.Reason)
			require.Equal(t, "signer: "+c.path+": "+field.Reason, err.Error())
		})
	}
}

// Ids are looked at eight bytes at once: no character may hide anywhere.
func TestFieldsControlCharacters(t *testing.T) {
	for _, c := range []struct {
		char string
		ok   bool
	}{{`\u0000`, false}, {`\u0001`, false}, {`\u001f`, false}, {`\n`, false}, {"\x7f", false}, {" ", true}, {"~", true}, {"\u0080", true}, {"é", true}, {"€", true}} {
		for at := range 20 {
			id := strings.Repeat("x", at) + c.char + strings.Repeat("y", 20-at)
			_, err := fieldsOf(t, `{"general":{"payment_id":"`+id+`"}}`, signer.Scheme{})
			require.Equal(t, c.ok, err == nil, "%q: %v", id, err)
		}
	}
}

// Each form of a field is held against a pattern, with every printable character
// at every edge of the text, and at its lengths.
func TestFieldsForms(t *testing.T) {
	for path, c := range map[string]struct{ body, good, pattern string }{
		"payment_info:amount":   {`{"payment_info":{"amount":"%s"}}`, "10", "^[1-9][0-9]{0,13}$"},
		"payment_info:currency": {`{"payment_info":{"currency":"%s"}}`, "RUB", "^[A-Z]{3}$"},
		"status:status":         {`{"status":{"status":"%s"}}`, "success", "^[a-z0-9_]{1,64}$"},
		"status:sub_status":     {`{"status":{"sub_status":"%s"}}`, "new", "^[a-z0-9_]{1,64}$"},
		"general:payment_id":    {`{"general":{"payment_id":"%s"}}`, "1", "^[ -~]{1,255}$"},
	} {
		form, g := regexp.MustCompile(c.pattern), c.good
		var texts []string
		for char := byte(' '); char <= '~'; char++ {
			if strings.IndexByte(`"\;`, char) < 0 {
				x := string(char)
				texts = append(texts, x+g[1:], g[:len(g)-1]+x, g+x, g[:1]+x+g[1:])
			}
		}
		for _, n := range []int{1, 2, 3, 4, 13, 14, 15, 63, 64, 65, 254, 255, 256} {
			texts = append(texts, strings.Repeat(g, n)[:n])
		}
		for _, text := range texts {
			f, err := fieldsOf(t, fmt.Sprintf(c.body, text), signer.Scheme{})
			require.Equal(t, form.MatchString(text), err == nil, "%s %q: %v", path, text, err)
			if err == nil && path != "payment_info:amount" {
				require.Equal(t, text, f.PaymentID+f.Status+f.SubStatus+f.Currency)
			}
		}
	}
	f, err := fieldsOf(t, `{"status":{"status":"success","sub_status":"None"}}`, signer.Scheme{Null: signer.NullLower})
	require.NoError(t, err)
	require.Equal(t, signer.Fields{Status: "success"}, f, "None states nothing, however null is written")
}

func make65() []byte {
	b := make([]byte, 65)
	for i := range b {
		b[i] = 'a'
	}
	return b
}

// In each pair both documents have one text, and so one signature, but say
// different things. At most one reading may pass.
// A decided path that leads to a block with something in it is no value, whatever
// nulls are left out beside it.
func TestFieldsOfBlocks(t *testing.T) {
	for _, body := range []string{
		`{"general":{"payment_id":{"a":1}}}`, `{"general":{"payment_id":{"a":null,"b":1}}}`, `{"general":{"payment_id":{"a":{"b":1}}}}`,
		`{"general":{"payment_id":[{},[],"x"]}}`, `{"general":{"payment_id":{"a":{"b":null},"c":false}}}`,
	} {
		for _, null := range []signer.NullForm{signer.NullNone, signer.NullLower, signer.NullEmpty, signer.NullOmit} {
			_, err := fieldsOf(t, body, signer.Scheme{Null: null})
			require.ErrorIs(t, err, signer.ErrAmbiguous, "%s %v", body, null)
		}
	}
	for _, null := range []signer.NullForm{signer.NullNone, signer.NullLower, signer.NullEmpty} {
		_, err := fieldsOf(t, `{"general":{"payment_id":{"a":null}}}`, signer.Scheme{Null: null})
		require.ErrorIs(t, err, signer.ErrAmbiguous, "%v", null)
	}
}

// The first of several wrong fields is named, in the order of the paths.
func TestFieldsNamesTheFirst(t *testing.T) {
	_, err := fieldsOf(t, `{"project_id":"a\u0007b","payment_info":{"amount":-1,"currency":"roubles"}}`, signer.Scheme{})
	var field *signer.FieldError
	require.ErrorAs(t, err, &field)
	_, alone := fieldsOf(t, `{"project_id":"a\u0007b"}`, signer.Scheme{})
	require.Equal(t, alone, err)
}

func TestFieldsAmbiguous(t *testing.T) {
	for _, c := range []struct{ name, a, b string }{
		{"status in free text", `{"status":{"status":"success"},"a":"x"}`, `{"a":"x;status:status:success"}`},
		{"free text after a status", `{"status":{"status":"decline","text":"x"}}`, `{"status":{"status":"decline;status:text:x"}}`},
		{"a block or its text", `{"payment_info":{"amount":100}}`, `{"payment_info":"amount:100"}`},
		{"a value or a block", `{"general":{"payment_id":"x:1"}}`, `{"general":{"payment_id":{"x":1}}}`},
		{"an array or a block", `{"status":{"sub_status":["x"]}}`, `{"status":{"sub_status":{"0":"x"}}}`},
		{"an array or a value", `{"status":{"sub_status":["x"]}}`, `{"status":{"sub_status":"0:x"}}`},
		{"amount in free text", `{"payment_info":{"amount":100,"type":"x"}}`, `{"payment_info":{"amount":"100;payment_info:type:x"}}`},
		{"project at the end", `{"note":"a","project_id":"P"}`, `{"note":"a;project_id:P"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, textOf(t, c.a), textOf(t, c.b))
			a, errA := fieldsOf(t, c.a, signer.Scheme{})
			b, errB := fieldsOf(t, c.b, signer.Scheme{})
			require.True(t, errA != nil || errB != nil || a == b, "%+v and %+v", a, b)
			var field *signer.FieldError
			for _, err := range []error{errA, errB} {
				require.True(t, err == nil || errors.Is(err, signer.ErrAmbiguous) || errors.As(err, &field), "%v", err)
			}
		})
	}
}

func textOf(t testing.TB, body string) string {
	t.Helper()
	doc, err := signer.Parse([]byte(body))
	require.NoError(t, err)
	text, err := doc.Canonical(signer.Scheme{})
	require.NoError(t, err)
	return text
}

// The decided paths of a Scheme are guarded as the default ones are.
func TestFieldsCaseVariantsOfTheScheme(t *testing.T) {
	s := signer.Scheme{AmountPath: "sum:minor", CurrencyPath: "sum:code"}
	for _, body := range []string{`{"Sum":{"minor":1}}`, `{"sum":{"MINOR":1}}`, `{"sum":{"minor":1,"Code":"RUB"}}`} {
		_, err := fieldsOf(t, body, s)
		require.ErrorContains(t, err, "differs only in case", body)
	}
}

func TestFieldsInvalidScheme(t *testing.T) {
	_, err := fieldsOf(t, `{}`, signer.Scheme{Join: "ab"})
	require.ErrorContains(t, err, "Scheme.Join")
}

// Nothing is read of a document that the Scheme can't write.
func TestFieldsOfABodyThatCannotBeWritten(t *testing.T) {
	f, err := fieldsOf(t, `{"project_id":"P","a&b":1}`, signer.Scheme{Join: "&"})
	var syntax *signer.SyntaxError
	require.ErrorAs(t, err, &syntax)
	require.ErrorContains(t, err, "a key holds the join")
	require.Zero(t, f)
}

// A null states nothing, whether it has a line or not, also where a join in
// another value makes Fields look at every part of the text.
func TestFieldsNull(t *testing.T) {
	for _, null := range []signer.NullForm{signer.NullNone, signer.NullLower, signer.NullEmpty, signer.NullOmit} {
		for body, want := range map[string]signer.Fields{
			`{"status":{"status":null},"x":"a;b"}`:                         {},
			`{"status":{"status":null,"sub_status":"new"},"x":"a;b"}`:      {SubStatus: "new"},
			`{"status":{"status":false,"sub_status":null}}`:                {Status: "0"},
			`{"general":{"payment_id":null,"request_id":"R"},"x":"a;b;c"}`: {RequestID: "R"},
		} {
			f, err := fieldsOf(t, body, signer.Scheme{Null: null})
			require.NoError(t, err, "%s %v", body, null)
			require.Equal(t, want, f, "%s %v", body, null)
		}
		_, err := fieldsOf(t, `{"status":{"status":null},"x":"a;status:status:success"}`, signer.Scheme{Null: null})
		require.ErrorIs(t, err, signer.ErrAmbiguous, "%v", null)
	}
}
