package highhelptest

import (
	"context"
	"fmt"

	"github.com/go-highhelp/highhelp/sandbox"
)

// deliver sends the callbacks, round by round of their tries, and judges what
// came of each round.
func (tr *trial) deliver(ctx context.Context) *ending {
	for more := true; more; {
		if err := tr.sandbox.Deliver(ctx); err != nil {
			return &ending{"the application did not answer in time", "a callback is answered within seconds"}
		}
		tr.traffic.wait(ctx)
		if err := tr.shop.Settle(ctx); err != nil {
			return &ending{"Shop.Settle: " + err.Error(), "it waits for what is queued"}
		}
		if end := tr.round(ctx); end != nil {
			return end
		}
		more = tr.sandbox.skip()
	}
	return nil
}

// round judges the deliveries since the last one.
func (tr *trial) round(ctx context.Context) *ending {
	var end *ending
	for _, d := range tr.sandbox.Deliveries() {
		if d.ID <= tr.read {
			continue
		}
		tr.read = d.ID
		tr.tellDelivery(d)
		if end == nil {
			end = tr.judge(d)
		}
	}
	if end != nil {
		return end
	}
	if end := tr.look(ctx); end != nil {
		return end
	}
	switch {
	case tr.shipped > tr.most():
		return tr.over()
	case tr.success && tr.shipped == 0:
		return &ending{
			"a success was answered 2xx, and the order is not shipped: the gateway will not send it again",
			tr.instead("2xx is answered only once the order is shipped, or its shipping is durably queued (see Shop.Settle)"),
		}
	}
	return nil
}

// judge judges one try by itself.
func (tr *trial) judge(d sandbox.Delivery) *ending {
	forged := len(d.Faults) > 0 && tr.trouble.forged
	switch {
	case forged && d.OK():
		return &ending{fmt.Sprintf("a callback spoiled by %q was answered %d", d.Faults[0], d.HTTPStatus), tr.trouble.must}
	case d.GaveUp && !tr.trouble.refusable && d.RequestID == tr.ticket.RequestID:
		return &ending{
			fmt.Sprintf("the application refused an authentic callback (%s) %d times, and the gateway gave up", d.Status, d.Try),
			"an authentic callback about a known payment is answered 2xx in the end, whatever it says",
		}
	}
	if d.OK() && !forged && d.Status.Main == "success" && d.RequestID == tr.ticket.RequestID && tr.most() == 1 {
		tr.success = true
	}
	return nil
}

// end judges the trial as a whole.
func (tr *trial) end(ctx context.Context) *ending {
	if end := tr.look(ctx); end != nil {
		return end
	}
	if tr.shipped == 0 && tr.most() == 1 && !tr.trouble.refusable {
		return &ending{"the order was paid and is not shipped", tr.trouble.must}
	}
	return nil
}

// most is how often the order may be shipped at most.
func (tr *trial) most() int {
	if tr.scenario.Ends.Main != "success" || tr.trouble.never {
		return 0
	}
	return 1
}

// look asks how often the order was shipped.
func (tr *trial) look(ctx context.Context) *ending {
	n, err := tr.shop.Shipped(ctx, tr.orderID)
	if err != nil {
		return &ending{"Shop.Shipped: " + err.Error(), "it says how often the order was shipped"}
	}
	if n != tr.shipped {
		tr.tell("the order has now been shipped %s", times(n))
	}
	tr.shipped = n
	return nil
}

// instead is what should have happened under a trouble that has nothing of its
// own to say.
func (tr *trial) instead(should string) string {
	if tr.trouble.must == once {
		return should
	}
	return tr.trouble.must
}

// over is the ending of an order that was shipped too often.
func (tr *trial) over() *ending {
	should := tr.trouble.must
	if should == once && tr.most() == 0 {
		should = "an order that is not paid is not shipped: only a success of the gateway is a reason"
	}
	return &ending{fmt.Sprintf("the order was shipped %s", times(tr.shipped)), should}
}

// drain takes what a failed trial has left unsent out of the way of the next.
func (tr *trial) drain(ctx context.Context) {
	tr.lossy.forget()
	for _, t := range tr.sandbox.Tickets() {
		if t.Unsent > 0 {
			_ = tr.sandbox.SetFaults(t.RequestID, sandbox.Fault{Kind: sandbox.FaultDrop, Times: sandbox.Always})
		}
	}
	for more := true; more && ctx.Err() == nil; more = tr.sandbox.skip() {
		_ = tr.sandbox.Deliver(ctx) // only ctx can end it
	}
}
