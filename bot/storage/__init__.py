"""What the bot keeps in its own database: answers, server settings, jobs, what can be taken back."""
