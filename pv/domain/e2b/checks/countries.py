"""Country codes a message may carry: ISO 3166-1 alpha-2 and the EU that ICH adds.

Source: ISO 3166-1, as ICH E2B(R3) asks (domain 6).
"""

from pv.domain.e2b import elements

# ISO 3166-1, officially assigned codes; EU is exceptionally reserved and accepted by ICH.
COUNTRIES = frozenset(elements.COUNTRIES)
