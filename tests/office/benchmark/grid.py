"""The master grid with 20,000 students and 200,000 rows: the first page, a filter, the end, a save of 200 edits.

Everything is timed in the page itself: from the act (for the first page, from the start of the navigation) until
the browser shows what was asked for.
"""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime

from playwright.sync_api import Browser, Page

from tests.office.benchmark.stage import line, machine, stage
from tests.office.benchmark.term import SITTINGS_EACH, STUDENTS, exam_code, fill
from tests.office.site import OfficeSite

ROWS = STUDENTS * SITTINGS_EACH
EDITS = 200
_PAGE = "/office/attendance"
_TOOLS = """
window.bench = {
  api: () => getElement(document.querySelector('.nero-grid').id.slice(1)).api,
  text: (row, column) => document.querySelector(`.ag-row[row-index="${row}"] .ag-cell[col-id="${column}"]`)?.textContent ?? '',
  total: (name) => Number(document.querySelector(`[data-total=${name}] b`)?.textContent.replaceAll(',', '')),
  frame: () => new Promise(requestAnimationFrame),
  async until(holds) {
    const end = performance.now() + 60000;
    while (!holds()) {
      if (performance.now() > end) throw new Error(`never: ${holds}`);
      await this.frame();
    }
    await this.frame();
    return performance.now();
  },
  async time(act, holds) {
    const begin = performance.now();
    act();
    return (await this.until(holds)) - begin;
  },
};
"""
_FIRST = (
    f"bench.until(() => bench.text(0, 'student_id') && bench.text(10, 'student_id') && bench.total('rows') === {ROWS})"
)
_FILTER = """(code) => {
  const input = document.querySelector('.ag-floating-filter input[aria-label^="Exam"]');
  return bench.time(
    () => { input.value = code; input.dispatchEvent(new Event('input', { bubbles: true })); },
    () => bench.text(0, 'exam') === code && bench.text(5, 'exam') === code && bench.total('rows') === ROWS_OF_ONE,
  );
}"""
_END = """() => bench.time(
  () => { document.querySelector('.ag-body-vertical-scroll-viewport, .ag-body-viewport').scrollTop = 1e9; },
  () => bench.text(TOTAL - 1, 'student_id'),
)"""
_TOP = "() => { bench.api().ensureIndexVisible(0, 'top'); return bench.until(() => bench.text(0, 'student_id')); }"
_SWAP = """async () => {
  const api = bench.api();
  api.ensureIndexVisible(EDITS - 1);
  await bench.until(() => api.getDisplayedRowAtIndex(EDITS - 1)?.data);
  const rows = [];
  for (let index = 0; index < EDITS; index++) rows.push(api.getDisplayedRowAtIndex(index));
  const at = (student, sitting) => rows.find(({ data }) => data.student_id === student && data.sitting_id === sitting);
  const tables = rows.map(({ data }) => {
    const number = Number(data.student_id.slice(1));
    const other = `S${String(number <= 10 ? number + 10 : number - 10).padStart(5, '0')}`;
    return at(other, data.sitting_id).data.table;
  });
  rows.forEach((row, index) => row.setDataValue('table', tables[index]));
  const save = document.querySelector('.nero-tool.save');
  await bench.until(() => save.textContent.includes(EDITS));
  const status = document.querySelector('.nero-grid-status');
  return bench.time(() => save.click(), () => status.textContent.startsWith('Saved') && save.disabled);
}"""


def main(arguments: Sequence[str]) -> int:
    """Fill a database, open the page, measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.office.benchmark grid")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args(arguments)
    run(given.database, given.rounds)
    return 0


def run(database: str, rounds: int) -> None:
    """Measure on one database."""
    with stage(database, "web") as (site, browser):
        fill(site.engine, datetime.now(UTC))
        print(f"{STUDENTS:,} students, {ROWS:,} rows on {database}; {machine()}")
        page = _open(site, browser)
        print(line("the first page, from the navigation's start", [_first(page) for _ in range(rounds)]), flush=True)
        print(line("a filter, from its last letter", _filters(page, rounds)), flush=True)
        print(line("the scroll to the end", [_end(page) for _ in range(rounds)]), flush=True)
        print(line(f"a save of {EDITS} edits", [_save(page) for _ in range(rounds)]), flush=True)


def _open(site: OfficeSite, browser: Browser) -> Page:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(60_000)
    context.add_cookies([site.cookie("admin")])  # type: ignore[list-item]
    context.add_init_script(_TOOLS)
    page = context.new_page()
    page.goto(site.url + _PAGE)
    page.evaluate(_FIRST)
    return page


def _first(page: Page) -> float:
    page.reload(wait_until="commit")
    took: float = page.evaluate(_FIRST)
    return took


def _filters(page: Page, rounds: int) -> list[float]:
    times = [page.evaluate(_with_numbers(_FILTER), exam_code(number * 7)) for number in range(rounds)]
    page.evaluate("() => bench.api().setFilterModel(null)")
    page.evaluate(f"bench.until(() => bench.total('rows') === {ROWS})")
    return times


def _end(page: Page) -> float:
    page.evaluate(_TOP)
    page.evaluate("() => bench.api().purgeInfiniteCache()")
    page.evaluate("bench.until(() => bench.text(0, 'student_id'))")
    took: float = page.evaluate(_with_numbers(_END))
    page.evaluate(_TOP)
    return took


def _save(page: Page) -> float:
    page.wait_for_load_state("networkidle")  # what the save before made the page fetch
    took: float = page.evaluate(_with_numbers(_SWAP))
    return took


def _with_numbers(script: str) -> str:
    of_one = STUDENTS * SITTINGS_EACH // 100
    return script.replace("ROWS_OF_ONE", str(of_one)).replace("TOTAL", str(ROWS)).replace("EDITS", str(EDITS))
