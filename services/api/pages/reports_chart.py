"""A chart of arrivals: bars by minute, said in words for who can't see them."""

from typing import Any

from nicegui import ui

from services.api.office.reports.bars import Bars
from services.api.pages.parts import subtitle
from services.api.pages.shell import OfficePage

_GREY = "#7b828e"
"""Read on light and on dark."""
_PUNCTUAL, _LATE = "#3b74e0", "#d98a1f"


def arrivals_chart(page: OfficePage, bars: Bars) -> None:
    """Draw who came when; where nobody did, say so."""
    subtitle(bars.title or page.say("report.arrivals"), "h3")
    if not bars.labels:
        ui.label(page.say("reports.nobody_came")).classes("nero-empty")
        return
    most = page.say("report.most_per_minute", count=bars.most)
    chart = ui.echart(_options(page, bars)).classes("nero-chart")
    chart.props.update({"role": "img", "aria-label": f"{bars.title}: {bars.labels[0]}–{bars.labels[-1]}, {most}"})


def _options(page: OfficePage, bars: Bars) -> dict[str, Any]:
    axis = {"axisLabel": {"color": _GREY}, "axisLine": {"lineStyle": {"color": _GREY}}}
    series = ((page.say("status.present"), bars.punctual, _PUNCTUAL), (page.say("status.late"), bars.late, _LATE))
    return {
        "animation": False,
        "tooltip": {"trigger": "axis"},
        "legend": {"textStyle": {"color": _GREY}, "top": 0},
        "grid": {"left": 40, "right": 12, "top": 34, "bottom": 26},
        "xAxis": {"type": "category", "data": list(bars.labels), **axis},
        "yAxis": {"type": "value", "minInterval": 1, **axis, "splitLine": {"lineStyle": {"opacity": 0.25}}},
        "series": [
            {
                "name": name,
                "type": "bar",
                "stack": "came",
                "barMaxWidth": 28,
                "data": list(data),
                "itemStyle": {"color": colour},
            }
            for name, data, colour in series
        ],
    }
