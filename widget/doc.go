// Package widget puts a HighHelp payment on a page of the shop.
//
//	page ── Snippet ──> form and button ── POST order_id ──> TicketURL
//	                                                            │
//	payer <── payment page: by redirect, in a frame, <──────── ticket
//	  │       or drawn by the merchant's script
//	  └─────> "checking" ──── GET ────> status_url ──> the result
//
// The shop's backend creates a ticket through the API. The package renders the
// page's part of the rest and serves the script and the style sheet that belong
// to it. It imports the standard library only, and it knows nothing of keys,
// amounts or the state of an order: the page names an order, and the server
// decides about everything else.
//
// A page takes three lines:
//
//	mux.Handle("GET /pay/widget/", widget.ScriptHandler())
//
//	html, err := widget.Snippet{
//		OrderID:   order.ID,
//		TicketURL: "/pay/tickets",
//		AssetsURL: "/pay/widget/",
//	}.HTML()
//
// # Modes
//
// In [Redirect] mode, the default, the browser goes to the payment page. In
// [Frame] mode that page stands in a frame of the shop's; in [Script] mode a
// script of the merchant's draws the form. They differ in what is shown between
// ready and processing, and in nothing else. Redirect mode needs nothing from
// the gateway but the payment page; ask its manager whether the page may be
// framed, and for the script and its init function.
//
// In Frame mode the payer returns to the shop inside the frame. The page that
// he returns to must therefore allow the shop to frame it (frame-ancestors
// 'self', no X-Frame-Options: DENY); the widget takes the frame away as soon as
// it is there. A bank's page that opens in the same frame must be among the
// PaymentOrigins of the [CSP]. Where those are not known, Redirect mode is the
// one that always pays.
//
// # A form first
//
// What a [Snippet] renders is a form with one button. Without JavaScript, or
// with a script that did not arrive, the form posts the field order_id and the
// server answers 303 with the address of the payment page. The script only
// makes that better. A refused or missing asset, for example while two releases
// of the shop answer side by side, costs comfort and never a payment.
//
// # States
//
// The markup is a highhelp-widget element. Its attribute data-state holds the
// one state the element is in, data-code which text explains it, and data-mode
// the mode.
//
//	idle ──> loading ──> ready ──> processing ──> success
//	            │          │           └────────> declined ──> loading (try again)
//	            │          ├──> expired
//	            └──────────┴──> failed, blocked ──> loading (try again)
//
// Ready means that the payment page is about to open, or that there is a form
// to fill in. When the browser says that the payer is done, by a promise or
// callback of the merchant's script, by a message or because the frame is back
// on a page of the shop, that is no proof: the widget goes to processing, says
// "checking" and asks the server. It asks while the form is open, too, less and
// less often, never while the page is hidden, and at once when it is shown
// again or restored from the back/forward cache. Success and declined come from
// the server only.
//
// A payer who returns to another page finds the result there: a Snippet with
// StatusURL starts by checking.
//
// Loading and processing are announced through role=status; declined, expired,
// failed and blocked through role=alert. If the payer has used the widget, the
// focus moves to the text. A double click sends one request. Every failure has
// a text and a button that tries again; after amount_changed, needs_review and
// unchecked, where the page no longer tells the truth, it loads the page anew.
// A link to the payment page stands below as long as one is known that the
// payer may use.
//
// # Events
//
// The element dispatches events that bubble, so one listener on the document
// hears every widget of a page:
//
//	highhelp:loading     the order was sent                detail {}
//	highhelp:ready       there is a payment page or form   detail: the server's answer
//	highhelp:processing  the payer is done; checking       detail {}
//	highhelp:complete    the server knows the result       detail {status}: paid, declined or review
//	highhelp:error       failed, blocked or expired        detail {code}
//
// The codes are network, timeout, busy, blocked, form, expired, unchecked,
// amount_changed, in_progress and other. Each has a [Text] of the same name.
//
// No event is proof of a payment. A shop ships on a verified callback.
//
// # Pages that mount widgets themselves
//
// A single-page app imports highhelp.js from where [ScriptHandler] is mounted.
// The file widget.d.ts beside this package declares all of it.
//
//	import { mount } from "/pay/widget/highhelp.js";
//
//	const widget = mount(element, { orderId: "1042", ticketUrl: "/pay/tickets" });
//	widget.addEventListener("highhelp:complete", (event) => show(event.detail.status));
//	widget.destroy();
//
// # The server's answer
//
// The script posts {"order_id"} as JSON with Accept: application/json, and
// understands
//
//	200, 201  {"payment_id","url","expires_at","status_url","request_id","widget"}
//	409       {"error":{"code","message"}}: order_paid, amount_changed, in_progress, needs_review
//	429, 502, 503, 504  busy
//
// and calls everything else other. A status_url is relative to the TicketURL
// and answers {"status"}: paid, declined or review; anything else means that
// the result is still to come. Addresses must be https, or on the page's own
// origin, or on the payer's own machine, which is where a sandbox runs. The
// message of an error is for logs; the payer reads the widget's own texts.
//
// # Looks
//
// The style sheet takes the page's font and text color and follows the page's
// color-scheme property: a page that never declared a dark scheme keeps a
// light widget, whatever the payer's system prefers. Custom properties change
// the rest:
//
//	highhelp-widget {
//		--highhelp-accent: #0a7d4b;    /* button */
//		--highhelp-on-accent: #fff;    /* text on the button */
//		--highhelp-focus: #0a7d4b;     /* focus ring; default: the accent */
//		--highhelp-muted: #555;        /* the line below the button */
//		--highhelp-radius: 4px;
//		--highhelp-surface: #fff;      /* behind the form and the results */
//		--highhelp-text: #14181f;      /* on that */
//		--highhelp-width: 20rem;       /* of the button, at most */
//		--highhelp-form-width: 32rem;  /* in Frame and Script mode, at most */
//		--highhelp-frame-height: 40rem;
//		--highhelp-font: "Inter", sans-serif;
//	}
//
// # Security
//
// Every byte is written by html/template, no value ever stands inside
// JavaScript, and there is neither inline script nor inline style. [CSP]
// returns the directives that a page with a snippet needs. The assets are
// fixed by integrity values; the script writes text only, so it also runs
// under require-trusted-types-for 'script', with one policy named highhelp for
// the address of a merchant's script. Which script that is comes in the address
// of the widget's own: markup that was smuggled into a page can't name one. A
// message counts only if its origin, its source and a nonce made for the frame
// agree.
//
// # Codes
//
// [Method], [Country] and [Language] are open sets of codes for an order, with
// constants for the values that the documentation names. Availability depends
// on the merchant's cash register; the lists say how surely a code is known
// and are no reason to refuse another one.
package widget
