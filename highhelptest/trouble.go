package highhelptest

import (
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
)

// A trouble is what goes wrong in a trial: a fault between the gateway and the
// application, or one of the application's own shipping.
type trouble struct {
	name  string // of the subtest
	about string // a sentence
	fault sandbox.Fault
	ship  shipFault

	forged    bool   // the first tries prove nothing
	refusable bool   // an application may refuse such callbacks for good
	must      string // what an order that is paid must come to
	never     bool   // not even a success is a reason to ship
}

// troubles lists all of them. Those of shipping are for applications that ship
// by Sandbox.Ship.
func troubles(shipping bool) []trouble {
	list := []trouble{{name: "none", about: "Nothing goes wrong.", must: once}}
	for _, kind := range sandbox.FaultKinds() {
		list = append(list, troubleOf(kind))
	}
	if shipping {
		list = append(list,
			trouble{name: "shipping-fails", about: "Shipping fails the first time.", ship: shipFails, must: again},
			trouble{name: "shipping-panics", about: "Shipping panics the first time.", ship: shipPanics, must: again})
	}
	return list
}

const (
	once  = "an order that is paid is shipped once, however often and in whatever order its callbacks come"
	again = "if shipping fails the callback is answered with anything but 2xx, so that it comes again, and is then taken in: the order is shipped once"
)

// troubleOf says how a kind of fault is tried, and what must come of it.
func troubleOf(kind sandbox.FaultInfo) trouble {
	t := trouble{fault: sandbox.Fault{Kind: kind.Kind}, about: kind.About, forged: kind.Forged, must: once}
	switch kind.Kind {
	case sandbox.FaultDrop:
		t.fault.Times = 2 // what never comes can't be taken in
		t.about = "The first two tries of each callback are lost on the way."
	case sandbox.FaultSlowBody:
		t.fault.Delay = 20 * time.Millisecond
	case sandbox.FaultOversize:
		t.fault.Bytes = 256 << 10
	case sandbox.FaultWrongAmount:
		t.refusable, t.never = true, true
		t.must = "a success of another amount than the order's ships nothing"
	case sandbox.FaultWrongRoute:
		t.refusable = true
		t.must = "what a callback says decides, not the URL at which it comes in"
	case sandbox.FaultContradict:
		t.refusable = true
		t.must = "a final status is never overwritten: the first one stands, and a human must look at the other"
	}
	if t.forged {
		t.must = "a callback that is not authentic is answered with anything but 2xx and changes nothing; the authentic one that follows ships the order once"
	}
	t.name = string(kind.Kind)
	return t
}
