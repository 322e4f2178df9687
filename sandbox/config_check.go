package sandbox

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp/signer"
)

// A ConfigError is one mistake in a [Config].
type ConfigError struct {
	Field  string // such as "Projects[0].ID"
	Reason string // what is wrong, without the value
}

// Error names the field and says what is wrong with it.
func (e *ConfigError) Error() string {
	return fmt.Sprintf("sandbox: Config.%s: %s", e.Field, e.Reason)
}

// check returns every mistake in c, joined.
func (c *Config) check() error {
	var m mistakes
	m.add("PublicURL", wrongPublicURL(c.PublicURL))
	if len(c.Projects) == 0 {
		m.add("Projects", "at least one is required")
	}
	seen := map[string]bool{}
	for i, p := range c.Projects {
		field := fmt.Sprintf("Projects[%d].", i)
		if seen[p.ID] {
			m.add(field+"ID", "another project has the same")
		}
		seen[p.ID] = true
		p.check(&m, field)
	}
	c.checkSending(&m)
	m.unless(c.Duplicate <= RepeatTicket, "Duplicate", "no such value")
	m.unless(c.Tolerance >= 0, "Tolerance", negative)
	for i, origin := range c.FrameAncestors {
		m.unless(isOrigin(origin), fmt.Sprintf("FrameAncestors[%d]", i), "not an origin such as https://shop.example")
	}
	for i, host := range c.DangerousControlHosts {
		m.unless(validHost(hostname(host)), fmt.Sprintf("DangerousControlHosts[%d]", i), "not a host such as sandbox.example or sandbox.example:8090")
	}
	return errors.Join(m...)
}

// checkSending checks what callbacks are sent by.
func (c *Config) checkSending(m *mistakes) {
	for i, wait := range c.Schedule {
		m.unless(wait >= 0, fmt.Sprintf("Schedule[%d]", i), negative)
	}
	m.unless(c.Jitter >= 0 && c.Jitter <= 1, "Jitter", "not between 0 and 1")
	for i, f := range c.Faults {
		m.add(fmt.Sprintf("Faults[%d]", i), f.check())
	}
	m.unless(c.TryTimeout >= 0, "TryTimeout", negative)
}

const negative = "negative"

func (p *Project) check(m *mistakes, field string) {
	m.unless(validID(p.ID), field+"ID", wrongID)
	if len(p.Keys) == 0 {
		m.add(field+"Keys", "at least one is required")
	}
	for i, k := range p.Keys {
		m.add(fmt.Sprintf("%sKeys[%d]", field, i), wrongKey(k))
	}
	p.checkSending(m, field)
	if p.RedirectURL != "" {
		m.add(field+"RedirectURL", wrongURL(p.RedirectURL))
	}
}

// checkSending checks what callbacks are signed with and where they go.
func (p *Project) checkSending(m *mistakes, field string) {
	m.add(field+"CallbackSigner", wrongSigner(p.CallbackSigner))
	if p.FormerCallbackSigner != nil {
		m.add(field+"FormerCallbackSigner", wrongSigner(p.FormerCallbackSigner))
	}
	for _, u := range [...]struct{ name, url string }{
		{"CallbackURLs.Info", p.CallbackURLs.Info},
		{"CallbackURLs.Success", p.CallbackURLs.Success},
		{"CallbackURLs.Decline", p.CallbackURLs.Decline},
	} {
		if u.url != "" {
			m.add(field+u.name, wrongURL(u.url))
		}
	}
}

type mistakes []error

func (m *mistakes) add(field, reason string) { m.unless(reason == "", field, reason) }

func (m *mistakes) unless(ok bool, field, reason string) {
	if !ok {
		*m = append(*m, &ConfigError{field, reason})
	}
}

// An ID becomes part of a file name and the value of a header.
var idForm = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$`)

const wrongID = "not 1 to 128 letters, digits, '-', '_' and '.', the first not a '.'"

func validID(id string) bool { return idForm.MatchString(id) }

// wrongKey refuses keys wrapped by signer.Until: their end obeys the real
// clock, not Config.Now.
func wrongKey(k signer.Key) string {
	switch k := k.(type) {
	case *signer.PublicKey:
		if k != nil {
			return ""
		}
	case *signer.HMACKey:
		if k != nil {
			return ""
		}
	}
	return "neither a *signer.PublicKey nor a *signer.HMACKey"
}

func wrongSigner(s signer.Signer) string {
	var sandbox bool
	switch k := s.(type) {
	case *signer.PrivateKey:
		sandbox = k != nil && k.Sandbox()
	case *signer.HMACKey:
		sandbox = k != nil && k.Sandbox()
	default:
		return "neither a *signer.PrivateKey nor a *signer.HMACKey"
	}
	if !sandbox {
		return "no key of a sandbox: with a real one, this program could forge real callbacks"
	}
	return ""
}

func wrongPublicURL(s string) string {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return "required"
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || !validHost(u.Hostname()):
		return "not an absolute http or https URL"
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "only a scheme, a host and a path"
	}
	return ""
}

// origin returns the scheme and host of an absolute URL.
func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && validHost(u.Hostname()) && origin(u) == s
}

// withDefaults returns a copy of c that shares no slice with it and lacks no
// value.
func (c Config) withDefaults() Config {
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	c.Projects = append([]Project(nil), c.Projects...)
	for i := range c.Projects {
		p := &c.Projects[i]
		p.Keys = append([]signer.Key(nil), p.Keys...)
	}
	c.HTTPClient = newClient(c.HTTPClient)
	c.Logger = newLogger(c.Logger)
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Schedule = append([]time.Duration(nil), c.Schedule...)
	if len(c.Schedule) == 0 {
		c.Schedule = defaultSchedule()
	}
	if c.TryTimeout == 0 {
		c.TryTimeout = defaultTryTimeout
	}
	c.Faults = append([]Fault(nil), c.Faults...)
	c.FrameAncestors = append([]string(nil), c.FrameAncestors...)
	c.DangerousControlHosts = append([]string(nil), c.DangerousControlHosts...)
	return c
}

// hostname returns a host without its port.
func hostname(hostport string) string {
	u := url.URL{Host: hostport}
	return u.Hostname()
}
