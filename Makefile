.PHONY: test model format system

system:
	@if [ "$$(id -u)" = 0 ] && [ ! -e /usr/include/zlib.h ]; then apt-get update -qq && apt-get install -y -qq zlib1g-dev; fi

test: system model
	swift test -c release

model:
	Tools/fetch-model

format:
	swift format -i -r Sources Tests Package.swift
