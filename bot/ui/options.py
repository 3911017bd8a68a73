"""Options that several commands have.

Discord refuses a value that is too long for a title or a date. A message that repeats it would be too long as well.
"""

from discord import app_commands

CHOICES = 25
"""How many choices Discord shows at the most."""

Title = app_commands.Range[str, 1, 100]
Date = app_commands.Range[str, 1, 40]
Address = app_commands.Range[str, 1, 2000]
