"""Pages of laboratory values."""

from followup.web.laboratory import entry, files, grid, values

urlpatterns = [
    *grid.urlpatterns,
    *entry.urlpatterns,
    *values.urlpatterns,
    *files.urlpatterns,
]
