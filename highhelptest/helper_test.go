package highhelptest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/highhelptest"
	"github.com/go-highhelp/highhelp/signer"
)

// A recorder is a testing.TB that fails in silence and keeps what was said.
type recorder struct {
	testing.TB
	mu   sync.Mutex
	said []string
}

func (r *recorder) Helper() {}

func (r *recorder) Error(args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said = append(r.said, fmt.Sprint(args...))
}

type fatal struct{}

func (r *recorder) Fatal(args ...any) {
	r.Error(args...)
	panic(fatal{})
}

func (r *recorder) Fatalf(format string, args ...any) { r.Fatal(fmt.Sprintf(format, args...)) }

// during runs f with a recorder, and returns what it said.
func during(t *testing.T, f func(testing.TB)) []string {
	t.Helper()
	r := &recorder{TB: t}
	func() {
		defer func() {
			if p := recover(); p != nil {
				if _, ok := p.(fatal); !ok {
					panic(p)
				}
			}
		}()
		f(r)
	}()
	return r.said
}

// mistakes are what a littleShop does wrong.
type mistakes struct {
	shipsTwice      bool // keeps no record of what it has shipped
	trustsBrowser   bool // ships when the payer comes back
	answersFirst    bool // answers 200, and then begins to work
	ignoresAmount   bool
	overwritesFinal bool // takes a success after a decline
	losesOnPanic    bool // notes that an event has come before it takes effect
	acceptsUnsigned bool
	trustsRoute     bool // takes whatever comes to the success URL for a success
	shipsOnPaid     bool // takes the payer's word for money
	refusesTwice    bool // answers duplicates with an error
	wrongPrice      bool // asks for another amount than the order's
	forgets         bool // keeps no order before the gateway has answered
	asksAgain       bool // asks for the same payment again, whatever became of it
}

// A littleShop takes payments without the help of a Checkout. Without mistakes
// it does so well.
type littleShop struct {
	mistakes
	sandbox *highhelptest.Sandbox
	client  *highhelp.Client

	mu     sync.Mutex
	orders map[string]*littleOrder // by payment id
	made   int
}

type littleOrder struct {
	id      string
	amount  highhelp.Money
	tries   int
	final   string
	shipped int
	seen    map[string]bool
}

func openLittle(m mistakes) func(*highhelptest.Sandbox) highhelptest.Shop {
	return func(s *highhelptest.Sandbox) highhelptest.Shop {
		l := &littleShop{mistakes: m, sandbox: s, orders: map[string]*littleOrder{}}
		l.client = &highhelp.Client{ProjectID: highhelptest.ProjectID, BaseURL: s.BaseURL, Signer: s.Keys.RequestPrivate, Logger: s.Config().Logger}
		mux := http.NewServeMux()
		mux.HandleFunc("POST little.example/cash/{route}", l.callback)
		mux.HandleFunc("GET little.example/thanks", l.thanks)
		mux.HandleFunc("GET little.example/back", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/thanks?"+r.URL.RawQuery, http.StatusSeeOther)
		})
		return highhelptest.Shop{Handler: mux, NewOrder: l.newOrder, Ticket: l.ticket}
	}
}

func (l *littleShop) newOrder(context.Context) (string, highhelp.Money, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.made++
	o := &littleOrder{id: fmt.Sprintf("order-%d", l.made), amount: highhelp.Money{Minor: 4900, Currency: "KZT"}, seen: map[string]bool{}}
	l.orders[o.id] = o
	return o.id, o.amount, nil
}

// ticket creates one under a new payment id each time.
func (l *littleShop) ticket(ctx context.Context, orderID string) (string, error) {
	l.mu.Lock()
	o := l.orders[orderID]
	o.tries++
	if l.asksAgain {
		o.tries = 1
	}
	paymentID := fmt.Sprintf("%s/%d", orderID, o.tries)
	if !l.forgets {
		l.orders[paymentID] = o
	}
	amount := o.amount
	l.mu.Unlock()
	if l.wrongPrice {
		amount.Minor--
	}
	// The host of production: what is sent there must reach the test.
	shop := "https://little.example"
	t, err := l.client.CreateTicket(ctx, paymentID, highhelp.Order{ID: orderID, Amount: amount, RedirectURL: shop + "/back?order=" + paymentID},
		highhelp.CallbackURLs{Info: shop + "/cash/info", Success: shop + "/cash/success", Decline: shop + "/cash/decline"})
	return t.URL, err
}

func (l *littleShop) thanks(w http.ResponseWriter, r *http.Request) {
	if l.trustsBrowser {
		l.mu.Lock()
		defer l.mu.Unlock()
		_ = l.ship(l.orders[r.FormValue("order")])
	}
	fmt.Fprintln(w, "Thank you.")
}

func (l *littleShop) ship(o *littleOrder) error {
	if o.shipped > 0 && !l.shipsTwice {
		return nil
	}
	if err := l.sandbox.Ship(o.id); err != nil {
		return err
	}
	o.shipped++
	return nil
}

func (l *littleShop) callback(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	if err != nil {
		http.Error(w, "no body", http.StatusBadRequest)
		return
	}
	doc, err := signer.Parse(body)
	if err != nil {
		http.Error(w, "no JSON", http.StatusBadRequest)
		return
	}
	unsigned := l.acceptsUnsigned && r.Header.Get("X-Access-Signature") == ""
	if _, err := l.sandbox.Verifier().Verify(doc, r.Header); err != nil && !unsigned {
		http.Error(w, "not signed by the gateway", http.StatusUnauthorized)
		return
	}
	fields, err := doc.Fields(signer.Scheme{})
	if err != nil {
		http.Error(w, "no event", http.StatusBadRequest)
		return
	}
	if l.answersFirst {
		w.WriteHeader(http.StatusOK)
	}
	if err := l.take(r.PathValue("route"), fields); err != nil && !l.answersFirst {
		http.Error(w, "not now", http.StatusInternalServerError)
	}
}

// take takes an authentic event in.
func (l *littleShop) take(route string, f signer.Fields) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.orders[f.PaymentID]
	if o == nil {
		return errors.New("no such order")
	}
	event := f.PaymentID + " " + f.Status + " " + f.SubStatus
	if l.losesOnPanic {
		if o.seen[event] {
			return nil
		}
		o.seen[event] = true
	}
	if l.refusesTwice && o.seen[event] {
		return errors.New("a duplicate")
	}
	o.seen[event] = true
	return l.apply(o, route, f)
}

func (l *littleShop) apply(o *littleOrder, route string, f signer.Fields) error {
	paid := f.Status == "success" || l.shipsOnPaid && f.SubStatus == "paid"
	if l.trustsRoute {
		paid = route == "success"
	}
	if f.Status == "decline" && o.final == "" {
		o.final = "decline"
	}
	switch {
	case !paid, o.final == "decline" && !l.overwritesFinal:
		return nil
	case !l.ignoresAmount && (f.Amount != o.amount.Minor || f.Currency != o.amount.Currency):
		return nil // a human will look at it
	}
	if err := l.ship(o); err != nil {
		return err
	}
	o.final = "success"
	return nil
}

// byFault sorts the stories of trials that failed.
func byFault(said []string) map[string][]string {
	found := map[string][]string{}
	for _, story := range said {
		title, _, _ := strings.Cut(story, "\n")
		_, fault, _ := strings.Cut(title, " under fault ")
		found[fault] = append(found[fault], story)
	}
	return found
}
