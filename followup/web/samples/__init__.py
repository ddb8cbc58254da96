"""Pages of samples: list and scanner, one sample, its steps and results, labels, boxes, kits."""

from followup.web.samples import (
    certificate,
    custody,
    kits,
    labels,
    pages,
    results,
    sampling,
    storage,
)

urlpatterns = [
    *kits.urlpatterns,
    *storage.urlpatterns,
    *pages.urlpatterns,
    *certificate.urlpatterns,
    *labels.urlpatterns,
    *custody.urlpatterns,
    *results.urlpatterns,
    *sampling.urlpatterns,
]
