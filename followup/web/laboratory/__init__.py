"""Pages of laboratory values."""

from followup.web.laboratory import entry, files, grid, haematotoxicity, messages, values

urlpatterns = [
    *grid.urlpatterns,
    *entry.urlpatterns,
    *values.urlpatterns,
    *haematotoxicity.urlpatterns,
    *files.urlpatterns,
    *messages.urlpatterns,
]
