"""Pages of laboratory values."""

from followup.web.laboratory import entry, grid, values

urlpatterns = [*grid.urlpatterns, *entry.urlpatterns, *values.urlpatterns]
