.PHONY: bench kill bench-stores load test explore lint arrows ci demo fuzz screenshots tidy

# All tests of the workspace, with the race detector.
test:
	@./.ci/test

# What must pass before a change lands.
ci:
	@./.ci/run

# Searches that are exhaustive and of one thread: the race detector would only
# slow them down.
explore:
	go test -count=1 -run 'Interleaving' .

# Kills shops and cuts their connections, ROUNDS times each.
ROUNDS ?= 1000
kill:
	HIGHHELP_KILL_ROUNDS=$(ROUNDS) HIGHHELP_TEST_REQUIRE=all go test ./e2e -count=1 -v -timeout 3h -run '^(TestKill|TestManyShops|TestCutConnections)$$'

# Callbacks per second on each store, beside a program by hand.
bench-stores:
	GOWORK=off go run -C bench/stores .

# Callbacks at the highest rate that the machine holds, for TIME, with a
# shutdown in the midst of them; make load TIME=10m LOAD="-store postgres".
load:
	GOWORK=off go run -C bench/stores ./load -time $(TIME) $(LOAD)

# Verification, signing and parsing beside other libraries.
bench:
	GOWORK=off go run -C bench .

demo:
	go run ./demo

# Linters are pinned in tools/, which is no part of the workspace.
bin/golangci-lint: tools/go.mod tools/go.sum
	GOWORK=off go -C tools build -o ../bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint

lint: bin/golangci-lint
	@for module in $$(go list -f '{{.Dir}}' -m); do (cd $$module && $(CURDIR)/bin/golangci-lint run ./...) || exit 1; done

arrows:
	@./.ci/arrows

# Each fuzz target for TIME, such as make fuzz TIME=10m.
TIME ?= 1m
fuzz:
	@./.ci/fuzz $(TIME)

# Pictures of the demo as a browser shows it, for the README, and one of each
# state of the widget in each mode, in e2e/artifacts/widget.
screenshots:
	HIGHHELP_TEST_REQUIRE=all go test ./e2e -count=1 -timeout 20m -run '^TestWidget'
	HIGHHELP_TEST_REQUIRE=all HIGHHELP_SCREENSHOTS=$(CURDIR)/docs/images go test ./e2e -count=1 -run 'InABrowser|WithoutScripts'

tidy:
	@for module in $$(go list -f '{{.Dir}}' -m) $(CURDIR)/tools; do (cd $$module && GOWORK=off go mod tidy) || exit 1; done
