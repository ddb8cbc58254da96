"""China's report form of an adverse reaction (药品不良反应/事件报告表): all values of a case.

Source: ADR reporting and monitoring measures (Order 81 of 2011), annex 1; layout from memory, high
confidence.
"""

from pv.domain.adverse_reaction_reports.form import AdverseReactionReport, Cell, Section, report

__all__ = ["AdverseReactionReport", "Cell", "Section", "report"]
