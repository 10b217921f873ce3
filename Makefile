# seqae: `make denoise` builds and shows that it works; `make help` lists the rest.

SHELL := /bin/bash
SWIFT ?= swift
FORMATTED := Sources Benchmarks Tests Scripts Fuzz Package.swift

# SwiftPM keeps what Package.swift said by its text and the environment, not by the headers that it
# looks for. So what is found is put into the environment, when a recipe runs: after the packages.
FOUND = SEQAE_FOUND="$$(ls /usr/include/zlib.h /usr/include/sqlite3.h \
	/usr/include/postgresql/libpq-fe.h \
	/usr/include/oneapi/dnnl/dnnl.h 2>/dev/null)"

# Each with a header that shows whether it is there.
REQUIRED := libicu-dev:/usr/include/unicode/ubrk.h libutf8proc-dev:/usr/include/utf8proc.h
OPTIONAL := zlib1g-dev:/usr/include/zlib.h libsqlite3-dev:/usr/include/sqlite3.h \
	libpq-dev:/usr/include/postgresql/libpq-fe.h unicode-data:/usr/share/unicode/NormalizationTest.txt.bz2 \
	libdnnl-dev:/usr/include/oneapi/dnnl/dnnl.h

# What make deb needs beside those.
PACKAGING := zlib1g-dev:/usr/include/zlib.h libsqlite3-dev:/usr/include/sqlite3.h \
	libpq-dev:/usr/include/postgresql/libpq-fe.h dpkg-dev:/usr/bin/dpkg-shlibdeps

# Where make install puts the program; scripts take both from the environment.
PREFIX ?= /usr/local
DESTDIR ?=
export PREFIX DESTDIR

# The program as it is installed: Swift's libraries inside, no symbols, oneDNN left to developers.
PROGRAM := .build/install/seqae
SOURCES := Package.swift $(shell find Sources Benchmarks -name '*.swift' -o -name '*.[ch]' \
	-o -name module.modulemap)

.PHONY: help denoise test crash-test fuzz build lint format snapshots install uninstall deb deb-test \
	packages packages-optional packages-packaging clean
.DEFAULT_GOAL := help
# Packages come before the build that looks for them.
.NOTPARALLEL:

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## */  make \1\t/' | expand -t 28

denoise: build  ## install what is missing, build, and repair 中，，，，国
	@.build/release/seqae denoise '中，，，，国'

test: packages packages-optional  ## install what is missing, build and run all tests
	$(FOUND) $(SWIFT) test -c release --scratch-path .build/test

crash-test: packages  ## kill a training run at KILLS=100 random instants, and let each call that writes fail
	$(FOUND) SEQAE_KILLS=$(or $(KILLS),100) $(SWIFT) test -c release --scratch-path .build/test \
		--filter 'CrashTests|whicheverCallFails|aDiskThatStaysFull'

fuzz: packages  ## a million hostile inputs for each reader (RUNS=1000000); minutes
	@Scripts/fuzz.sh

build: packages  ## build .build/release/seqae
	$(FOUND) $(SWIFT) build -c release --product seqae

lint:  ## check the format of all Swift files
	$(SWIFT) format lint --strict --recursive --parallel $(FORMATTED)

format:  ## rewrite all Swift files in the house format
	$(SWIFT) format --in-place --recursive --parallel $(FORMATTED)

snapshots: build  ## rewrite the help texts and the gallery of noise that the tests compare
	@Scripts/snapshots.sh .build/release/seqae Tests/Fixtures/command
	@Scripts/noise-gallery.sh .build/release/seqae Documentation/Noise.md

install: $(PROGRAM)  ## install the program, its models, manual page and completions into PREFIX (/usr/local)
	@Scripts/install.sh $(PROGRAM)

uninstall:  ## remove what make install put into PREFIX
	@Scripts/install.sh --uninstall

deb: packages-packaging $(PROGRAM)  ## make .build/seqae_VERSION_ARCHITECTURE.deb
	@Scripts/deb.sh $(PROGRAM) .build

deb-test: packages-packaging $(PROGRAM)  ## try the package in a bare Debian 12 that has no Swift
	@Scripts/deb-test.sh "$$(Scripts/deb.sh $(PROGRAM) .build)"

# Nothing is built anew as long as no source is newer: root needs no Swift to install.
$(PROGRAM): $(SOURCES) | packages
	$(FOUND) SEQAE_WITHOUT=onednn $(SWIFT) build -c release --product seqae --static-swift-stdlib \
		--disable-local-rpath --scratch-path .build/install
	@strip --remove-section=.comment --remove-section=.note -o $@ .build/install/release/seqae

packages:  ## install the two libraries that seqae needs, if they are missing
	@Scripts/install-packages.sh required $(REQUIRED)

packages-optional:  ## install what more of seqae and its tests can use, if it may
	@Scripts/install-packages.sh optional $(OPTIONAL)

packages-packaging:
	@Scripts/install-packages.sh required $(PACKAGING)

clean:  ## remove all that was built
	rm -rf .build
