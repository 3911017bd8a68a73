"""What the bot does, without Discord: libraries, questions, changes, the queue, the shutdown."""
