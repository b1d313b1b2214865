"""Who pays: insurers, policies, authorisations and the cover of each appointment."""

from insurers.models.cover import Authorisation, Cover
from insurers.models.fees import Charge, FeeAgreement
from insurers.models.invoices import Invoice, InvoiceLine, NumberSeries, Payment
from insurers.models.payers import Funding, Insurer, Policy

__all__ = [
    "Authorisation",
    "Charge",
    "Cover",
    "FeeAgreement",
    "Funding",
    "Insurer",
    "Invoice",
    "InvoiceLine",
    "NumberSeries",
    "Payment",
    "Policy",
]
