package highhelp_test

import (
	"encoding/json"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-highhelp/highhelp"
	"github.com/stretchr/testify/require"
)

func wholePayment() highhelp.Payment {
	at := time.Date(2026, 11, 23, 12, 0, 0, 123456000, time.UTC)
	p := highhelp.Payment{
		Key: highhelp.Key{ProjectID: "P", OrderID: "1\u2028<&>"}, Held: "x", Claim: highhelp.Claim{Token: "t", Until: at},
		CreatedAt: at, UpdatedAt: at, CheckAt: at,
		Attempts: []highhelp.Attempt{
			{N: 1, PaymentID: "1", Amount: rub(10000), Status: highhelp.Status{Main: "dispute", Sub: "x", Description: "y"}, Sent: true, Lost: true, GaveUp: true, CreatedAt: at,
				Ticket: highhelp.Ticket{PaymentID: "1", RequestID: "r", URL: "https://pay.example", StatusToken: "s", ExpiresAt: at, Raw: []byte("\x00\xff")}},
			{N: 2, PaymentID: "1~2", Marks: []highhelp.Mark{}, CreatedAt: at},
		},
	}
	for o := highhelp.Applied; o <= highhelp.DoublePaid; o++ {
		m := highhelp.Mark{Status: "processing", SubStatus: o.String(), Outcome: o, SignedAt: at, At: at}
		m.Fingerprint[o] = 0xff
		p.Attempts[0].Marks = append(p.Attempts[0].Marks, m)
	}
	return p
}

func TestPaymentCodec(t *testing.T) {
	want := wholePayment()
	data, err := want.MarshalBinary()
	require.NoError(t, err)
	var got highhelp.Payment
	require.NoError(t, got.UnmarshalBinary(data))
	require.Equal(t, want, got)

	// What a release has written, every later one must read.
	const written = `{"v":1,"project":"P","order":"1","attempts":[{"n":1,"id":"1","amount":{"minor":10000,"currency":"RUB"},` +
		`"status":{"main":"success"},"ticket":{"id":"1","url":"https://pay.example","expires":"2026-11-23T12:10:00Z"},` +
		`"marks":[{"status":"success","outcome":"applied","print":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8","signed":"2026-11-23T12:00:00Z","at":"2026-11-23T12:00:00.000001Z"}],` +
		`"sent":true,"created":"2026-11-23T11:59:59Z"}],"created":"2026-11-23T11:59:59Z","updated":"2026-11-23T12:00:00Z"}`
	require.NoError(t, got.UnmarshalBinary([]byte(written)))
	require.Equal(t, "paid", got.State())
	require.Equal(t, highhelp.Applied, got.Attempts[0].Marks[0].Outcome)
	require.Equal(t, byte(31), got.Attempts[0].Marks[0].Fingerprint[31])
	again, err := got.MarshalBinary()
	require.NoError(t, err)
	require.JSONEq(t, written, string(again))
}

func TestDeliveryCodec(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 1000, time.UTC)
	want := highhelp.Delivery{
		Key: highhelp.Key{ProjectID: "P", OrderID: "1"}, PaymentID: "1", RequestID: "r", Status: highhelp.Status{Main: "a", Sub: "b", Description: "c"},
		Amount: rub(1), Route: "info", KeyName: "k", Outcome: highhelp.Conflict, Variant: true, Error: "e", SignedAt: at, ReceivedAt: at, Raw: []byte("\x00"),
		Fingerprint: [32]byte{31: 1}, Peer: "2001:db8::1", Duration: 1234 * time.Microsecond, Replay: "17",
	}
	data, err := want.MarshalBinary()
	require.NoError(t, err)
	var got highhelp.Delivery
	require.NoError(t, got.UnmarshalBinary(data))
	require.Equal(t, want, got)
	refused := highhelp.Delivery{Key: highhelp.Key{ProjectID: "P"}, Error: "refused"}
	data, err = refused.MarshalBinary()
	require.NoError(t, err)
	require.NoError(t, got.UnmarshalBinary(data))
	require.Equal(t, refused, got)

	// What a release has written, every later one must read.
	const written = `{"v":1,"project":"P","order":"1","id":"1","status":{"main":"success"},"amount":{"minor":10000,"currency":"RUB"},"route":"success",` +
		`"key":"k","outcome":"applied","signed":"2026-11-23T12:00:00Z","received":"2026-11-23T12:00:00.000001Z",` +
		`"print":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","peer":"192.0.2.1","took":1500,"replay":"3","raw":"e30="}`
	require.NoError(t, got.UnmarshalBinary([]byte(written)))
	require.True(t, got.Authentic())
	require.Equal(t, byte(31), got.Fingerprint[31])
	require.Equal(t, 1500*time.Microsecond, got.Duration)
	again, err := got.MarshalBinary()
	require.NoError(t, err)
	require.JSONEq(t, written, string(again))
	for _, damaged := range []string{`"print":"AA=="`, `"print":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8A"`} {
		require.ErrorContains(t, got.UnmarshalBinary([]byte(`{"v":1,`+damaged+`}`)), "damaged")
	}
}

func TestCodecRefuses(t *testing.T) {
	for data, want := range map[string]string{
		"":          "can't be read",
		"SECRET":    "can't be read",
		`{}`:        "has version 0",
		`{"v":2}`:   "of a newer release",
		`{"v":"1"}`: "can't be read",
		`{"v":1,"attempts":[{"marks":[{"outcome":"applied","print":"AA"}]}]}`: "damaged",
		`{"v":1,"attempts":[{"marks":[{"outcome":"shipped","print":""}]}]}`:   "can't be read",
	} {
		var p highhelp.Payment
		err := p.UnmarshalBinary([]byte(data))
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "SECRET")
	}
	var d highhelp.Delivery
	require.Error(t, d.UnmarshalBinary([]byte(`{"v":9}`)))
}

// The reader by hand and encoding/json, which reads what begins with a space,
// agree on whatever a store may hold.
func FuzzPaymentCodec(f *testing.F) {
	whole, err := wholePayment().MarshalBinary()
	require.NoError(f, err)
	f.Add(whole)
	for _, odd := range []string{
		`{"v":1,"project":"P","order":"1","attempts":[]}`, `{"v":1}`, `{"v":2}`, `{"v":01}`, `{"v":1,"created":""}`, `{"v":1,"attempts":[],}`, `{"v":1,"held":"\ud800\"é` + "\xff" + `"}`,
		`{"v":1,"attempts":[{"n":1,"id":"1","amount":{},"ticket":{"raw":"AA=="}},{"n":2}],"claim":{},"created":"2026-11-23T12:00:00.1234567Z"}`,
		`{"v":1,"created":"2026-11-23T12:00:00+03:00","check":"0001-01-01T00:00:00Z"}`, `{"v":1,"attempts":[{"marks":[{"print":"AA"}]}]}`,
		`{"v":1,"attempts":[{"marks":[{"outcome":"stale","print":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}],"sent":true,"lost":false}]}`,
		`{"v":1,"attempts":[{"n":-9223372036854775808,"amount":{"minor":-0}}`, `{"v":1,"held":"x` + "\n" + `"}`, `{"v":1}{"v":1}`, `{"v":1,"held":"\`,
	} {
		f.Add([]byte(odd))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var fast, slow highhelp.Payment
		errFast, errSlow := fast.UnmarshalBinary(data), slow.UnmarshalBinary(append([]byte{' '}, data...))
		require.Equal(t, errSlow, errFast)
		require.Equal(t, slow, fast)
		if errFast != nil {
			return
		}
		again, err := fast.MarshalBinary()
		require.NoError(t, err)
		require.NoError(t, slow.UnmarshalBinary(append([]byte{' '}, again...)))
		again2, err := slow.MarshalBinary()
		require.NoError(t, err)
		require.Equal(t, string(again), string(again2))
	})
}

// What is written is JSON that encoding/json reads back the same, whatever the
// texts are.
func FuzzDeliveryCodec(f *testing.F) {
	f.Add("P", "<&>\u2028\xff\"\\\n", int64(-1), []byte("\x00"), int64(1), true)
	f.Add("", "", int64(0), []byte(nil), int64(0), false)
	f.Fuzz(func(t *testing.T, a, b string, n int64, raw []byte, at int64, flag bool) {
		d := highhelp.Delivery{
			Key: highhelp.Key{ProjectID: a, OrderID: b}, PaymentID: b, RequestID: a, Status: highhelp.Status{Main: a, Sub: b, Description: a},
			Amount: highhelp.Money{Minor: n, Currency: b}, Route: a, KeyName: b, Outcome: highhelp.Outcome(uint64(n) % 8), Variant: flag, Error: b,
			ReceivedAt: time.UnixMicro(at % (1 << 50)).UTC(), Raw: raw, Peer: a, Duration: time.Duration(n/1000) * 1000, Replay: b,
		}
		if flag {
			d.SignedAt, d.Fingerprint = d.ReceivedAt, [32]byte{31: byte(n) | 1}
		}
		data, err := d.MarshalBinary()
		require.NoError(t, err)
		require.True(t, json.Valid(data))
		var got highhelp.Delivery
		require.NoError(t, got.UnmarshalBinary(data))
		again, err := got.MarshalBinary()
		require.NoError(t, err)
		var twice highhelp.Delivery
		require.NoError(t, twice.UnmarshalBinary(again))
		require.Equal(t, got, twice)
		if utf8.ValidString(a) && utf8.ValidString(b) && len(raw) > 0 && flag {
			require.Equal(t, d, got)
		}
	})
}

func TestCodecRefusesTimes(t *testing.T) {
	p := wholePayment()
	p.CheckAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	_, err := p.MarshalBinary()
	require.ErrorContains(t, err, "years 0 to 9999")
	_, err = highhelp.Delivery{ReceivedAt: p.CheckAt}.MarshalBinary()
	require.ErrorContains(t, err, "years 0 to 9999")
}

// BenchmarkCodec is what a callback has to write and to read of its payment.
func BenchmarkCodec(b *testing.B) {
	p := wholePayment()
	p.Attempts = p.Attempts[:1]
	p.Attempts[0].Marks = p.Attempts[0].Marks[:2]
	data, err := p.MarshalBinary()
	require.NoError(b, err)
	spaced := append([]byte{' '}, data...)
	for name, data := range map[string][]byte{"read": data, "read,encoding/json": spaced} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				require.NoError(b, new(highhelp.Payment).UnmarshalBinary(data))
			}
		})
	}
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			_, _ = p.MarshalBinary()
		}
	})
}
