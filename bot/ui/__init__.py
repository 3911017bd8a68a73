"""What all features share that show something in Discord: sending, buttons, permissions, explaining errors."""
