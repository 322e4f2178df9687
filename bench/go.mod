// This module is not part of the workspace, so that the peers that are measured
// raise nobody else's versions.
module github.com/go-highhelp/highhelp/bench

go 1.26.0

require (
	github.com/go-highhelp/highhelp v0.0.0
	github.com/go-json-experiment/json v1.27.2
	github.com/go-playground/webhooks/v6 v6.4.0
	github.com/standard-webhooks/standard-webhooks/libraries v0.0.1
	github.com/stretchr/testify v1.12.1
	github.com/stripe/stripe-go/v85 v85.0.0
	github.com/wechatpay-apiv3/wechatpay-go v0.2.21
	golang.org/x/sys v0.38.0
)

require (
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/sync v0.22.0 // indirect
)

replace github.com/go-highhelp/highhelp => ../
