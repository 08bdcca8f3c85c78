# The commands of the project. Needed beforehand: Rust (rustup), Python 3 and Node 20 or later. Everything else goes into
# .tools/, which the targets fill as they need it. Where there is Go 1.24 or later, the tests run Go clients as well.

MAKEFLAGS += --no-print-directory --no-builtin-rules
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .tools/venv
SAM := .tools/sam
CHECKOV := .tools/checkov
CONTRACT := .tools/contract
OPINION := .tools/second-opinion
DENY := .tools/cargo/cargo-deny@0.20.2
MACHETE := .tools/cargo/cargo-machete@0.9.2
FUZZ := .tools/cargo/cargo-fuzz@0.13.2
DAX_GO := .tools/dax-go
CLIENTS := $(VENV)/.clients tests/clients/node_modules/.package-lock.json $(if $(shell command -v go),$(DAX_GO))
ARM64 := aarch64-unknown-linux-gnu
VARIANT := template.client-keys.yaml
TO := dev
DYNAMODB_PORT := 8000
DAX_PORT := 8111
EVENTS_PORT := 8200
LAMBDA_VARIABLES = AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:$(DYNAMODB_PORT) AWS_REGION=us-east-1 \
    AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local CORE_TABLE=pennon-core \
    AWS_ENDPOINT_URL_EVENTBRIDGE=http://127.0.0.1:$(EVENTS_PORT) \
    $(if $(DAX),DAX_ENDPOINT=dax://127.0.0.1:$(DAX_PORT))
# Spans of requests: docs/TRACING.md.
OTEL_FEATURE := $(if $(OTEL),--features pennon-http/otel)
# The stable compiler takes the options of the sanitizers if it is told that it may.
FUZZ_SECONDS := 10
FUZZING := RUSTC_BOOTSTRAP=1 cargo fuzz
DEBUG := $(or $(CARGO_TARGET_DIR),target)/debug
RELEASE := $(or $(CARGO_TARGET_DIR),target)/release
export PATH := $(CURDIR)/$(VENV)/bin:$(CURDIR)/.tools/cargo/bin:$(PATH)
export SAM_CLI_TELEMETRY := 0

help: ## Say what can be made
	@grep -hE '^[a-z-]+:.* ## ' $(MAKEFILE_LIST) | sed -E 's/:.* ## /\t/' | expand -t 22

run: ## Serve on one local port: make run [FLAGS=flags.json] [PORT=9000] [BUCKETING=v3] [DATA_DIR=dir] [DAX=1]
	@cargo build --workspace --bin pennon-local
	@exec $(DEBUG)/pennon-local # make hands the variables of its command line on

test: $(CLIENTS) ## Run every test
	@cargo build --workspace --bin pennon-local
	@cargo test --workspace
	@cargo test -p pennon-telemetry -p pennon-http -p pennon-spans --features otel

check: lint audit template fuzz-smoke ## Whatever else must hold before a change is merged

lint: $(VENV)/.checks $(MACHETE) ## Formatting, clippy, documentation, spelling, unused dependencies, events, workflows
	@cargo fmt --all --check
	@cargo fmt --manifest-path fuzz/Cargo.toml --check
	@cargo clippy --workspace --all-targets -- -D warnings
	@cargo clippy --package lambda-harness --test functions -- -D warnings # which no other command builds
	@cargo clippy -p pennon-telemetry -p pennon-http -p pennon-spans --features otel --all-targets -- -D warnings
	@RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items
	@typos
	@cargo machete --with-metadata
	@python3 events/make.py --check
	@check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml

audit: $(DENY) ## Licences, sources and bans of the dependencies
	@cargo deny --exclude-dev check bans licenses # tests may use what is never deployed
	@cargo deny check sources

advisories: $(DENY) ## Known vulnerabilities of the dependencies
	@cargo deny check advisories || { echo "Not clear, or github.com/rustsec/advisory-db is out of reach." >&2; exit 1; }

template: $(SAM)/.sam $(CHECKOV)/.checkov ## Lint template.yaml and infra/, and test what they deploy
	@$(SAM)/bin/sam validate --lint --region us-east-1
	@$(SAM)/bin/cfn-lint --regions us-east-1 -- template.yaml infra/*.yaml
	@$(SAM)/bin/cfn-lint --regions eu-north-1 -- template.yaml $(filter-out infra/dax.yaml,$(wildcard infra/*.yaml)) # has no DAX
	@$(CHECKOV)/bin/checkov --config-file tools/checkov.yaml
	@$(SAM)/bin/python -m unittest discover --start-directory tests/template

build: $(VENV)/.lambda ## Build the functions for AWS: make build [OTEL=1], target/lambda/<function>/bootstrap, arm64
	@rustup target list --installed | grep -q '^$(ARM64)$$' || \
	    { echo "The compiler cannot build for arm64 yet: rustup target add $(ARM64)" >&2; exit 1; }
	@cargo lambda build --release --arm64 $(OTEL_FEATURE)
	@python3 tools/artifacts.py

functions: ## Build the functions for this machine: make functions [OTEL=1], target/release/<function>
	@cargo build --release --bins $(OTEL_FEATURE)

deploy: $(SAM)/.sam ## Deploy what samconfig.toml says to AWS: make deploy [TO=prod] [CLIENT_KEYS=1]
	@! grep -n 'id\.example\.com' samconfig.toml || { echo "Say in samconfig.toml who issues your access tokens." >&2; exit 1; }
	@$(MAKE) build
	@$(if $(CLIENT_KEYS),python3 tools/client_keys.py < template.yaml > $(VARIANT))
	@$(SAM)/bin/sam deploy --config-env $(TO) $(if $(CI),--no-confirm-changeset) --template-file $(or $(if $(CLIENT_KEYS),$(VARIANT)),template.yaml) \
	    --parameter-overrides $$($(SAM)/bin/python tools/release.py $(TO))

account: $(SAM)/.sam ## Let API Gateway write logs, once per AWS account and Region
	@$(SAM)/bin/sam deploy --stack-name pennon-account --template-file infra/account.yaml --capabilities CAPABILITY_IAM \
	    --no-fail-on-empty-changeset

watch: $(VENV)/.lambda ## Serve by the real binaries, built again on change: make watch [PORT=9000] [FLAGS=flags.json] [DAX=1]
	@cargo build --workspace --bin pennon-local
	@PORT=0 DYNAMODB_PORT=$(DYNAMODB_PORT) DAX_PORT=$(DAX_PORT) EVENTS_PORT=$(EVENTS_PORT) $(DEBUG)/pennon-local > /dev/null & trap "kill $$! 2> /dev/null || true" EXIT; \
	$(LAMBDA_VARIABLES) cargo lambda watch --invoke-address 127.0.0.1 --invoke-port $(or $(PORT),9000)

invoke: $(VENV)/.lambda ## Send an event to what `make watch` runs: make invoke F=evaluate-flag E=targeted-rest
	@cargo lambda invoke $(F) --invoke-address 127.0.0.1 --invoke-port $(or $(PORT),9000) --data-file events/$(F)/$(E).json

test-lambda: $(VENV)/.lambda ## Test the real binaries under cargo lambda watch
	@cargo build --workspace --bin pennon-local
	@cargo build --bins
	@python3 tests/lambda/smoke.py

test-harness: functions ## Test the release binaries as Lambda runs them: make test-harness [ONLY=gateway]
	@cargo test --package lambda-harness --test functions -- $(ONLY)

report: functions ## Print Lambda's REPORT lines for an event: make report F=evaluate-flag E=targeted-rest [N=10]
	@cargo run --quiet --package lambda-harness --example report -- $(F) $(E) $(N)

test-contract: $(CONTRACT)/.contract ## Test a running server against docs/openapi.json: make test-contract [ONLY=put-flag]
	@cargo build --workspace --bin pennon-local
	@PATH="$(CURDIR)/$(CONTRACT)/bin:$(PATH)" python3 tests/contract/run.py $(addprefix --include-operation-id=,$(ONLY))

test-second-opinion: $(OPINION)/.opinion ## Test the store against another DynamoDB: make test-second-opinion [ONLY=contention]
	@$(OPINION)/bin/python tests/second-opinion/run.py $(ONLY)

test-deploy: functions $(SAM)/.sam $(OPINION)/.opinion $(VENV)/.clients ## Deploy template.yaml on this machine, and test it: make test-deploy [ONLY=story]
	@$(OPINION)/bin/python tests/deploy/run.py $(ONLY)

deploy-local: functions $(SAM)/.sam $(OPINION)/.opinion ## Deploy template.yaml on this machine, to look around
	@$(OPINION)/bin/python tests/deploy/run.py serve

fuzz-smoke: $(FUZZ) ## Fuzz each target for a while: make fuzz-smoke [FUZZ_SECONDS=10]
	@$(FUZZING) build
	@for target in $$($(FUZZING) list); do \
	    echo "  Fuzzing $$target for $(FUZZ_SECONDS) s"; \
	    mkdir -p fuzz/artifacts fuzz/corpus/$$target fuzz/seeds/$$target; \
	    $(FUZZING) run $$target fuzz/corpus/$$target fuzz/seeds/$$target -- -max_total_time=$(FUZZ_SECONDS) -timeout=5 \
	        -rss_limit_mb=1024 -dict=fuzz/json.dict -verbosity=0 -print_final_stats=1 > fuzz/artifacts/$$target.log 2>&1 || \
	        { tail -n 60 fuzz/artifacts/$$target.log; exit 1; }; \
	    grep -E 'executed_units|slowest_unit' fuzz/artifacts/$$target.log; \
	done

fmt: ## Format the sources
	@cargo fmt --all
	@cargo fmt --manifest-path fuzz/Cargo.toml

bench: $(CLIENTS) functions ## Run the benchmarks
	@cargo bench --package pennon-bench --benches

bench-dax: $(CLIENTS) ## Compare the official DAX clients with ours
	@cargo bench --package pennon-bench --bench dax

load: functions ## A realistic load, every answer checked: make load [TARGET=local|harness|both] [SECONDS=30] [RATE=2000] [CONNECTIONS=32] [SEED=1]
	@cargo build --release --package pennon-local --package pennon-load
	@$(RELEASE)/load # make hands the variables of its command line on

chaos: functions ## The same while what Pennon depends on is broken: make chaos [SECONDS=200] [SEED=1] [SABOTAGE=value]
	@cargo build --release --package pennon-load
	@$(RELEASE)/chaos

# By programs that `make test` builds as well: a release build of these would take minutes.
chaos-smoke: functions ## A short run of both, and proof that chaos can fail
	@cargo build --workspace --bin pennon-local --bin load --bin chaos
	@TARGET=both SECONDS=6 RATE=200 OUTPUT=target/chaos-smoke $(DEBUG)/load
	@SECONDS=45 OUTPUT=target/chaos-smoke $(DEBUG)/chaos
	@code=0; SECONDS=8 SABOTAGE=value OUTPUT=target/chaos-smoke/sabotage $(DEBUG)/chaos > /dev/null || code=$$?; \
	    [ $$code = 1 ] || { echo "A proxy that lies was not noticed." >&2; exit 1; }

clean: ## Remove what was built; .tools/ stays
	@cargo clean
	@rm -rf fuzz/target fuzz/corpus fuzz/artifacts

tools: $(CLIENTS) $(VENV)/.lambda $(VENV)/.checks $(SAM)/.sam $(CHECKOV)/.checkov $(CONTRACT)/.contract $(OPINION)/.opinion $(DENY) $(MACHETE) $(FUZZ) ## Install every tool at once
	@echo "Everything is in .tools/"

$(VENV)/bin/python $(SAM)/bin/python $(CHECKOV)/bin/python $(CONTRACT)/bin/python $(OPINION)/bin/python:
	@python3 -m venv $(@:/bin/python=)

$(VENV)/.clients: tests/clients/requirements.txt | $(VENV)/bin/python
	$(pip-install)
$(VENV)/.lambda $(VENV)/.checks: $(VENV)/.%: tools/%.txt | $(VENV)/bin/python
	$(pip-install)
$(SAM)/.sam: tools/sam.txt | $(SAM)/bin/python
	$(pip-install)
$(CHECKOV)/.checkov: tools/checkov.txt | $(CHECKOV)/bin/python
	$(pip-install)
$(CONTRACT)/.contract: tests/contract/requirements.txt | $(CONTRACT)/bin/python
	$(pip-install)
$(OPINION)/.opinion: tests/second-opinion/requirements.txt | $(OPINION)/bin/python
	$(pip-install)

define pip-install
@echo "  Installing $<"
@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
@touch $@
endef

tests/clients/node_modules/.package-lock.json: tests/clients/package-lock.json
	@echo "  Installing $<"
	@cd tests/clients && npm ci --silent
	@touch $@

$(DAX_GO): $(wildcard tests/clients/dax/go/*)
	@echo "  Building $(<D)"
	@mkdir -p $(@D)
	@go build -C $(<D) -mod=readonly -o $(CURDIR)/$@

# What they do takes seconds without optimization too, and building them a fraction of the time. For machete it is the other way round.
$(DENY) $(FUZZ): UNOPTIMIZED := --debug
.tools/cargo/cargo-%:
	@echo "  Installing $(@F), once"
	@CARGO_PROFILE_DEV_DEBUG=0 cargo install --locked $(UNOPTIMIZED) --root .tools/cargo $(@F)
	@touch $@

.PHONY: help run test check build functions deploy deploy-local account watch invoke test-lambda test-contract test-second-opinion test-deploy test-harness report lint audit advisories template fmt bench bench-dax clean tools fuzz-smoke load chaos chaos-smoke
