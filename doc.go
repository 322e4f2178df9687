// Package highhelp takes payments through the HighHelp (H2C) widget: it creates
// checkout tickets, receives the gateway's callbacks, and lets each order take
// effect exactly once. It is a set of http.Handlers for an application that
// exists already.
//
//	order ──> ticket ──> payment page ──> callback ──> order
//
//	payer          shop (this package)            gateway
//	  │ POST tickets │                               │
//	  ├─────────────>│ signed create request         │
//	  │              ├──────────────────────────────>│
//	  │<─────────────┤<────────── payment page URL ──┤
//	  │ pays on the payment page                     │
//	  ├─────────────────────────────────────────────>│
//	  │              │<──── signed callbacks, again ─┤
//	  │              │      until a 2xx              │
//	  │              ├─ OnPaid: ship, once           │
//
// # Quick start
//
// Fill in a [Config], make a [Checkout] with [New], and mount its handler where
// the gateway can reach it:
//
//	checkout, err := highhelp.New(highhelp.Config{
//		ProjectID: "57aff4db-…", BaseURL: "https://api.hh-processing.com",
//		PublicURL: "https://shop.example/pay",
//		Signer:    privateKey, Verifier: callbackKey, // package signer reads the key files
//		Store:     store,
//		OnPaid:    func(ctx context.Context, e highhelp.Event) error { return ship(ctx, e.OrderID) },
//	})
//	mux.Handle("/pay/", checkout.Handler(findOrder))
//
// Package widget renders the button; package sandbox is a gateway to try it
// with, without an account.
//
// # What the application does
//
// It hands over three things: an [OrderFunc], which looks up what a payer wants
// to pay for; Config.OnPaid, which ships; and a [Store]. It never sees a
// signature, a retry or a race.
//
// # What is guaranteed
//
// An order is marked paid only by an authentic success for its project, payment,
// amount and currency. An authentic event takes effect once, in every process
// that shares the store, whatever repeats, reorders or crashes. With a
// transactional store that includes what OnPaid writes through its context; with
// others OnPaid is at-least-once. No callback is answered 2xx before it is
// durable. A final status is never overwritten, and no payer ever sees two live
// payment pages for one order.
//
// What must not happen but can (another amount than asked for, two payments for
// one order, a final status that changes) changes nothing, is kept, holds the
// order for review, and reaches a human through Config.OnAnomaly.
//
// # Running it
//
// [Checkout.Doctor] says before the first payment what is wrong with a set-up.
// [Checkout.Run] asks the gateway about payments whose callbacks do not come.
// Every callback, accepted or refused, is a [Delivery] in the journal;
// [Checkout.LogHandler] shows it, to those whom the application lets in.
// After a fault of the application is mended, [Checkout.ReplayFailed] lets what
// it has refused take effect, once. [Checkout.Rotate] replaces keys without a
// restart. [WriteStatuses] prints what each status does to an order.
//
// # Many merchants
//
// One process serves many cash registers with a Checkout for each, mounted at a
// path of its own, over one shared Store:
//
//	for _, m := range merchants {
//		checkout, err := highhelp.New(m.config(store)) // PublicURL: https://shop.example/{m.name}/pay
//		…
//		mux.Handle("/"+m.name+"/pay/", checkout.Handler(m.findOrder))
//	}
//
// Nothing goes from one to another: payments, journal, replay, status tokens
// and log page are those of one ProjectID, so order ids may be the same in all.
// A callback must be signed with the key of the Checkout at whose path it comes
// in, and name its project.
//
// # Sources
//
// HighHelp's public documentation could be read in part only. Comments say
// where a fact of the protocol is documented and where it is assumed; what is
// assumed can be configured, here and in [signer.Scheme].
package highhelp
