package sandbox

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/go-highhelp/highhelp/signer"
)

// Config configures a [Gateway]. [New] copies it, so later changes have no
// effect.
type Config struct {
	// PublicURL is where payers and shops reach the Gateway, including the
	// path under which it is mounted, such as http://127.0.0.1:8090/gateway.
	// It may be http: nothing that passes here is worth protecting. Required.
	PublicURL string

	// Projects are the cash registers that the Gateway knows. Required: at
	// least one.
	Projects []Project

	// HTTPClient sends callbacks. Redirects are not followed, whatever its
	// CheckRedirect says. Default: a client that keeps no connection open.
	HTTPClient *http.Client

	// Logger hears of refused requests and of callbacks: where they went and
	// what came of it, never a body, a signature or a key.
	// Default: slog.Default().
	Logger *slog.Logger

	// Now is the clock of lifetimes, signatures, Date headers and retries. It
	// must be safe for concurrent use. Default: time.Now.
	Now func() time.Time

	// Schedule holds the wait before each try of a callback: the first from
	// the change of status on, each further one from the end of the try
	// before. After the last one the callback is given up. The documentation
	// does not say how often the gateway repeats, nor when.
	// Default: 0s, 1s, 2s, 5s, 15s, 1m, 5m, 15m, 1h, 6h, 24h.
	Schedule []time.Duration

	// Jitter makes each wait of Schedule longer by a random part of it, from 0 up
	// to this factor, so that callbacks that fail together do not return
	// together. It is between 0 and 1. Default: 0, the waits are exact.
	Jitter float64

	// SignOnce signs every try of a callback as of the change of status, so that
	// all tries have one timestamp. The documentation does not say how repeated
	// callbacks are signed. Default: false, each try is signed anew.
	SignOnce bool

	// Faults are those of every new ticket, see [Gateway.SetFaults] for those of
	// one. Default: none, nothing goes wrong.
	Faults []Fault

	// TryTimeout bounds one try of a callback. It runs on the real clock.
	// Default: 10s.
	TryTimeout time.Duration

	// Duplicate is the answer to a create request for a payment_id that the
	// project has used before. The documentation only says that it must be
	// unique. Default: RefuseDuplicate.
	Duplicate Duplicate

	// InfoURL adds the address of the payment page to answers of info. The
	// documentation does not say whether it is there. Default: false.
	InfoURL bool

	// RefusalsAre200 answers refused API requests with HTTP 200, so that only
	// the body tells. The documentation does not say which code comes with
	// the status error. Default: false, a code from 400 to 415.
	RefusalsAre200 bool

	// Tolerance is how far x-access-timestamp may be from Now, either way. The
	// documentation states no limit. Default: 0, which means any distance.
	Tolerance time.Duration

	// FrameAncestors are the origins whose pages may show the payment page in
	// a frame, such as https://shop.example. The documentation does not say
	// whether the real page may be framed. Default: none.
	FrameAncestors []string

	// StateDir is a directory, made if need be, in which the Gateway keeps its
	// tickets, callbacks and delivery log, so that the next one goes on where it
	// stopped. No keys are kept. Two Gateways must not run on one directory.
	// Each change writes all tickets, before what caused it is answered: that
	// is for the payments of a developer, not for those of a load test.
	// Default: none, everything is lost with the process.
	StateDir string

	// DangerousControlHosts are hosts, such as sandbox.example:8090, under which
	// the control page is served to whoever reaches it: anybody there can pay
	// any order. They are compared with the Host header. Default: none, so that
	// it is served to this machine alone, see [Gateway.ServeHTTP].
	DangerousControlHosts []string
}

// A Project is one cash register. [Keys.Project] makes one from generated keys.
type Project struct {
	// ID is the project_id: 1 to 128 characters out of letters, digits, '-',
	// '_' and '.', the first not a '.'. Required.
	ID string

	// Keys verify the shop's requests: each is a *signer.PublicKey or a
	// *signer.HMACKey. A request is good if any of them made its signature;
	// the key alone decides by which algorithm. Required: at least one.
	Keys []signer.Key

	// CallbackSigner signs callbacks: a *signer.PrivateKey or a
	// *signer.HMACKey, and always one that bears the mark of a sandbox, since
	// who holds a real one can tell a real shop that it has been paid.
	// Required.
	CallbackSigner signer.Signer

	// FormerCallbackSigner is the one before CallbackSigner, such as that before
	// a rotation. FaultOldKey signs with it. It must bear the mark of a sandbox,
	// too. Default: none, so that FaultOldKey changes nothing before
	// [Gateway.Rotate] was called.
	FormerCallbackSigner signer.Signer

	// CallbackURLs are used where a create request states none.
	// Default: none, so that such callbacks are not sent.
	CallbackURLs CallbackURLs

	// RedirectURL is where the payer goes after the payment page if the create
	// request does not say. Default: none, the page shows the result.
	RedirectURL string
}

// CallbackURLs say where callbacks go, by the kind of status that they tell.
// Each is an https URL, or an http URL on a loopback host.
type CallbackURLs struct {
	Info    string // every other status: merchant_callback_url
	Success string // success: merchant_success_callback_url
	Decline string // decline: merchant_decline_callback_url
}

// Duplicate is the answer to a create request for a known payment_id.
type Duplicate uint8

const (
	// RefuseDuplicate refuses with status error and description
	// "duplicate payment_id".
	RefuseDuplicate Duplicate = iota
	// RepeatTicket answers with the first ticket as it now stands, whatever
	// else the second request says.
	RepeatTicket
)

// defaultSchedule returns the default of Config.Schedule.
func defaultSchedule() []time.Duration {
	const s, m, h = time.Second, time.Minute, time.Hour
	return []time.Duration{0, 1 * s, 2 * s, 5 * s, 15 * s, 1 * m, 5 * m, 15 * m, 1 * h, 6 * h, 24 * h}
}

const defaultTryTimeout = 10 * time.Second
