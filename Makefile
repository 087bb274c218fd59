# The front door. `make demo` and `make test` need nothing before them.
.PHONY: demo test bench bench-peers bench-index compare format docs check fuzz examples model seeded-models \
  merge-interop exchange-interop server-clients system

demo: system
	swift run -c release needletail demo

test: system model
	Scripts/test

bench: system model
	swift build -c release --product needletail
	python=$$(Tools/python-with Benchmarks/peers/requirements.txt) && \
	  $$python Benchmarks/peers/encode.py --precisions f32 --kinds sentences,passages > .build/encode.json && \
	  $$python Benchmarks/start.py > .build/start.json && \
	  $$python Benchmarks/tokenizers/compare.py > .build/tokenizers.json

# Ours in every precision against every peer: `make bench-peers MODELS=minilm THREADS=4 ARGUMENTS='--limit 500'`.
# llama.cpp is built from source; where that does not work the others are measured.
MODELS ?= minilm,random-6x384,random-12x768
THREADS ?= 1,4
ARGUMENTS ?=
bench-peers: system model
	swift build -c release --product needletail
	python=$$(Tools/python-with Benchmarks/peers/llama-requirements.txt || \
	  Tools/python-with Benchmarks/peers/requirements.txt) && \
	  $$python Benchmarks/peers/encode.py --models $(MODELS) --threads $(THREADS) $(ARGUMENTS) > .build/peers.json

# Our graph index against other engines: `make bench-index SETS=clustered-1m ENGINES=all`. Vectors are made once.
# PARTS: compare (recall and speed), filters, streaming; ARGUMENTS are those of compare.py.
SETS ?= minilm-300k
ENGINES ?= needletail,usearch f32,usearch bf16,usearch i8,hnswlib,faiss hnsw,faiss hnsw sq8
PARTS ?= compare filters streaming
bench-index: system model
	swift build -c release --product needletail
	python=$$(Tools/python-with Benchmarks/index/requirements.txt) && \
	  $$python Benchmarks/index/data.py $(SETS) && \
	  for part in $(PARTS); do \
	    case $$part in \
	      compare) $$python Benchmarks/index/compare.py $(SETS) --engines "$(ENGINES)" --output .build/bench-index \
	        $(ARGUMENTS) ;; \
	      *) $$python Benchmarks/index/$$part.py $(SETS) --output .build/bench-index ;; \
	    esac > .build/bench-index-$$part.json || exit; \
	  done

# Our tokenizers against the reference libraries; `make compare STRINGS=5000` for fewer generated texts each.
STRINGS ?= 100000
compare: system model
	swift build -c release --product needletail
	python=$$(Tools/python-with Tools/test-requirements.txt) && \
	  $$python Tools/reference/tokenizer_compare.py .build/release/needletail --strings $(STRINGS)

# The server asked by the clients that others wrote, their answers against the library's vectors.
server-clients: system model
	swift build -c release --product needletail
	python=$$(Tools/python-with Tools/server-requirements.txt) && $$python Tests/server/run.py

examples:
	swift build --package-path Examples

check:
	Scripts/check
	Scripts/check --self-test

docs:
	Scripts/check --docs

# `make fuzz INPUTS=1000` for fewer inputs a reader.
INPUTS ?= 100000
fuzz: system
	Scripts/fuzz $(INPUTS)

# Models of every family with sizes drawn from a seed, against transformers; `make seeded-models SEED=7`.
SEED ?= 1
seeded-models: system
	rm -rf .build/seeded-models
	python=$$(Tools/python-with Tools/reference/requirements.txt) && \
	  $$python Tools/reference/seeded_models.py .build/seeded-models --seed $(SEED)
	NEEDLETAIL_MODEL_FIXTURES=$(CURDIR)/.build/seeded-models swift test -c release --filter GoldenStatesTests

# What `needletail models merge` writes, opened by sentence-transformers and transformers.
merge-interop: system
	swift build -c release --product needletail
	python=$$(Tools/python-with Tools/reference/requirements.txt) && \
	  $$python Tools/reference/merge_interop.py .build/release/needletail

# The documented ways from Parquet, and what collections write, with pyarrow, DuckDB, NumPy and BEIR's own loader.
exchange-interop: system
	swift build -c release --product needletail
	python=$$(Tools/python-with Tools/reference/exchange-requirements.txt) && \
	  $$python Tools/reference/exchange_interop.py .build/release/needletail

format:
	swift format -i -r Sources Tests Examples Snippets Package.swift

model:
	Tools/fetch-model

system:
	@Scripts/system-packages
