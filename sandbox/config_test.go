package sandbox_test

import (
	"crypto/rand"
	"crypto/rsa"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

func goodConfig() sandbox.Config {
	return sandbox.Config{PublicURL: "http://127.0.0.1:8090", Projects: []sandbox.Project{sharedKeys().Project()}}
}

func TestNew(t *testing.T) {
	for name, change := range map[string]func(*sandbox.Config){
		"least":    func(*sandbox.Config) {},
		"https":    func(c *sandbox.Config) { c.PublicURL = "https://gateway.example/a/b/" },
		"HMAC":     func(c *sandbox.Config) { c.Projects[0].CallbackSigner = sharedKeys().CallbackHMAC },
		"two":      func(c *sandbox.Config) { c.Projects = append(c.Projects, otherKeys().Project()) },
		"loopback": func(c *sandbox.Config) { c.Projects[0].RedirectURL = "http://[::1]:8080/" },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := goodConfig()
			change(&cfg)
			_, err := sandbox.New(cfg)
			require.NoError(t, err)
		})
	}
}

func TestNewRefuses(t *testing.T) {
	raw, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	realKey, err := signer.NewPrivateKey(raw)
	require.NoError(t, err)
	realSecret, err := signer.NewHMACKey("real", "0123456789abcdef0123456789abcdef")
	require.NoError(t, err)
	const forge = "no key of a sandbox: with a real one, this program could forge real callbacks"
	const badURL = "not an https URL (http only on 127.0.0.0/8, ::1 and localhost)"
	for name, c := range map[string]struct {
		change func(*sandbox.Config)
		field  string
		reason string
	}{
		"no PublicURL":       {func(c *sandbox.Config) { c.PublicURL = "" }, "PublicURL", "required"},
		"relative PublicURL": {func(c *sandbox.Config) { c.PublicURL = "/hh" }, "PublicURL", "not an absolute http or https URL"},
		"odd PublicURL":      {func(c *sandbox.Config) { c.PublicURL = "http://a;b/" }, "PublicURL", "not an absolute http or https URL"},
		"query PublicURL":    {func(c *sandbox.Config) { c.PublicURL = "http://a/?b" }, "PublicURL", "only a scheme, a host and a path"},
		"no projects":        {func(c *sandbox.Config) { c.Projects = nil }, "Projects", "at least one is required"},
		"id": {func(c *sandbox.Config) { c.Projects[0].ID = "../x" }, "Projects[0].ID",
			"not 1 to 128 letters, digits, '-', '_' and '.', the first not a '.'"},
		"same id": {func(c *sandbox.Config) { c.Projects = append(c.Projects, c.Projects[0]) }, "Projects[1].ID", "another project has the same"},
		"no keys": {func(c *sandbox.Config) { c.Projects[0].Keys = nil }, "Projects[0].Keys", "at least one is required"},
		"nil key": {func(c *sandbox.Config) { c.Projects[0].Keys = []signer.Key{nil} }, "Projects[0].Keys[0]",
			"neither a *signer.PublicKey nor a *signer.HMACKey"},
		"nil public key": {func(c *sandbox.Config) { c.Projects[0].Keys = []signer.Key{(*signer.PublicKey)(nil)} }, "Projects[0].Keys[0]",
			"neither a *signer.PublicKey nor a *signer.HMACKey"},
		"ending key": {func(c *sandbox.Config) { c.Projects[0].Keys[1] = signer.Until(c.Projects[0].Keys[1], time.Now()) }, "Projects[0].Keys[1]",
			"neither a *signer.PublicKey nor a *signer.HMACKey"},
		"no signer": {func(c *sandbox.Config) { c.Projects[0].CallbackSigner = nil }, "Projects[0].CallbackSigner",
			"neither a *signer.PrivateKey nor a *signer.HMACKey"},
		"nil signer":  {func(c *sandbox.Config) { c.Projects[0].CallbackSigner = (*signer.HMACKey)(nil) }, "Projects[0].CallbackSigner", forge},
		"real key":    {func(c *sandbox.Config) { c.Projects[0].CallbackSigner = realKey }, "Projects[0].CallbackSigner", forge},
		"real secret": {func(c *sandbox.Config) { c.Projects[0].CallbackSigner = realSecret }, "Projects[0].CallbackSigner", forge},
		"callback":    {func(c *sandbox.Config) { c.Projects[0].CallbackURLs.Info = "http://a/" }, "Projects[0].CallbackURLs.Info", badURL},
		"success":     {func(c *sandbox.Config) { c.Projects[0].CallbackURLs.Success = "x" }, "Projects[0].CallbackURLs.Success", "not an absolute URL"},
		"decline": {func(c *sandbox.Config) { c.Projects[0].CallbackURLs.Decline = "https://u@a/" }, "Projects[0].CallbackURLs.Decline",
			"a URL with a user name"},
		"redirect": {func(c *sandbox.Config) { c.Projects[0].RedirectURL = "https://a;b/" }, "Projects[0].RedirectURL",
			"a URL whose host is neither a name of ASCII letters nor an IP address"},
		"schedule":  {func(c *sandbox.Config) { c.Schedule = []time.Duration{0, -1} }, "Schedule[1]", "negative"},
		"timeout":   {func(c *sandbox.Config) { c.TryTimeout = -1 }, "TryTimeout", "negative"},
		"tolerance": {func(c *sandbox.Config) { c.Tolerance = -1 }, "Tolerance", "negative"},
		"duplicate": {func(c *sandbox.Config) { c.Duplicate = 2 }, "Duplicate", "no such value"},
		"ancestor": {func(c *sandbox.Config) { c.FrameAncestors = []string{"https://a/ b"} }, "FrameAncestors[0]",
			"not an origin such as https://shop.example"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := goodConfig()
			c.change(&cfg)
			_, err := sandbox.New(cfg)
			var mistake *sandbox.ConfigError
			require.ErrorAs(t, err, &mistake)
			require.Equal(t, sandbox.ConfigError{Field: c.field, Reason: c.reason}, *mistake)
			require.EqualError(t, err, "sandbox: Config."+c.field+": "+c.reason)
		})
	}
}

func TestNewRefusesAllAtOnce(t *testing.T) {
	_, err := sandbox.New(sandbox.Config{Projects: []sandbox.Project{{}}, Tolerance: -1})
	var joined interface{ Unwrap() []error }
	require.ErrorAs(t, err, &joined)
	require.Len(t, joined.Unwrap(), 5)
}

// New copies what it is given.
func TestConfigIsCopied(t *testing.T) {
	var given *sandbox.Config
	r := newRig(t, func(c *sandbox.Config) {
		c.Schedule = []time.Duration{0, time.Second}
		given = c
	})
	copy(given.Projects[0].Keys, otherKeys().Project().Keys)
	given.Projects[0] = otherKeys().Project()
	given.Schedule[0] = time.Hour
	r.create(r.order("1"))
	r.act("1", sandbox.Open)
	r.deliver()
	require.Len(t, r.shop.alerts(), 1)
}
