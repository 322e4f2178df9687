package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// A person buys, pays on the gateway's page and sees the order shipped; refuses
// another, and pays that as a new attempt.
func TestBuyInABrowser(t *testing.T) {
	shop, b := startDemo(t), newBrowser(t)
	b.run(chromedp.Navigate(shop + "/"))
	b.sees("A notebook")
	b.picture("demo-products", 960)
	b.click(".buy")
	b.sees("Pay 100.00 RUB")
	b.picture("demo-order", 960)
	b.click(`[data-part="button"]`)
	b.sees("This is a simulation")
	b.picture("demo-payment-page", 960)
	b.click(`[value="pay"]`)
	b.sees("on its way")
	b.picture("demo-paid", 960)

	b.run(chromedp.Navigate(shop + "/"))
	b.click(".buy")
	b.sees("Pay 100.00 RUB")
	b.click(`[data-part="button"]`)
	b.click(`[value="refuse"]`)
	b.sees("was declined")
	b.picture("demo-declined", 320)
	b.click(`[data-part="button"]`)
	b.sees("~2")
	b.click(`[value="pay"]`)
	b.sees("on its way")
	b.clean()
}

// The first page links a page for each mode. In two of them the payment page
// stands inside the shop's.
func TestModesInABrowser(t *testing.T) {
	shop, b := startDemo(t), newBrowser(t)
	for title, frame := range map[string]string{"In a frame": "highhelp-widget iframe", "By a script": "iframe.payment-form"} {
		b.run(chromedp.Navigate(shop + "/"))
		b.run(chromedp.Click(`//nav//a[contains(text(), "` + title + `")]`))
		b.run(chromedp.WaitVisible(`[aria-current="true"]`))
		b.click(".buy")
		b.sees("Pay 100.00 RUB")
		b.click(`[data-part="button"]`)
		b.run(chromedp.WaitVisible(frame))
		b.run(chromedp.WaitVisible(`highhelp-widget[data-state="ready"]`))
		b.picture("demo-"+strings.ToLower(strings.Fields(title)[2]), 960)
		order := b.location()
		payElsewhere(t, shop, order)
		b.run(chromedp.Navigate(order))
		b.sees("on its way")
	}
	b.clean()
}

// The same without JavaScript: the plain form pays, and a refusal is a page.
func TestBuyWithoutScripts(t *testing.T) {
	shop, b := startDemo(t), newBrowser(t)
	b.withoutScripts()
	b.run(chromedp.Navigate(shop + "/"))
	b.click(".buy")
	b.sees("Pay 100.00 RUB")
	b.click(`[data-part="button"]`)
	b.click(`[value="pay"]`)
	b.sees("on its way")

	// A page that stands open while the order is paid elsewhere still has its
	// button. It must not lead to a second payment.
	b.run(chromedp.Navigate(shop + "/"))
	b.click(".buy")
	b.sees("Pay 100.00 RUB")
	payElsewhere(t, shop, b.location())
	b.click(`[data-part="button"]`)
	b.sees("already paid")
	b.picture("refusal", 320)
	b.click(`[data-part="link"]`)
	b.sees("on its way")
}

func orderID(page string) string {
	id, _, _ := strings.Cut(path.Base(page), "?")
	return id
}

// payElsewhere pays the order of a page without that page.
func payElsewhere(t *testing.T, shop, orderPage string) {
	t.Helper()
	resp, err := http.Post(shop+"/pay/tickets", "application/json", strings.NewReader(`{"order_id":"`+orderID(orderPage)+`"}`))
	require.NoError(t, err)
	defer resp.Body.Close()
	var ticket struct{ URL string }
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&ticket))
	resp, err = http.PostForm(ticket.URL, url.Values{"action": {"pay"}})
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Eventually(t, func() bool {
		req, err := http.NewRequest(http.MethodGet, orderPage, nil)
		require.NoError(t, err)
		req.Header.Set("Accept", "application/json")
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		var order struct{ Status string }
		return json.NewDecoder(resp.Body).Decode(&order) == nil && order.Status == "paid"
	}, 20*time.Second, 20*time.Millisecond)
}
