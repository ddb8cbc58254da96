"""Pages of the risk management plans."""

from pv.web.risk_plans import lines, measures, versions

urlpatterns = [*versions.urlpatterns, *lines.urlpatterns, *measures.urlpatterns]
