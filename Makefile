# Two commands matter: make run, make test. The rest helps when working on Millrace.
# The target folder is where CARGO_TARGET_DIR says.

.DEFAULT_GOAL := help
.PHONY: help run test demo bench bench-modes bench-engine bench-downloads bench-images bench-window bench-lab bench-page counts coverage fuzz torture kills setup setup-test fmt lint docs screenshots film deb deb-check tarball notices

help: ## this list
	@echo 'make run ARGS="..."   builds Millrace and opens its window; without a screen draws the demo into a picture'
	@echo 'make test             formatting, lints, tests and documentation'
	@echo 'make demo             the window with the demo batch'
	@echo 'make bench            measures everything and writes docs/benchmarks.md; QUICK=1 for a short run'
	@echo 'make bench-modes      measures the modes against each other; QUICK=1 for a short run'
	@echo 'make bench-engine     measures the engine beside the executors of Python; QUICK=1 for a short run'
	@echo 'make bench-downloads  measures downloads beside curl and aria2; QUICK=1 for a short run'
	@echo 'make bench-images     measures pictures beside libvips, Pillow and ImageMagick; QUICK=1 for a short run'
	@echo 'make bench-window     measures the frames of the window; QUICK=1 for a short run'
	@echo 'make bench-lab        measures what measuring in the Lab adds; QUICK=1 for a short run'
	@echo 'make bench-page       writes docs/benchmarks.md of what was measured last'
	@echo 'make counts           counts the instructions of the hot paths and compares them with those that are stored'
	@echo 'make coverage         runs the tests and says which lines they leave out; writes the table of docs/coverage.md'
	@echo 'make fuzz             feeds the readers of foreign bytes for ten minutes each, and keeps what reaches something new'
	@echo 'make torture          kills workers and the program at random under a million tasks'
	@echo 'make kills            kills the program at random while it downloads'
	@echo 'make setup            installs what building and running need (Debian, Ubuntu)'
	@echo 'make setup-test       the same for the tests'
	@echo 'make fmt              formats the code'
	@echo 'make lint             formatting and lints only'
	@echo 'make docs             writes what of the documentation follows from the code'
	@echo 'make screenshots      the pictures of the README'
	@echo 'make film             the animation of the README'
	@echo 'make deb              a package for Debian and Ubuntu'
	@echo 'make deb-check        installs that package, uses it and removes it again'
	@echo 'make tarball          the program and what belongs to it, for other systems'
	@echo 'make notices          the licences of everything that is in the program'

run:
	@scripts/run $(ARGS)

test:
	@scripts/test

demo:
	@scripts/run --demo $(ARGS)

bench:
	@scripts/bench

bench-modes:
	@scripts/bench-modes
	@scripts/bench-cargo isolation

bench-engine:
	@scripts/bench-engine

bench-downloads:
	@scripts/bench-downloads
	@scripts/bench-cargo transfers

bench-images:
	@scripts/bench-images

bench-window:
	@scripts/bench-cargo frame

bench-lab:
	@scripts/bench-cargo lab

bench-page:
	@scripts/bench-page

counts:
	@scripts/counts

coverage:
	@scripts/coverage

fuzz:
	@scripts/fuzz

torture:
	@MILLRACE_TORTURE=full cargo test --release --locked --test torture -- --nocapture

kills:
	@MILLRACE_KILLS=full cargo test --release --locked --test kills -- --nocapture

setup:
	@scripts/setup run

setup-test:
	@scripts/setup test

fmt:
	@cargo fmt

lint:
	@cargo fmt --check
	@cargo clippy --all-targets --locked -- -D warnings

docs:
	@MILLRACE_WRITE_DOCS=1 cargo test --locked --test docs

screenshots:
	@scripts/screenshots

film:
	@scripts/film

deb:
	@scripts/package deb

deb-check:
	@scripts/package check

tarball:
	@scripts/package tarball

notices:
	@scripts/notices
