# Millrace. `make` prints the targets.
GO       ?= go
FUZZTIME ?= 20s
SEEDS    ?= 3
LAWTIME  ?= 2m
TESTLAWS ?= 3s
MODULE   := github.com/millrace-dev/millrace
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null)
LDFLAGS  := -s -w -X main.version=$(VERSION)
PROTOBIN := $(CURDIR)/bin/tools

# Everything but the race detector is plain Go: no C compiler is needed.
export CGO_ENABLED = 0

.DEFAULT_GOAL := help
.PHONY: help build demo test race lint fmt generate check bench fuzz laws laws-duckdb clean

help: ## print these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## bin/millrace and bin/plugins/millrace-connector-*
	$(GO) build -ldflags '$(LDFLAGS)' -o bin/millrace ./host/cmd/millrace
	@for main in $$($(GO) list -f '{{if eq .Name "main"}}{{.ImportPath}}{{end}}' ./connectors/...); do \
		name=$${main#$(MODULE)/connectors/}; name=$${name%%/*}; \
		echo "$(GO) build -o bin/plugins/millrace-connector-$$name"; \
		$(GO) build -ldflags '-s -w' -o bin/plugins/millrace-connector-$$name $$main || exit 1; \
	done

demo: build ## the reference workload at scale 0.01: generate, run, query, change
	@./examples/scaling-ecommerce/demo.sh

test: build ## build, vet, and every test; random queries for TESTLAWS
	$(GO) vet ./...
	$(GO) test -timeout 9m ./...
	$(GO) test -count 1 -timeout 10m -run TestLawQueries ./operators/script/law -laws.time $(TESTLAWS) -laws.seed 1000000

race: ## every test under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -timeout 30m ./...

lint: ## golangci-lint with .golangci.yml
	$(GO) run $(GOLANGCI) run ./...

fmt: ## gofumpt, and imports in order
	$(GO) run $(GOLANGCI) fmt ./...

generate: ## protobuf and other generated code
	$(GO) build -o $(PROTOBIN)/ google.golang.org/protobuf/cmd/protoc-gen-go google.golang.org/grpc/cmd/protoc-gen-go-grpc
	PATH="$(PROTOBIN):$$PATH" $(GO) generate ./...

check: generate fmt lint test ## what must hold before a push
	git diff --exit-code

bench: ## every benchmark, once
	$(GO) test -run '^$$' -bench . -benchtime 1s ./...

fuzz: ## every fuzz target for FUZZTIME
	@grep -rl --include='*_test.go' '^func Fuzz' . | while read -r file; do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$$file"); do \
			$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "./$$(dirname "$$file")" || exit 1; \
		done; \
	done

laws: ## random queries against SQLite for LAWTIME, then all other laws SEEDS times
	$(GO) test -count 1 -timeout 0 -run Law ./operators/script/law -laws.time $(LAWTIME)
	$(GO) test -count $(SEEDS) -run Law ./operators/... ./sdk/... ./connectors/... ./plugins/... ./host/pipeline

laws-duckdb: ## random queries against DuckDB for LAWTIME (needs a C compiler)
	cd operators/script/law/bench && CGO_ENABLED=1 $(GO) run . -time $(LAWTIME)

clean: ## remove what the targets above made
	rm -rf bin
