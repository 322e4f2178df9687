// Package sandbox simulates the HighHelp gateway, so that a shop can be built
// and tested without an account, a network or money.
//
// A [Gateway] is an [http.Handler] that speaks the side of the protocol which a
// shop does not have:
//
//	shop ── POST /api/v1/widget/payin ──────> Gateway   creates a ticket
//	payer ── GET /pay/{token} ──────────────> Gateway   sees the payment page
//	payer ── POST /pay/{token} ─────────────> Gateway   pays, refuses, is declined
//	shop <── POST, signed, until a 2xx ────── Gateway   learns of it by callbacks
//	shop ── POST /api/v1/widget/payin/info ─> Gateway   asks where the ticket stands
//	shop ── POST /api/v1/balance/info ──────> Gateway   asks what it has earned
//	developer ── /control/ ─────────────────> Gateway   sees everything, and breaks it
//
// It checks the signature and every documented field of each request. Where
// the real gateway only refuses, this one says which header, which step of the
// signature or which fields are wrong.
//
// # Running it
//
// [GenerateKeys] makes the keys that the dashboard would export, [New] a
// Gateway from a [Config]. Nothing runs by itself: [Gateway.Run] sends
// callbacks until its context ends, and [Gateway.Deliver] sends those that are
// due and returns, for tests that set Config.Now and go from one
// [Gateway.NextDue] to the next. [Gateway.Act] does what can happen to a
// ticket, [Gateway.Play] a whole [Scenario]. With Config.StateDir all of it
// survives a restart.
//
// # What is simulated
//
// A ticket begins as processing:new. Opening its page makes it
// processing:requisites. From there a payer can pay, refuse, be declined by
// checks or by his bank, go through 3-D Secure, or enter one-time passwords,
// of which the third wrong one declines. If its lifetime ends first it is
// dispute:no_payment; a dispute is decided either way, and not by itself.
// [Scenarios] lists such ways to their ends, as data. Every status but
// processing:new is told by a callback.
//
// A [Fault] is what goes wrong between the gateway and the shop: callbacks
// that come twice, late, out of order, forged, broken or never, and a create
// request whose answer is lost. [FaultKinds] lists them. They combine, and are
// set for all new tickets by Config.Faults or for one by [Gateway.SetFaults].
// Each callback is tried until a 2xx by a schedule with jitter, and each try
// is in the log: [Gateway.Deliveries] holds what was sent and what was
// answered, and [Gateway.Replay] sends it again.
//
// Keys can change while callbacks are under way ([Gateway.Rotate],
// [Gateway.RotateKeys]), and a Gateway serves several projects, each with its
// own. A [Trigger] sends callbacks without any ticket.
//
// # What is not known
//
// The documentation leaves parts of the protocol open. Where a shop must cope
// with either answer, a switch in Config selects one; its comment says so. The
// HTTP codes of refusals, the texts of status_description, the looks of the
// payment page, and the schedule of callbacks are this package's own choice:
// no program should depend on them.
//
// Nothing here is fit to take money: its keys carry a mark by which a shop in
// production refuses them, see [signer.SandboxHeader], and its control page is
// served to the same machine alone, see [Gateway.ServeHTTP].
package sandbox
