package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http/httptest"

	"github.com/go-highhelp/highhelp/sandbox"
)

// A shop without any gateway hears of a payment that went wrong and is told so
// by a forger first.
func ExampleTrigger_Send() {
	keys := exampleKeys()
	shop := httptest.NewServer(exampleShop(keys.CallbackPublic))
	defer shop.Close()
	scenario, err := sandbox.ParseScenario("refusal")
	if err != nil {
		log.Fatal(err)
	}
	project := keys.Project()
	project.CallbackURLs = sandbox.CallbackURLs{Info: shop.URL, Success: shop.URL, Decline: shop.URL}
	rows, err := sandbox.Trigger{
		Project: project, PaymentID: "order-1", Amount: 150000, Currency: "RUB",
		Statuses: scenario.Statuses(),
		Faults:   []sandbox.Fault{{Kind: sandbox.FaultDuplicate, Times: 1}},
	}.Send(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range rows {
		fmt.Println(d.Status, "was answered", d.HTTPStatus)
	}
	// Unordered output:
	// / processing requisites
	// / processing requisites
	// / decline None
	// / decline None
	// processing:requisites was answered 200
	// processing:requisites was answered 200
	// decline was answered 200
	// decline was answered 200
}

func ExampleScenarios() {
	for _, s := range sandbox.Scenarios() {
		fmt.Printf("%-16s %-50s %v\n", s, s.Title, s.Ends)
	}
	// Output:
	// success          The payer pays                                     success
	// refusal          The payer refuses                                  decline
	// anti-fraud       Declined by anti-fraud                             decline
	// bank-decline     Declined by the bank                               decline
	// 3ds              3-D Secure, confirmed                              success
	// 3ds-failed       3-D Secure, not confirmed                          decline
	// otp              One-time password, right at the second try         success
	// otp-wrong        One-time password wrong three times                decline
	// paid-declined    The payer says that he has paid, and is declined   decline
	// expiry           The payer looks and does nothing                   dispute:no_payment
	// late-success     The money arrives after the expiry                 success
	// dispute-success  A dispute that ends in success                     success
	// dispute-decline  A dispute that ends in a decline                   decline
}

func ExampleParseScenario() {
	s, err := sandbox.ParseScenario("expiry")
	fmt.Println(s, s.Actions, err)
	_, err = sandbox.ParseScenario("lottery")
	fmt.Println(err)
	// Output:
	// expiry [open expire] <nil>
	// sandbox: no scenario "lottery"; there are success, refusal, anti-fraud, bank-decline, 3ds, 3ds-failed, otp, otp-wrong, paid-declined, expiry, late-success, dispute-success, dispute-decline
}

func ExampleScenario_Statuses() {
	s, err := sandbox.ParseScenario("dispute-success")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.Statuses())
	// Output:
	// [processing:requisites processing:paid dispute:confirm_timeout success]
}

func ExampleScenario_String() {
	fmt.Println(sandbox.Scenarios()[0])
	// Output:
	// success
}

func ExampleActions() {
	fmt.Println(sandbox.Actions())
	// Output:
	// [open pay pay_and_decline refuse decline_by_anti_fraud decline_by_bank pay_with_3ds pass_3ds fail_3ds send_otp resend_otp right_otp wrong_otp expire dispute resolve_success resolve_decline]
}

func ExampleParseStatus() {
	s, err := sandbox.ParseStatus("processing:paid")
	fmt.Println(s.Main, s.Sub, s.Final(), err)
	_, err = sandbox.ParseStatus("Paid!")
	fmt.Println(err)
	// Output:
	// processing paid false <nil>
	// sandbox: "Paid!" is no status such as success or processing:paid
}

func ExampleStatus_String() {
	fmt.Println(sandbox.Status{Main: "dispute", Sub: "no_payment"}, sandbox.Status{Main: "success"})
	// Output:
	// dispute:no_payment success
}

func ExampleStatus_Final() {
	fmt.Println(sandbox.Status{Main: "dispute"}.Final(), sandbox.Status{Main: "decline"}.Final())
	// Output:
	// false true
}

func ExampleParseFault() {
	f, err := sandbox.ParseFault("drop=2")
	fmt.Println(f.Kind, f.Times, err)
	_, err = sandbox.ParseFault("late=soon")
	fmt.Println(err)
	// Output:
	// drop 2 <nil>
	// sandbox: fault late: "soon" is no duration, such as 90s or 48h
}

func ExampleParseFaults() {
	faults, err := sandbox.ParseFaults("duplicate=50, reorder, late=90s")
	fmt.Println(faults, err)
	// Output:
	// [duplicate=50 reorder late=1m30s] <nil>
}

func ExampleFault_String() {
	fmt.Println(sandbox.Fault{Kind: sandbox.FaultWrongKey, Times: sandbox.Always})
	// Output:
	// wrong-key=always
}

// Faults are text in JSON and in flags.
func ExampleFault_MarshalText() {
	text, err := sandbox.Fault{Kind: sandbox.FaultOversize, Bytes: 4096}.MarshalText()
	fmt.Println(string(text), err)
	// Output:
	// oversize=4096 <nil>
}

func ExampleFault_UnmarshalText() {
	var f sandbox.Fault
	err := f.UnmarshalText([]byte("cut-off=3"))
	fmt.Println(f.Kind, f.Times, err)
	// Output:
	// cut-off 3 <nil>
}

func ExampleFaultKinds() {
	for _, k := range sandbox.FaultKinds() {
		fmt.Printf("%s=%s %t\n", k.Kind, k.Default, k.Forged)
	}
	// Output:
	// duplicate=2 false
	// reorder= false
	// late=48h0m0s false
	// contradict= false
	// old-key=1 false
	// wrong-key=1 true
	// wrong-amount=always false
	// wrong-route=always false
	// oversize=1048576 false
	// tampered=1 true
	// unsigned=1 true
	// truncated=1 true
	// slow-body=2s false
	// cut-off=1 false
	// hang-up=1 false
	// drop=always false
	// create-answer-lost=1 false
}

// Two projects of one Gateway, one with HMAC callbacks.
func ExampleKeys_Project() {
	keys := exampleKeys()
	project := keys.Project()
	project.CallbackSigner = keys.CallbackHMAC
	fmt.Println(project.ID, len(project.Keys), project.CallbackSigner == keys.CallbackHMAC)
	// Output:
	// demo 2 true
}

func ExampleGenerateKeys() {
	keys, err := sandbox.GenerateKeys("my-register")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(keys.RequestPublic.Name(), keys.RequestPrivate.Sandbox())
	_, err = sandbox.GenerateKeys("../etc")
	fmt.Println(err)
	// Output:
	// public_key_my-register true
	// sandbox: project id: not 1 to 128 letters, digits, '-', '_' and '.', the first not a '.'
}

func ExampleReadKeys() {
	_, err := sandbox.ReadKeys("no-such-directory", "demo")
	fmt.Println(err != nil)
	// Output:
	// true
}

func ExampleDelivery_OK() {
	fmt.Println(sandbox.Delivery{HTTPStatus: 204}.OK(), sandbox.Delivery{HTTPStatus: 302}.OK(), sandbox.Delivery{Err: sandbox.ErrDropped}.OK())
	// Output:
	// true false false
}

// Each mistake in a Config is one of these.
func ExampleConfigError() {
	keys := exampleKeys()
	_, err := sandbox.New(sandbox.Config{PublicURL: "http://127.0.0.1:8090", Projects: []sandbox.Project{keys.Project()}, Jitter: 3})
	var mistake *sandbox.ConfigError
	fmt.Println(errors.As(err, &mistake), mistake.Field, mistake.Error())
	// Output:
	// true Jitter sandbox: Config.Jitter: not between 0 and 1
}
