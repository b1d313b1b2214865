"""Who pays: insurers, policies, authorisations and the cover of each appointment."""

from insurers.models.cover import Authorisation, Cover
from insurers.models.documents import Document
from insurers.models.fees import Charge, FeeAgreement
from insurers.models.history import Change
from insurers.models.house import CoverRules
from insurers.models.invoices import Invoice, InvoiceLine, NumberSeries, Payment
from insurers.models.payers import Funding, Insurer, Policy

__all__ = [
    "Authorisation",
    "Change",
    "Charge",
    "Cover",
    "CoverRules",
    "Document",
    "FeeAgreement",
    "Funding",
    "Insurer",
    "Invoice",
    "InvoiceLine",
    "NumberSeries",
    "Payment",
    "Policy",
]
