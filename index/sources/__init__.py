"""Where articles come from. Every source ends in Articles, and names what it could not take in and why."""
