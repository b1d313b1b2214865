"""How dates and hours are written, a folder per language: templates name a format, such as `{{ starts|date:"DATETIME_FORMAT" }}`."""
