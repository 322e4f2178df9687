package storetest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp"
)

var keyCases = []Case{
	{"keys/hostile ids", "Ids have up to 255 bytes of UTF-8 and are compared byte for byte; two keys never collide.", keysHostile},
	{"keys/projects", "Nothing of one project is seen or changed through another.", keysProjects},
	{"keys/parts", "Two keys whose parts join to the same text are two keys.", keysParts},
}

// hostileIDs are pairwise different, and each is taken for another by some
// database, collation, escaping or pattern.
func hostileIDs() []string {
	return []string{
		"order", "Order", "ORDER", "order ", " order", "order\t", "ordér", "orde\u0301r", "ordeŕ", "оrder", // the last one begins in Cyrillic
		"a:b", "a:b:", ":a:b", "a::b", "a'b", "a''b", `a"b`, `a\b`, `a\\b`, "a%b", "a_b", "a%%b", "%", "_", "*", "?", "[a]", "{a}", "a{b}c",
		"😀", "😁", "a\u00a0b", "a\u200bb", "\u202ea", "ß", "ss", "ﬀ", "ff", "ı", "i", "İ", "K", "\u212a", "null", "NULL", "None", "0", "00", "-0",
		"a\u2028b", "a\u0001b", "a\nb", "a\r\nb", "~", "a~2", strings.Repeat("x", 254), strings.Repeat("x", 255),
		strings.Repeat("x", 254) + "X", strings.Repeat("я", 127), strings.Repeat("😀", 63),
	}
}

func keysHostile(ctx context.Context, h Harness) error {
	project := newKey().ProjectID
	ids := hostileIDs()
	for i, id := range ids {
		p := simple(highhelp.Key{ProjectID: project, OrderID: id})
		p.Held = fmt.Sprint(i)
		if err := h.Store.Insert(ctx, p); err != nil {
			return fmt.Errorf("inserting id %q: %w", id, err)
		}
	}
	for i, id := range ids {
		k := highhelp.Key{ProjectID: project, OrderID: id}
		if err := h.Store.Update(ctx, k, func(_ context.Context, p *highhelp.Payment) error {
			if p.Held != fmt.Sprint(i) || p.OrderID != id {
				return fmt.Errorf("id %q reaches the payment of id %q", id, p.OrderID)
			}
			p.Held += "!"
			return nil
		}); err != nil {
			return fmt.Errorf("updating id %q: %w", id, err)
		}
		p, err := h.Other.Payment(ctx, k)
		if err := first(wrap("Payment", err), same("Held", p.Held, fmt.Sprint(i)+"!"), same("key", p.Key, k)); err != nil {
			return fmt.Errorf("id %q: %w", id, err)
		}
	}
	return nil
}

func keysProjects(ctx context.Context, h Harness) error {
	base := newKey()
	projects := []string{base.ProjectID, strings.ToUpper(base.ProjectID), base.ProjectID + " ", base.ProjectID + "%", base.ProjectID + ":", base.ProjectID + "'"}
	at := now()
	for _, project := range projects {
		p := simple(highhelp.Key{ProjectID: project, OrderID: base.OrderID})
		p.Held, p.CheckAt = project, at
		if err := h.Store.Insert(ctx, p); err != nil {
			return fmt.Errorf("inserting into project %q: %w", project, err)
		}
		if err := h.Store.Record(ctx, highhelp.Delivery{Key: p.Key, PaymentID: "1", Error: project, ReceivedAt: at}); err != nil {
			return wrap("Record", err)
		}
	}
	for _, project := range projects {
		k := highhelp.Key{ProjectID: project, OrderID: base.OrderID}
		if err := held(ctx, h, k, project); err != nil {
			return err
		}
		pending, err := h.Store.Pending(ctx, project, at, 10)
		if err := counted("Pending", len(pending), 1, err); err != nil {
			return err
		}
		list, err := deliveries(ctx, h.Store, ofProject(k), time.Time{}, time.Time{})
		if Skipped(err) {
			continue
		}
		if err := counted("Deliveries", len(list), 1, err); err != nil {
			return err
		}
		if err := first(same("project of the pending payment", pending[0].ProjectID, project), same("project of the delivery", list[0].Error, project)); err != nil {
			return err
		}
	}
	return nil
}

func keysParts(ctx context.Context, h Harness) error {
	p := newKey().ProjectID
	for _, sep := range []string{":", "/", "\x1f", "|", "}", " "} {
		a := highhelp.Key{ProjectID: p + sep + "b", OrderID: "c"}
		b := highhelp.Key{ProjectID: p, OrderID: "b" + sep + "c"}
		for _, k := range []highhelp.Key{a, b} {
			payment := simple(k)
			payment.Held = k.ProjectID
			if err := h.Store.Insert(ctx, payment); err != nil {
				return fmt.Errorf("inserting %q: %w", k, err)
			}
		}
		for _, k := range []highhelp.Key{a, b} {
			if err := held(ctx, h, k, k.ProjectID); err != nil {
				return fmt.Errorf("%q: %w", k, err)
			}
		}
	}
	return nil
}
