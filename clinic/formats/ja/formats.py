"""2026年11月20日(金) 14:30."""

DATE_FORMAT = "Y年n月j日(D)"
MONTH_DAY_FORMAT = "n月j日(D)"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "Y年n月j日(D) H:i"
