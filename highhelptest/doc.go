// Package highhelptest helps to test applications that take payments through
// HighHelp.
//
// [New] starts a sandbox gateway for a test, [Sign] makes a callback as the
// gateway would send it, [Post] sends one to a server. [Survive] takes a whole
// application and sends it every scenario of a payment under every fault, to
// see that each order is shipped once, and only if it is paid:
//
//	func TestSurvive(t *testing.T) { highhelptest.Survive(t, openShop) }
//
// where openShop builds the application as the program does, with the keys and
// addresses of the Sandbox that it is given:
//
//	func openShop(s *highhelptest.Sandbox) highhelptest.Shop {
//		cfg := s.Config()          // then the application's own Store, hooks, …
//		cfg.OnPaid = app.ship
//		…
//		return highhelptest.Shop{Handler: mux, NewOrder: app.newOrder, Shipped: app.shipped}
//	}
//
// An application that does not use package highhelp takes what it needs from
// the fields of the Sandbox, or as files from [Sandbox.KeyFiles].
//
// All keys bear the mark of a sandbox and are the same for the whole process,
// so a callback from Sign is good at every Sandbox. Signatures are real, and so
// are the servers; only the clock of the gateway is driven.
package highhelptest
