package highhelp

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// FuzzReply reads whatever a gateway may answer. What comes out must be fit
// for every store, and an amount must be one that could have been asked for.
func FuzzReply(f *testing.F) {
	for _, seed := range []string{
		`{"status":"processing","sub_status":"new","request_id":"r","payment_id":"1","integration":{"form_url":"https://pay.example/1"}}`,
		`{"status":{"status":"success","sub_status":null},"payment_info":{"amount":"10000","currency":"RUB"}}`,
		`{"status":"error","status_description":"a\u0000b","request_id":"\u0000"}`,
		`{"status":"success","amount":99999999999999,"currency":"rub"}`, `{"status":1e5,"amount":1.5}`, `{"status":[],"integration":"x"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var answer map[string]any
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		if decoder.Decode(&answer) != nil {
			return
		}
		r, _ := parseReply(answer, "https://shop.example/back")
		e := r.event
		for _, s := range []string{e.RequestID, e.Status.Main, e.Status.Sub, e.Status.Description, e.Amount.Currency} {
			require.True(t, utf8.ValidString(s) && !strings.Contains(s, "\x00") && len(s) <= maxDescription, "%q", s)
		}
		require.LessOrEqual(t, len(e.RequestID), maxID)
		require.True(t, e.Amount.Minor >= 0 && e.Amount.Minor < 1e14)
		require.NotEqual(t, "https://shop.example/back", r.page)
	})
}

// FuzzPaymentIDs checks that a payment_id and an attempt of an order are the
// same thing, said in two ways.
func FuzzPaymentIDs(f *testing.F) {
	for _, seed := range []string{"1", "1~2", "1~02", "1~1", "~2", "a~b~2", "1~-2", "1~+2", "1~99999999999999999999", "a;b", "\x00", "заказ~3"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		order, ok := orderOf(id)
		if !ok {
			return
		}
		require.Empty(t, checkOrderID(order))
		n := 0
		for i := 1; i <= 1000 && n == 0; i++ {
			if paymentID(order, i) == id {
				n = i
			}
		}
		if n == 0 { // an attempt that no Config allows
			require.Regexp(t, `~[1-9][0-9]{3,}$`, id)
		}
	})
}

// FuzzMasked masks whatever may come. The mask keeps the shape of a body and
// nothing that does not decide.
func FuzzMasked(f *testing.F) {
	for _, seed := range []string{
		`{"project_id":"P","general":{"payment_id":"1","x":"secret"},"status":{"status":"success","sub_status":null},"payment_info":{"amount":1e3}}`,
		`{"a":[[],{},[{"project_id":"secret"}],null,true],"":"","\u2028<>&":"secret"}`, `{"project_id":{"project_id":["secret"]}}`, `{}`, `[1]`, `x`,
		`{"":{"project_id":"secret"},"status":{"":{"status":"secret"}}}`, ` { "\u0061" : [ 1 , "\"" ] , "\\" : -1.5E3 } `,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		out := masked(body, false, nil)
		in, err := signer.Parse(body)
		if err != nil {
			require.Nil(t, out)
			return
		}
		doc, err := signer.Parse(out)
		require.NoError(t, err)
		values := map[string]string{}
		for path, value := range in.All() {
			values[path] = value
		}
		n := 0
		for path, value := range doc.All() {
			n++
			require.Contains(t, values, path)
			switch {
			case slices.Contains(callbackPaths, path):
				require.Equal(t, values[path], value)
			case values[path] == "None": // null stays, text does not
				require.Contains(t, []string{"None", "***"}, value)
			default:
				require.Equal(t, "***", value)
			}
		}
		require.Len(t, values, n)
	})
}
