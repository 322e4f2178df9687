.PHONY: bench kill bench-stores load test explore lint arrows spell cover mutate ci demo fuzz screenshots tidy tidy-check api release-check licenses vuln

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

# Documents, comments and messages, in American English.
spell:
	@./.ci/spell

# Statements that the tests run, by package, against the floors.
cover:
	@./.ci/coverage

# Breaks the code in one small way after the other and looks whether a test
# notices, TARGETS of tools/mutate, by default all: make mutate TARGETS=tables.
TARGETS ?= all
mutate:
	@./.ci/mutate $(TARGETS)

# Each fuzz target for TIME, such as make fuzz TIME=10m.
TIME ?= 1m
fuzz:
	@./.ci/fuzz $(TIME)

# Pictures of the demo as a browser shows it, for the README, and one of each
# state of the widget in each mode, in e2e/artifacts/widget.
screenshots:
	HIGHHELP_TEST_REQUIRE=all go test ./e2e -count=1 -timeout 20m -run '^TestWidget'
	HIGHHELP_TEST_REQUIRE=all HIGHHELP_SCREENSHOTS=$(CURDIR)/docs/images go test ./e2e -count=1 -run 'InABrowser|WithoutScripts'

# go.mod and go.sum of all modules.
tidy:
	@./.ci/tidy -write

tidy-check:
	@./.ci/tidy

# The exported API beside its listings and the last tag; after a change that is
# meant: .ci/apidiff -write.
api:
	@./.ci/apidiff

# The modules as a stranger will get them.
release-check:
	@./.ci/release check

# What is built from modules of others, beside THIRD-PARTY.md.
licenses:
	@./.ci/licenses

vuln:
	@./.ci/vuln
