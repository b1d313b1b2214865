"""Who pays: insurers, policies, authorisations and the cover of each appointment."""

from insurers.models.cover import Authorisation, Cover
from insurers.models.payers import Funding, Insurer, Policy

__all__ = ["Authorisation", "Cover", "Funding", "Insurer", "Policy"]
