# The front door. `make demo` and `make test` need nothing before them.
.PHONY: demo test bench compare format docs check fuzz examples model system

demo: system
	swift run -c release needletail demo

test: system model
	NEEDLETAIL_PYTHON=$$(Tools/python-with Tools/test-requirements.txt) swift test -c release

bench: system model
	swift build -c release --product needletail
	python=$$(Tools/python-with Benchmarks/peers/requirements.txt) && \
	  $$python Benchmarks/peers/encode.py > .build/encode.json && $$python Benchmarks/start.py > .build/start.json && \
	  $$python Benchmarks/tokenizers/compare.py > .build/tokenizers.json

# Our tokenizers against the reference libraries; `make compare STRINGS=5000` for fewer generated texts each.
STRINGS ?= 100000
compare: system model
	swift build -c release --product needletail
	python=$$(Tools/python-with Tools/test-requirements.txt) && \
	  $$python Tools/reference/tokenizer_compare.py .build/release/needletail --strings $(STRINGS)

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

format:
	swift format -i -r Sources Tests Examples Snippets Package.swift

model:
	Tools/fetch-model

system:
	@Scripts/system-packages
