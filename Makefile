# Everything a stranger needs: make setup, make demo, make test. Plain GNU make and sh; nothing is installed outside
# this folder. `make PYTHON=/path/to/python3.13 setup` names the Python to use.

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow test-long pictures check bench bench-imagery bench-province bench-learning bench-learning-province bench-patrols bench-store bench-plan bench-web bench-outside clean force

PYTHON ?=
export PYTHON
# Tests start hundreds of programs; each would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

ready  := .venv/.ready
vendor := eradication/report/assets/vendor/index.json eradication/web/frontend/vendor/index.json
outside := tests/benchmarks/outside
assets := $(wildcard $(addprefix eradication/,npm.py $(addprefix report/assets/,install.py package*.json)))
phone  := $(wildcard $(addprefix eradication/,npm.py $(addprefix web/frontend/,install.py package*.json)))
pytest := .venv/bin/python -m pytest
# File by file in their order: those with few tests are often the longest, and must not come last.
by_file  := --dist loadfile --no-loadscope-reorder
parallel := -n logical --maxprocesses 8 $(by_file)
# Slow tests wait more than they compute: for a kill, a browser, a lease that runs out.
several  := -n 3 $(by_file)
# A Python named on the command line is taken even if everything stands already.
named  := $(if $(filter command%,$(origin PYTHON)),force)

help:  ## cách dùng / this list
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{printf "%-31s %s\n", $$1, $$2}'

setup: $(ready) $(if $(assets),$(vendor))  ## cài đặt vào .venv / install into .venv
	@echo "Xong. Tiếp theo / Ready. Next:  make demo    or    .venv/bin/eradication --help"

demo: $(ready) $(if $(assets),$(vendor))  ## một niên vụ mô phỏng trong ./demo / one simulated season in ./demo
	.venv/bin/eradication demo demo

test: $(ready) $(if $(assets),$(vendor))  ## kiểm thử / the tests
	$(pytest) $(parallel)

test-slow: $(ready) $(if $(assets),$(vendor))  ## kiểm thử lâu / fault loops and long browser flows
	$(pytest) -m "slow and not long and not bench_web" $(several)

test-long: $(ready) $(if $(assets),$(vendor))  ## như test-slow, lặp nhiều hơn / the same with many more rounds: a night
	ERADICATION_TEST_LONG=true $(pytest) -m "slow and not bench_web" $(several)

pictures: $(ready) $(if $(assets),$(vendor))  ## chụp mọi trang / every page in both languages, on a telephone and on a desk, in .pictures
	ERADICATION_TEST_LONG=true ERADICATION_PICTURES=$(CURDIR)/.pictures $(pytest) -n 2 -m "slow" -k "serious_fault" tests/e2e/web/test_pages.py

check: $(ready)  ## kiểm tra mã nguồn / style, types, import rule, lock file
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	$(pytest) -q tests/test_architecture.py
	"$$(sh .ci/find_uv)" lock --check

bench: $(ready) $(if $(assets),$(vendor))  ## đo đạc / measurements, printed
	$(pytest) -m bench -s

bench-imagery: $(ready)  ## đo tốc độ ảnh / speed and memory of imagery, beside plain scripts
	$(pytest) -m bench_imagery -s tests/benchmarks

bench-province: $(ready)  ## đo cả tỉnh / a simulated province-season from a cold disk, 35 GB
	$(pytest) -m bench_province -s tests/benchmarks

bench-learning: $(ready)  ## đo mô hình / models on seasons they never saw, simulated, and on real series
	$(pytest) -m bench_learning -s tests/benchmarks

bench-learning-province: $(ready)  ## đo mô hình trên cả tỉnh mô phỏng / a simulated province at real prevalence, hours
	$(pytest) -m bench_learning_province -s tests/benchmarks

bench-patrols: $(ready) $(outside)/.venv/.ready  ## đo tệp tuần tra / patrols' files, cleaning, effort, beside other libraries
	$(pytest) -m bench_patrols -s tests/benchmarks

bench-store: $(ready)  ## đo kho dữ liệu / stores of ten simulated seasons, in a file and on a server
	$(pytest) -m bench_store -s tests/benchmarks

bench-plan: $(ready)  ## đo kế hoạch tuần tra / what plans find, beside habits and score order, simulated
	$(pytest) -m bench_plan -s tests/benchmarks

bench-web: $(ready)  ## đo tiếp nhận / fifty hand-ins a second for a minute, in a file and on a server
	$(pytest) -m bench_web -s tests/benchmarks tests/web tests/pipeline/reception

bench-outside: $(ready) $(outside)/.venv/.ready  ## so với thư viện khác / other libraries, in their own environment
	$(pytest) -m bench_outside -s tests/benchmarks

$(outside)/.venv/.ready: $(outside)/uv.lock $(outside)/pyproject.toml $(ready)
	@set -e; unset VIRTUAL_ENV UV_PROJECT_ENVIRONMENT; \
	"$$(sh .ci/find_uv)" sync --frozen --project $(outside) --python .venv/bin/python
	@touch $@

clean:  ## xóa những gì setup đã tạo / remove what setup made (not ./demo)
	rm -rf .venv .uv $(outside)/.venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist \
		eradication/report/assets/vendor eradication/web/frontend/vendor eradication/web/frontend/testing

$(ready): uv.lock pyproject.toml .ci/find_uv .ci/find_python $(named)
	@set -e; unset VIRTUAL_ENV UV_PROJECT_ENVIRONMENT; \
	uv=$$(sh .ci/find_uv); \
	python=$$(sh .ci/find_python "$$uv"); \
	echo "Python: $$python"; echo "uv:     $$uv"; \
	"$$uv" sync --frozen --all-extras --compile-bytecode --python "$$python"
	@touch $@

eradication/report/assets/vendor/index.json: $(ready) $(assets)
	.venv/bin/python -m eradication.report.assets.install
	@touch $@

eradication/web/frontend/vendor/index.json: $(ready) $(phone)
	.venv/bin/python -m eradication.web.frontend.install
	@touch $@
