package highhelp

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/go-highhelp/highhelp/signer"
	"golang.org/x/sync/singleflight"
)

// Config is everything a [Checkout] needs to know. New copies it, so changing
// it later has no effect. Funcs must be safe for concurrent use.
type Config struct {
	// ProjectID is the cash register's id, from the dashboard. Required.
	ProjectID string
	// BaseURL is the base of the gateway's API, from HighHelp's manager, such
	// as https://api.hh-processing.com. https, or http on 127.0.0.0/8, ::1 and
	// localhost. Required.
	BaseURL string
	// PublicURL is where the gateway reaches [Checkout.Handler], the path at
	// which it is mounted included, such as https://shop.example/pay. The
	// three callback URLs derive from it. Required.
	PublicURL string
	// Signer signs API requests. [Checkout.Rotate] replaces it. Required.
	Signer signer.Signer
	// Verifier checks callbacks. Its keys are not those of Signer.
	// [Checkout.Rotate] replaces it. Required.
	Verifier signer.Verifier
	// Store keeps the payments. There is no default: payments that vanish with
	// the process must be chosen. Required.
	Store Store

	// OnPaid ships the order. It runs inside Store.Update, so on a
	// transactional store what it does through ctx is committed together with
	// the payment, once per order; on others it is at-least-once. If it fails
	// or panics, nothing is saved, the gateway is answered 500 and will send
	// the callback again. Required.
	OnPaid func(ctx context.Context, e Event) error
	// OnDeclined hears that the newest attempt was declined. It runs as OnPaid
	// does. Default: nothing.
	OnDeclined func(ctx context.Context, e Event) error
	// OnProgress hears of intermediate states. processing:paid is the payer's
	// word, not money. It runs as OnPaid does. Default: nothing.
	OnProgress func(ctx context.Context, e Event) error
	// OnAnomaly hears of what a human must look at, at least once, before the
	// gateway is answered. Default: a log line at level Error.
	OnAnomaly func(ctx context.Context, a Anomaly)

	// CallbackURLs replaces callback URLs, each alone.
	// Default: PublicURL + /callbacks/info, /callbacks/success, /callbacks/decline.
	CallbackURLs CallbackURLs
	// TrustedOrigins are other origins whose pages may ask for tickets, such
	// as https://www.shop.example. Default: only the page's own.
	TrustedOrigins []string
	// RedirectHosts are hosts to which Order.RedirectURL may lead.
	// Default: only the host of PublicURL.
	RedirectHosts []string
	// WidgetFields are the top-level fields of the gateway's create answer
	// that the payer's page gets, for an embedded widget. Default: none.
	WidgetFields []string
	// Currencies adds currencies that ParseMoney does not know, with their
	// number of decimals. Default: none.
	Currencies map[string]int
	// MaxAttempts is how often an order may be tried to be paid. Default: 10.
	MaxAttempts int

	// HTTPClient sends the requests; its CheckRedirect is not used, because a
	// redirect would carry the signature away. Default: one with its own
	// transport, made by New.
	HTTPClient *http.Client
	// Logger gets a line for each callback and each gateway call, without
	// bodies, signatures or keys. Default: slog.Default.
	Logger *slog.Logger
	// Now is the clock. Default: time.Now.
	Now func() time.Time

	// InfoPath is the path of the gateway's status request. The documentation
	// names "…/info" methods but not this path; "-" means that there is none.
	// Default: /api/v1/widget/payin/info, by analogy.
	InfoPath string
	// Checks say when Reconcile asks the gateway about payments whose
	// callbacks do not come. Default: see Checks.
	Checks Checks
	// Hooks let telemetry watch. Default: none.
	Hooks Hooks
	// JournalBodies says what the journal keeps of the bodies of callbacks, and
	// of their free text: "full"; "masked", still JSON, with every value but
	// those that decide replaced by "***"; or "none". A body that the kit can't
	// read is not kept masked. Each can be replayed. Default: "full".
	JournalBodies string
	// EventTimeout is how long the body of a callback may take to arrive, and
	// how long taking in its event may then last, hooks included.
	// Default: 10 seconds.
	EventTimeout time.Duration
	// Tolerance refuses callbacks signed longer ago, or further ahead, than
	// this. How the gateway signs its retries is not documented, so a
	// tolerance may refuse genuine ones; replays are harmless without it.
	// Default: 0, no limit.
	Tolerance time.Duration
	// TicketWait is how long the body of a ticket request may take to arrive,
	// and how long getting the ticket may then last, calls of the gateway
	// included. Default: 15 seconds.
	TicketWait time.Duration
	// MaxBodyBytes is the largest callback or ticket request in bytes.
	// Default: 65536.
	MaxBodyBytes int64

	// AcceptUnstatedAmount takes a success for the order's amount if neither
	// callback nor gateway state one. Default: such a success is a mismatch.
	AcceptUnstatedAmount bool
	// DangerouslyAllowHTTP allows http in BaseURL, PublicURL, payment pages
	// and redirects on other hosts than this machine. Default: refused.
	DangerouslyAllowHTTP bool
}

// CallbackURLs are where the gateway sends its three kinds of callbacks.
type CallbackURLs struct{ Info, Success, Decline string }

// A ConfigError is one mistake in a Config, or in an Order: a mistake of the
// shop, found before the gateway is asked.
type ConfigError struct {
	Field  string // such as "Config.PublicURL" or "Order.Amount"
	Reason string
}

// Error names the field and says what is wrong with it.
func (e *ConfigError) Error() string { return "highhelp: " + e.Field + ": " + e.Reason }

// A Checkout takes payments. Make it with [New]; it is safe for concurrent
// use, starts no goroutine, and needs no closing.
type Checkout struct {
	cfg       Config // complete, but for the keys: no field is left to its default
	log       *slog.Logger
	keys      keyRing
	client    *Client
	callbacks CallbackURLs
	public    *url.URL
	origin    *http.CrossOriginProtection
	locks     keyLocks
	recent    recentEvents
	flights   singleflight.Group
	pace      pace      // of Reconcile
	documents sync.Pool // of *signer.Document
	texts     sync.Pool // of *[]byte: canonical texts
}

// New checks cfg and returns a Checkout. Its error joins a [*ConfigError] for
// each mistake.
func New(cfg Config) (*Checkout, error) {
	v := validator{cfg: cfg.withDefaults()}
	v.keys()
	v.required()
	v.numbers()
	v.checks()
	base := v.webURL("BaseURL", cfg.BaseURL)
	public := v.webURL("PublicURL", cfg.PublicURL)
	v.sandbox(base)
	callbacks := v.callbacks(public)
	origin := v.origins()
	v.hosts()
	if err := errors.Join(v.errs...); err != nil {
		return nil, err
	}
	c := &Checkout{cfg: v.cfg, log: v.cfg.Logger, callbacks: callbacks, public: public, origin: origin}
	c.keys.Store(&keys{cfg.Signer, cfg.Verifier})
	c.cfg.Signer, c.cfg.Verifier = nil, nil // nobody may use a key that has been replaced
	c.recent.seed = maphash.MakeSeed()
	c.pace.gap = time.Second / time.Duration(c.cfg.Checks.PerSecond)
	c.documents.New = func() any { return new(signer.Document) }
	c.texts.New = func() any { return new([]byte) }
	if c.cfg.OnAnomaly == nil {
		c.cfg.OnAnomaly = c.logAnomaly
	}
	c.client = &Client{
		ProjectID: cfg.ProjectID, BaseURL: cfg.BaseURL, Signer: &c.keys, InfoPath: c.cfg.InfoPath,
		HTTPClient: c.cfg.HTTPClient, Logger: c.log, Now: c.cfg.Now, Hooks: c.cfg.Hooks, DangerouslyAllowHTTP: cfg.DangerouslyAllowHTTP,
	}
	return c, nil
}

// Format prints c as its project, whatever the verb. What else is in it changes
// while it serves.
func (c *Checkout) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "checkout of project %q", c.cfg.ProjectID)
}

// now is the clock, as exact as a Store keeps it: what is handed out at once
// and what is read back later must be equal.
func (c *Checkout) now() time.Time { return micro(c.cfg.Now()) }

// Client returns the client by which c talks to the gateway.
func (c *Checkout) Client() *Client { return c.client }

const (
	defaultInfoPath = "/api/v1/widget/payin/info"
	noInfoPath      = "-"
)

func (cfg Config) withDefaults() Config {
	cfg.TrustedOrigins = slices.Clone(cfg.TrustedOrigins)
	cfg.RedirectHosts = slices.Clone(cfg.RedirectHosts)
	cfg.WidgetFields = slices.Clone(cfg.WidgetFields)
	currencies := maps.Clone(decimals)
	maps.Copy(currencies, cfg.Currencies)
	cfg.Currencies = currencies
	cfg.Checks = cfg.Checks.withDefaults()
	cfg.MaxAttempts = or(cfg.MaxAttempts, 10)
	cfg.InfoPath = or(cfg.InfoPath, defaultInfoPath)
	cfg.EventTimeout = or(cfg.EventTimeout, 10*time.Second)
	cfg.TicketWait = or(cfg.TicketWait, 15*time.Second)
	cfg.MaxBodyBytes = or(cfg.MaxBodyBytes, 64<<10)
	cfg.JournalBodies = or(cfg.JournalBodies, bodiesFull)
	cfg.Logger = or(cfg.Logger, slog.Default())
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	nothing := func(context.Context, Event) error { return nil }
	if cfg.OnDeclined == nil {
		cfg.OnDeclined = nothing
	}
	if cfg.OnProgress == nil {
		cfg.OnProgress = nothing
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = &http.Client{Transport: newTransport()}
	}
	return cfg
}

func or[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}
