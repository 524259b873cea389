# LinkLog's tasks. Works with GNU make 3.81 (macOS) and any POSIX shell.
# Every recipe calls Go through scripts/go, which finds a Go that is new enough for go.mod, also right after `scripts/setup` fetched one.

GO        := scripts/go
PKG       ?= ./...
RUN       ?=
COUNT     ?=
BENCH     ?= .
BENCHTIME ?= 1s
FUZZTIME  ?= 60s
SOAK      ?= 1h
KILLS     ?= 200
CORPUS    ?=
ARGS      ?=

# The one place for build tags is scripts/tags: gosnmp_nodebug takes 39 of gosnmp's 52 allocations out of every decode; no_emoji leaves out
# Fyne's font of emoji, of which every style of text keeps a copy in memory. The system's fonts draw those in names.
# GOFLAGS carries them, so that build, test, vet, bench and staticcheck all see the same program.
TAGS           := $(shell cat scripts/tags)
export GOFLAGS := $(strip $(filter-out -tags=%,$(GOFLAGS)) -tags=$(TAGS))

# git describe says the version, so Go need not ask git too; it would fail where the checkout belongs to another user (sudo, containers).
VERSION = $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
RELEASE = -buildvcs=false -trimpath -ldflags '-X main.version=$(VERSION)'

# The app (the package at the root and app/...) draws with OpenGL and needs cgo; everything else is pure Go and is built, vetted and
# tested without it, for every platform. With the tag ci Fyne draws in memory, so that the app's packages, too, are vetted and tested
# without cgo; only app/e2e builds and runs the real program.
# The shell asks for the lists, not make: make would do it before scripts/setup has run.
PURE      = $$($(GO) list ./... | grep -vxE 'linklog(/app(/.*)?)?')
APP       = $$($(GO) list -tags ci ./app/... | grep -vE '^linklog/app/e2e')
WITHCI    = -tags=$(TAGS),ci
OSES      = linux windows darwin
PLATFORMS = $(foreach os,$(OSES),$(os)/amd64 $(os)/arm64)

# What a run without cgo covers: PKG, or by default all of PURE.
PUREPKG   = $(if $(filter ./...,$(PKG)),$(PURE),$(PKG))
TESTPKG   = $(if $(filter ./...,$(PKG)),$(PURE) $(APP),$(PKG))
# A package may take longer than Go's ten minutes where the computer is slow: cmd/linklog takes five on two idle cores.
TESTFLAGS = -timeout 20m $(if $(RUN),-run '$(RUN)') $(if $(COUNT),-count=$(COUNT))

.DEFAULT_GOAL := help
.PHONY: help run build app test e2e screenshots check format vet staticcheck modules shell workflows notices notices-check cross fuzz bench bench-peers bench-growth bench-app bench-evening soak dist test-packages clean

help: ## list the targets
	@echo 'make TARGET, with TARGET one of:'
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' Makefile
	@echo 'Choices: PKG=./capture RUN=TestX COUNT=1 (test), BENCH=Decode BENCHTIME=3s (bench), FUZZTIME=60s (fuzz), SOAK=1h KILLS=200 CORPUS=folder (soak), ARGS="--no-dns" (run)'

# With a display the app is started, and without one the command, for which scripts/where picks the ports, says what to type into the
# router, and prints the ports. ARGS come last so that they can overrule it.
run: ## install what is missing, build, start
	@scripts/setup run
	@$(MAKE) --no-print-directory build
	@if scripts/setup has-display; then $(MAKE) --no-print-directory app && exec bin/linklog-app $(ARGS); fi; \
	 ports=$$($(GO) run ./scripts/where bin/linklog) && exec bin/linklog --port "$$ports" $(ARGS)

build: ## build bin/linklog, the command and service
	CGO_ENABLED=0 $(GO) build $(RELEASE) -o bin/ ./cmd/linklog

app: ## build bin/linklog-app, the tray app (the first time takes 5 to 10 minutes)
	@scripts/setup app
	CGO_ENABLED=1 $(GO) build -buildmode=pie $(RELEASE) -o bin/linklog-app .

# Twice, because the two runs see different things. The first is the program as it ships, without cgo and without instrumentation: here
# allocations, timings and full-size bursts mean something. The second looks for data races in the same tests; -short tells those that
# count or time to skip or shrink, as the race detector makes them 5 to 20 times slower and allocates on its own.
test: ## run all tests (installs what they need)
	@scripts/setup test
	@echo '== tests'
	@CGO_ENABLED=0 $(GO) test $(WITHCI) $(TESTFLAGS) $(TESTPKG)
	@echo '== tests with the race detector'
	@CGO_ENABLED=1 $(GO) test $(WITHCI) -race -short $(TESTFLAGS) $(TESTPKG)
	@if test '$(PKG)' = ./...; then $(MAKE) --no-print-directory e2e; fi

screenshots: app build ## take the pictures of README and AppStream
	@scripts/setup screenshots
	scripts/screenshots

e2e: ## run the app in a real window (Xvfb), with tray and notifications
	@scripts/setup e2e
	@echo '== the app, end to end'
	@$(GO) test -count=1 $(TESTFLAGS) ./app/e2e

check: ## everything else a change must pass: format, vet, staticcheck, modules, cross builds
	@scripts/setup check
	@$(MAKE) --no-print-directory -k format vet staticcheck modules shell workflows notices-check cross
	@echo 'check: all good'

format:
	@echo '== gofmt'
	@list=$$("$$($(GO) env GOROOT)/bin/gofmt" -l .) && { test -z "$$list" || { echo "not formatted (gofmt -w does it):"; echo "$$list"; exit 1; }; }

vet:
	@all="$(PURE) $(APP)" && for os in $(OSES); do echo "== go vet, $$os"; CGO_ENABLED=0 GOOS=$$os $(GO) vet $(WITHCI) $$all || exit 1; done
	@CGO_ENABLED=0 $(GO) vet $(WITHCI) . $$($(GO) list -tags ci ./app/... | grep '^linklog/app/e2e')

# Built for this computer first: GOOS is meant for the code it looks at, not for the tool.
staticcheck:
	@$(GO) build -o bin/tools/ honnef.co/go/tools/cmd/staticcheck
	@all="$(PURE) $(APP)" && for os in $(OSES); do echo "== staticcheck, $$os"; CGO_ENABLED=0 GOOS=$$os $(GO) -x bin/tools/staticcheck -tags=$(TAGS),ci $$all || exit 1; done

# tidy needs the network for modules nobody has used here yet; without it that is said, not failed.
modules:
	@echo '== modules'
	@out=$$($(GO) mod tidy -diff 2>&1) || case $$out in \
	  *'diff current/'*) echo "$$out"; echo 'go.mod or go.sum is not tidy: run go mod tidy'; exit 1 ;; \
	  *) echo "$$out"; echo 'go mod tidy could not look (no network?): not checked' ;; esac
	@$(GO) mod verify

shell:
	@echo '== shellcheck'
	@if command -v shellcheck >/dev/null; then shellcheck scripts/go scripts/setup scripts/fuzz scripts/screenshots scripts/bench-app scripts/dist/build scripts/dist/version $$(find packaging bench proof -name '*.sh') packaging/test packaging/linux/p[or]* packaging/macos/p* packaging/windows/sign service/install/testdata/wine/setup.sh .ci/run; else echo 'shellcheck is not installed: not checked'; fi

# Not in go.mod, whose modules are what LinkLog is made of. Without the network that is said, not failed.
workflows:
	@echo '== actionlint'
	@test -x bin/tools/actionlint || GOFLAGS= GOBIN=$(CURDIR)/bin/tools $(GO) install github.com/rhysd/actionlint/cmd/actionlint@v1.7.9 || \
	  { echo 'actionlint cannot be installed (no network?): not checked'; exit 0; }; bin/tools/actionlint

notices: ## write THIRD_PARTY_NOTICES.md, the licences of what is linked in
	CGO_ENABLED=0 $(GO) run ./scripts/notices ./cmd/linklog . > notices.tmp && mv notices.tmp THIRD_PARTY_NOTICES.md

notices-check:
	@echo '== third-party notices'
	@mkdir -p bin && CGO_ENABLED=0 $(GO) run ./scripts/notices ./cmd/linklog . > bin/notices && cmp -s bin/notices THIRD_PARTY_NOTICES.md || { \
	  echo 'THIRD_PARTY_NOTICES.md is not up to date: run make notices'; exit 1; }

# Static, so that one file runs on every Linux: nothing in it may ask for a dynamic loader (program header INTERP).
cross: ## build bin/cross/linklog for every platform
	@for p in $(PLATFORMS); do \
	  os=$${p%/*} arch=$${p#*/} exe=; test $$os != windows || exe=.exe; \
	  echo "== build, $$p"; \
	  CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch $(GO) build $(RELEASE) -o bin/cross/linklog-$$os-$$arch$$exe ./cmd/linklog || exit 1; \
	done
	@command -v readelf >/dev/null || { echo 'readelf is not installed: not checked that the Linux binaries are static'; exit 0; }; \
	for f in bin/cross/linklog-linux-amd64 bin/cross/linklog-linux-arm64; do \
	  headers=$$(LC_ALL=C readelf -lW $$f) || exit 1; \
	  case $$headers in *INTERP*) echo "$$f is not static"; exit 1 ;; esac; \
	done

fuzz: ## run every fuzz target for FUZZTIME
	@scripts/setup run
	@FUZZTIME=$(FUZZTIME) scripts/fuzz $(PKG)

bench: ## run the benchmarks
	@scripts/setup bench
	CGO_ENABLED=0 $(GO) test -run '^$$' -bench '$(BENCH)' -benchtime $(BENCHTIME) $(if $(COUNT),-count=$(COUNT)) -benchmem $(PUREPKG)

# Two cores are busy with it: what is lost then, if anything, is counted.
soak: ## the long proofs: mutated traps for SOAK at 20,000/s, the service, a follower and the app killed KILLS times (2 hours)
	@scripts/setup e2e
	LINKLOG_SOAK=$(SOAK) LINKLOG_CORPUS=$(CORPUS) CGO_ENABLED=0 $(GO) test -count=1 -timeout 6h -v ./proof/attack
	LINKLOG_SOAK=1 CGO_ENABLED=0 $(GO) test -count=1 -timeout 1h -v ./proof/faults
	LINKLOG_SOAK=kills=$(KILLS) CGO_ENABLED=0 $(GO) test -count=1 -timeout 1h -v -run 'TestBothSidesKilled|TestAlertsKilled' ./cmd/linklog
	LINKLOG_SOAK=kills=$(KILLS) $(GO) test -count=1 -timeout 2h -v -run 'TestKilled$$' ./app/e2e

dist: ## build all packages, installers and archives into dist/ (the first time takes 15 minutes)
	@scripts/setup dist
	scripts/dist/build

# The slow part, Windows, last. Each prints a line for every promise, and SKIP with the reason where this computer cannot try.
test-packages: ## install, upgrade and remove the packages: in a fresh Debian, and under wine
	@scripts/setup packages
	@packaging/test

bench-app: app build ## measure what the app costs, beside an empty window and Fyne's table
	@scripts/setup e2e
	@scripts/bench-app

bench-evening: app build ## half an hour of a busy evening: what the app costs, visible and hidden, every ten seconds
	@scripts/setup e2e
	@scripts/bench-evening $(ARGS)

bench-peers: ## measure a trap, a line of syslog and a flow beside others who receive them (45 minutes; as root it also installs those)
	@scripts/setup peers
	@bench/peers.sh $(ARGS)

bench-growth: ## measure histories of 100,000 to 10,000,000 rows (10 minutes)
	@scripts/setup bench
	@bench/growth.sh $(ARGS)

clean: ## remove what was built here; Go's caches stay
	rm -rf bin dist notices.tmp
