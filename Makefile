# Everything is one command, also on a fresh machine: each target sets the machine up first, which costs a moment
# when nothing is to be done. `make` alone lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup setup-demo setup-tests demo check test lint unit slow rostest browser protocol fuzz faults bench notebook model marks lock test-py38 clean

in_ros := tools/ros-env
python := $(in_ros) python

help: ## this list
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 24

setup: ## system packages, .venv with all that training needs, and the workspace
	@tools/setup

setup-demo: ## the same without TensorFlow: what the demo and a robot need
	@tools/setup demo

setup-tests: ## as setup, and what the linters and tests need
	@tools/setup tests

demo: setup-demo ## the simulated robot sorts cubes, and ends with a table (ARGS="gui:=true": with RViz)
	@tools/run-demo $(ARGS)

check: setup-tests ## what one runs while working: linters, unit tests, two rostests
	@$(python) tools/tests/run_tests.py check

test: setup-tests ## every check there is, with one closing line
	@$(python) tools/tests/run_tests.py

lint: setup-tests ## linters and the type checker
	@$(python) tools/tests/run_tests.py lint

unit: setup-tests ## unit tests (ARGS="-k words" and other options of pytest)
	@$(in_ros) python -m pytest test/unit $(ARGS)

slow: setup-tests ## the tests that train or load networks
	@$(in_ros) python -m pytest test/slow $(ARGS)

rostest: setup-tests ## the rostests (TEST=capture: only test/rostest/capture.test)
	@$(python) tools/tests/run_tests.py rostest $(TEST)

browser: setup-tests ## the tests of the annotation page in a real browser (ARGS=... as for unit)
	@$(in_ros) python -m pytest test/browser $(ARGS)

protocol: setup-tests ## every order in which the robot's nodes can act, explored for some minutes
	@$(in_ros) python test/protocol

faults: setup ## harm to the running system for 20 minutes, judged from outside (ARGS="--minutes 5 --seed 2")
	@$(in_ros) python test/faults/campaign.py $(ARGS)

fuzz: setup-tests ## files changed at random for every reader, ten minutes each (ARGS="voc --seconds 60")
	@$(in_ros) python test/fuzz/run.py $(ARGS)

bench: setup ## the measurements, in one table (BENCH="start runtimes": only these, ARGS="--long --write")
	@$(python) -m bench $(BENCH) $(ARGS)

notebook: setup-tests ## Jupyter, installed when first asked for, on notebooks/first_look.ipynb (ARGS=notebooks/fr/first_look.ipynb)
	@tools/notebook $(ARGS)

model: setup ## make models/cube_faces again from nothing, about six hours; goes on where it was (ARGS="--seed 2")
	@$(in_ros) python tools/models/make_model.py $(ARGS)

marks: setup ## make models/marks again, the network to start from, over an hour; goes on where it was (ARGS=...)
	@$(in_ros) python tools/models/make_marks.py $(ARGS)

lock: ## pin the newest Python packages that fit requirements/*.in (PYTHON38=... for ROS Noetic's)
	@tools/lock.py requirements/debian12-py311.txt
	@$(if $(PYTHON38),tools/lock.py requirements/noetic-py38.txt $(PYTHON38))

test-py38: ## the unit tests that need no ROS, under ROS Noetic's Python (PYTHON38=path of a Python 3.8)
	@tools/test-py38 "$(or $(PYTHON38),python3.8)"

clean: ## remove what was made: .venv, build, .ws, .cache
	rm -rf .venv .venv-py38 build .ws .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
