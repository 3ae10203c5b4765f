import io

from services.launcher.merged_log import MergedLog


def test_each_line_has_its_processs_name() -> None:
    out = io.StringIO()
    log = MergedLog(out)
    log.line("capture", "camera is live")
    log.line("liveness-1", "took A__door1")
    assert out.getvalue() == "capture      │ camera is live\nliveness-1   │ took A__door1\n"


def test_each_process_has_a_colour_of_its_own_on_a_terminal() -> None:
    out = io.StringIO()
    log = MergedLog(out, colour=True)
    log.line("capture", "one")
    log.line("web", "two")
    first, second = out.getvalue().splitlines()
    assert first.startswith("\x1b[36mcapture")
    assert second.startswith("\x1b[33mweb")


def test_without_a_terminal_the_last_lines_are_kept_for_when_it_fails() -> None:
    log = MergedLog(None)
    for number in range(100):
        log.line("web", str(number))
    assert log.last_words("web")[-1] == "99"
    assert len(log.last_words("web")) == 40
    assert log.last_words("capture") == []
