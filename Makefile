.PHONY: test model format system

system:
	@if [ "$$(id -u)" = 0 ] && [ ! -e /usr/include/zlib.h ]; then apt-get update -qq && apt-get install -y -qq zlib1g-dev; fi

test: system model
	swift test -c release

# Every reader of outside bytes on damaged input; `make fuzz INPUTS=1000` for fewer.
.PHONY: fuzz
INPUTS ?= 100000
fuzz: system
	Scripts/fuzz $(INPUTS)

model:
	Tools/fetch-model

format:
	swift format -i -r Sources Tests Package.swift
