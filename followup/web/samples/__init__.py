"""Pages of samples: the list and the scanner, one sample, its steps, its results, its labels."""

from followup.web.samples import certificate, custody, labels, pages, results, sampling, storage

urlpatterns = [
    *storage.urlpatterns,
    *pages.urlpatterns,
    *certificate.urlpatterns,
    *labels.urlpatterns,
    *custody.urlpatterns,
    *results.urlpatterns,
    *sampling.urlpatterns,
]
