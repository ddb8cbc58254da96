"""Every address of the product."""

from django.urls import include, path

from followup.core.http.address_tree import tree
from followup.web.urls import urlpatterns as of_follow_up
from pv.api.urls import urlpatterns as of_the_api
from pv.web.urls import urlpatterns as of_safety

urlpatterns = [
    path("api/v1/", include(tree(of_the_api))),
    *tree([*of_follow_up, *of_safety]),
]
handler400 = "followup.core.http.errors.bad_request"
handler404 = "followup.core.http.errors.not_found"
handler500 = "followup.core.http.errors.server_error"
