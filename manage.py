#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    if sys.argv[1:2] == ["screen"]:  # tries rules anywhere: it signs nothing and opens no database
        os.environ.setdefault("SECRET_KEY", "nothing-is-signed")
        os.environ.setdefault("DATABASE_URL", "postgresql:///none")
    execute_from_command_line(sys.argv)
