"""Safety's kinds of jobs, made known to the worker; the tasks themselves are follow-up's."""

from pv.actions import reports

KINDS = (reports.KIND,)  # importing a module registers the handler of its kind of job
