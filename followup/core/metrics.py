"""Figures for monitoring, and the text format in which Prometheus reads them (0.0.4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Gauge:
    """One figure: `everwatch_` and its name, what it says, its value for each set of labels."""

    name: str
    text: str
    values: Mapping[tuple[tuple[str, str], ...], float] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, text: str, value: float) -> "Gauge":
        """A figure without labels."""
        return cls(name, text, {(): value})

    @classmethod
    def by(cls, name: str, text: str, label: str, values: Mapping[str, float]) -> "Gauge":
        """A figure with one label."""
        return cls(name, text, {((label, key),): value for key, value in values.items()})


def exposition(gauges: Iterable[Gauge]) -> str:
    """The figures as Prometheus scrapes them."""
    lines = []
    for gauge in gauges:
        name = f"everwatch_{gauge.name}"
        lines += [f"# HELP {name} {_escaped(gauge.text)}", f"# TYPE {name} gauge"]
        for labels, value in gauge.values.items():
            pairs = ",".join(f'{key}="{_escaped(word, quotes=True)}"' for key, word in labels)
            lines.append(f"{name}{'{' + pairs + '}' if pairs else ''} {value:.12g}")
    return "\n".join(lines) + "\n"


def _escaped(text: str, *, quotes: bool = False) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quotes else text
