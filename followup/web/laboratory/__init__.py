"""Pages of laboratory values."""

from followup.web.laboratory import entry, files, grid, messages, values

urlpatterns = [
    *grid.urlpatterns,
    *entry.urlpatterns,
    *values.urlpatterns,
    *files.urlpatterns,
    *messages.urlpatterns,
]
