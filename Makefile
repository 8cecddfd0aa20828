# Harrier. `make help` lists what there is.
# Parameters: SEEDS (simulations a test runs), KILLS (random kills beyond one at each failpoint),
# PKG (packages to test or measure), RUN (tests to run), DEMO (more flags of the demo).

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS   += --no-print-directory

PKG   ?= ./...
RUN   ?= .
DEMO  ?=
DEPS  ?= all
CACHE := $(CURDIR)/.cache
TOOLS := $(CACHE)/bin
LINT  := $(TOOLS)/golangci-lint
VULN  := $(TOOLS)/govulncheck

# How much the randomised tests do; tests read it from the environment.
test:      SEEDS ?= 500
test:      KILLS ?= 0
test-full: SEEDS ?= 10000
test-full: KILLS ?= 200
trials:    SEEDS ?= 10000
trials:    KILLS ?= 200
test test-full trials: export HARRIER_SEEDS = $(SEEDS)
test test-full trials: export HARRIER_KILLS = $(KILLS)
test-full trials: export HARRIER_FULL = 1

# SQLite is C made into Go. Under the race detector it costs a third of the tests'
# time, and what it would find there is not ours: that one package is built without
# it, and without checks of its pointers. It holds no generic code, which other
# packages would come to share; a package that does must not be added.
RACE := -race '-gcflags=modernc.org/sqlite/lib=-race=false -d=checkptr=0'

# The linter's cache lives with the tools, so that `make clean-all` forgets it too.
export GOLANGCI_LINT_CACHE := $(CACHE)/golangci-lint

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

.PHONY: deps
deps: ## Install the Debian packages that are missing (for tests: a C compiler, a mail system); quick when none is
	@.ci/deps $(DEPS)

.PHONY: build
build: ## Build bin/harrier: one static binary, optimised by the profile of a server at work
	CGO_ENABLED=0 go build -trimpath -pgo=$(CURDIR)/cmd/harrier/harrier.pgo -o bin/harrier ./cmd/harrier

.PHONY: profile
profile: ## Measure anew where a server at work spends its time, for later builds (on an idle machine)
	CGO_ENABLED=0 go build -trimpath -tags profile -o bin/harrier ./cmd/harrier
	go test -c -o bin/bench.test ./bench
	cd bench && HARRIER_CPUPROFILE=$(CURDIR)/cmd/harrier/harrier.pgo ../bin/bench.test -test.run '^$$' -test.bench '^BenchmarkPeer$$' -test.benchtime 6000x
	rm -f bin/bench.test bin/harrier

.PHONY: demo
demo: DEPS := demo
demo: deps build ## Show Harrier at work against simulated vendors on this machine
	./bin/harrier demo $(DEMO)

.PHONY: test-quick
test-quick: ## Run the tests without the race detector and without long ones
	go test -short -timeout 5m -run '$(RUN)' $(PKG)

.PHONY: test
test: deps ## Run all tests with the race detector: 500 seeds, a kill at every failpoint (under 25 minutes)
	go test $(RACE) -timeout 24m -run '$(RUN)' $(PKG)

.PHONY: test-full
test-full: deps ## Run all tests at length: 10,000 seeds, 200 random kills, every fault everywhere
	go test -count=1 -timeout 45m -run '$(RUN)' $(PKG)

.PHONY: trials
trials: deps ## Run only the trials (simulation, kills, lying vendors), at length
	@.ci/trials

.PHONY: bench
bench: build ## Measure what is claimed and print it beside the claims (about 4 minutes, on an idle machine)
	@.ci/bench

.PHONY: bench-all
bench-all: ## Run the benchmarks of all packages, with allocations
	go test -run '^$$' -bench . -benchmem -timeout 20m $(PKG)

.PHONY: fuzz
fuzz: ## Run every fuzz target for a while (FUZZTIME=20s each)
	@.ci/fuzz

.PHONY: cover
cover: ## Run the tests with coverage into coverage.html
	go test -short -timeout 10m -coverprofile=coverage.out -coverpkg=./... $(PKG)
	go tool cover -func=coverage.out | tail -n 1
	go tool cover -html=coverage.out -o coverage.html

.PHONY: check
check: $(LINT) ## Check format, vet, lint, go fix, generated files and go.mod; no tests (under 2 minutes warm)
	@.ci/check $(LINT)

.PHONY: lint
lint: $(LINT) ## Run the linter only
	$(LINT) run $(PKG)

.PHONY: vuln
vuln: $(VULN) ## Look for known vulnerabilities in what the code calls (needs the network)
	$(VULN) ./...

.PHONY: generate
generate: ## Write the generated files again
	go generate ./...

.PHONY: fmt
fmt: ## Format the code and apply go fix
	gofmt -w $$(git ls-files -co --exclude-standard '*.go')
	go fix ./...

.PHONY: clean
clean: ## Remove what was built
	rm -rf bin dist coverage.out coverage.html

.PHONY: clean-all
clean-all: clean ## Remove the built tools and their caches too
	rm -rf $(CACHE)

# The tools are a module of their own, so that the product's go.mod stays the product's.
$(LINT): tools/go.mod tools/go.sum
	go build -C tools -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $@

$(VULN): tools/go.mod tools/go.sum
	go build -C tools -o $@ golang.org/x/vuln/cmd/govulncheck
	@touch $@
