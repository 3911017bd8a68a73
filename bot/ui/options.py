"""Options that several commands have.

What is too long to be a title or a date Discord does not even send; it would come back in a message that is too long.
"""

from discord import app_commands

CHOICES = 25
"""How many choices Discord shows at the most."""

Title = app_commands.Range[str, 1, 100]
Date = app_commands.Range[str, 1, 40]
Address = app_commands.Range[str, 1, 2000]
