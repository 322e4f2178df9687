package highhelp_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// fields lists the fields that an error of New names, in order.
func fields(t testing.TB, err error) []string {
	t.Helper()
	var out []string
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "not joined: %v", err)
	for _, e := range joined.Unwrap() {
		var c *highhelp.ConfigError
		require.ErrorAs(t, e, &c)
		require.NotEmpty(t, c.Reason)
		require.Equal(t, "highhelp: "+c.Field+": "+c.Reason, c.Error())
		out = append(out, strings.TrimPrefix(c.Field, "Config."))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestNewSaysAllMistakesAtOnce(t *testing.T) {
	_, err := highhelp.New(highhelp.Config{})
	require.Equal(t, []string{"BaseURL", "OnPaid", "ProjectID", "PublicURL", "Signer", "Store", "Verifier"}, fields(t, err))
	_, err = highhelp.New(validConfig())
	require.NoError(t, err)
}

func TestNewRefuses(t *testing.T) {
	keys, err := sandbox.GenerateKeys(project)
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.Mkdir(dir, 0o700))
	require.NoError(t, keys.WriteFiles(dir))
	keys, err = sandbox.ReadKeys(dir, project)
	require.NoError(t, err)
	set, err := signer.NewKeySet(testKeys().callback.Public("a"), keys.CallbackPublic)
	require.NoError(t, err)
	for _, c := range []struct {
		field  string
		change func(c *highhelp.Config)
	}{
		{"ProjectID", func(c *highhelp.Config) { c.ProjectID = "a;b" }},
		{"ProjectID", func(c *highhelp.Config) { c.ProjectID = "a\nb" }},
		{"ProjectID", func(c *highhelp.Config) { c.ProjectID = "None" }},
		{"ProjectID", func(c *highhelp.Config) { c.ProjectID = strings.Repeat("a", 256) }},
		{"BaseURL", func(c *highhelp.Config) { c.BaseURL = "api.example" }},
		{"BaseURL", func(c *highhelp.Config) { c.BaseURL = "http://api.example" }},
		{"BaseURL", func(c *highhelp.Config) { c.BaseURL = "http://localhost.example" }},
		{"BaseURL", func(c *highhelp.Config) { c.BaseURL = "ftp://127.0.0.1" }},
		{"BaseURL", func(c *highhelp.Config) { c.BaseURL = "https://user:secret@api.example" }},
		{"BaseURL", func(c *highhelp.Config) { c.BaseURL = "https://api.example/?a" }},
		{"PublicURL", func(c *highhelp.Config) { c.PublicURL = "http://shop.example/pay" }},
		{"PublicURL", func(c *highhelp.Config) { c.PublicURL = "https://shop.example/pay#x" }},
		{"CallbackURLs.Info", func(c *highhelp.Config) { c.PublicURL += "/" + strings.Repeat("a", 2048) }},
		{"CallbackURLs.Success", func(c *highhelp.Config) { c.CallbackURLs.Success = "http://shop.example/" }},
		{"Signer", func(c *highhelp.Config) { c.Signer = keys.RequestPrivate }},
		{"Signer", func(c *highhelp.Config) { c.Signer = keys.RequestHMAC }},
		{"Verifier", func(c *highhelp.Config) { c.Verifier = keys.CallbackPublic }},
		{"Verifier", func(c *highhelp.Config) { c.Verifier = set }},
		{"Signer", func(c *highhelp.Config) { c.Signer = &signer.HMACKey{} }},
		{"Signer", func(c *highhelp.Config) { c.Signer = (*signer.PrivateKey)(nil) }},
		{"Verifier", func(c *highhelp.Config) { c.Verifier = &signer.KeySet{} }},
		{"Verifier", func(c *highhelp.Config) { c.Verifier = &signer.PublicKey{} }},
		{"TrustedOrigins", func(c *highhelp.Config) { c.TrustedOrigins = []string{"www.shop.example"} }},
		{"RedirectHosts", func(c *highhelp.Config) { c.RedirectHosts = []string{"https://www.shop.example"} }},
		{"RedirectHosts", func(c *highhelp.Config) { c.RedirectHosts = []string{""} }},
		{"WidgetFields", func(c *highhelp.Config) { c.WidgetFields = []string{""} }},
		{"Currencies", func(c *highhelp.Config) { c.Currencies = map[string]int{"usd": 2} }},
		{"Currencies", func(c *highhelp.Config) { c.Currencies = map[string]int{"USD": -1} }},
		{"MaxAttempts", func(c *highhelp.Config) { c.MaxAttempts = -1 }},
		{"MaxAttempts", func(c *highhelp.Config) { c.MaxAttempts = 1000 }},
		{"InfoPath", func(c *highhelp.Config) { c.InfoPath = "info" }},
		{"EventTimeout", func(c *highhelp.Config) { c.EventTimeout = -1 }},
		{"TicketWait", func(c *highhelp.Config) { c.TicketWait = -1 }},
		{"Tolerance", func(c *highhelp.Config) { c.Tolerance = -1 }},
		{"JournalBodies", func(c *highhelp.Config) { c.JournalBodies = "all" }},
		{"MaxBodyBytes", func(c *highhelp.Config) { c.MaxBodyBytes = -1 }},
	} {
		cfg := validConfig()
		c.change(&cfg)
		_, err := highhelp.New(cfg)
		require.Contains(t, fields(t, err), c.field)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestNewAccepts(t *testing.T) {
	keys, err := sandbox.GenerateKeys(project)
	require.NoError(t, err)
	for name, change := range map[string]func(c *highhelp.Config){
		"this machine by name": func(c *highhelp.Config) { c.BaseURL, c.PublicURL = "http://localhost:1", "http://127.9.9.9/pay" },
		"this machine in IPv6": func(c *highhelp.Config) { c.BaseURL = "http://[::1]:8080" },
		"sandbox on this machine": func(c *highhelp.Config) {
			c.BaseURL, c.Signer, c.Verifier = "http://127.0.0.1", keys.RequestPrivate, keys.CallbackPublic
		},
		"dangerous http": func(c *highhelp.Config) {
			c.BaseURL, c.PublicURL, c.DangerouslyAllowHTTP = "http://a.example", "http://b.example", true
		},
		"no info": func(c *highhelp.Config) { c.InfoPath = "-" },
	} {
		cfg := validConfig()
		change(&cfg)
		_, err := highhelp.New(cfg)
		require.NoError(t, err, name)
	}
}

// A Config that changes after New changes nothing.
func TestConfigIsCopied(t *testing.T) {
	s := newShop(t)
	cfg := validConfig()
	cfg.BaseURL, cfg.PublicURL = s.Gateway.URL, s.URL+"/pay"
	cfg.Currencies = map[string]int{"USD": 2}
	cfg.RedirectHosts = []string{"www.shop.example"}
	c, err := highhelp.New(cfg)
	require.NoError(t, err)
	cfg.Currencies["USD"] = 0
	cfg.RedirectHosts[0] = "evil.example"
	m, err := c.ParseMoney("1.50", "USD")
	require.NoError(t, err)
	require.Equal(t, int64(150), m.Minor)
	_, err = c.CreateTicket(t.Context(), highhelp.Order{ID: "1", Amount: m, RedirectURL: "https://evil.example/"})
	require.ErrorContains(t, err, "RedirectURL")
}

func TestCallbackURLs(t *testing.T) {
	s := newShop(t, func(c *highhelp.Config) {
		c.PublicURL = strings.TrimSuffix(c.PublicURL, "/") + "/" // a slash at the end makes no difference
		c.CallbackURLs.Decline = "https://other.example/declined"
	})
	s.ticket("1")
	general := s.Gateway.last().Body["general"].(map[string]any)
	require.Equal(t, s.URL+"/pay/callbacks/info", general["merchant_callback_url"])
	require.Equal(t, s.URL+"/pay/callbacks/success", general["merchant_success_callback_url"])
	require.Equal(t, "https://other.example/declined", general["merchant_decline_callback_url"])
}

func TestOutcomeText(t *testing.T) {
	for o := highhelp.Outcome(0); o <= highhelp.DoublePaid; o++ {
		text, err := o.MarshalText()
		require.NoError(t, err)
		var back highhelp.Outcome
		require.NoError(t, back.UnmarshalText(text))
		require.Equal(t, o, back)
	}
	var o highhelp.Outcome
	require.Error(t, o.UnmarshalText([]byte("shipped")))
	require.Equal(t, "outcome 99", highhelp.Outcome(99).String())
}

func TestIdempotencyKey(t *testing.T) {
	e := func(project, payment, status, sub string) string {
		return highhelp.Event{Key: highhelp.Key{ProjectID: project}, PaymentID: payment, Status: highhelp.Status{Main: status, Sub: sub}}.IdempotencyKey()
	}
	require.Equal(t, "P:1:success:", e("P", "1", "success", ""))
	require.Equal(t, "P:a%3Ab%25:processing:new", e("P", "a:b%", "processing", "new"))
	require.NotEqual(t, e("P:1", "2", "s", ""), e("P", "1:2", "s", ""))
	require.NotEqual(t, e("P", "%3A", "s", ""), e("P", ":", "s", ""))
}
