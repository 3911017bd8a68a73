"""Watches a running bot: gathers facts, judges its health, restarts what stands still, and tells the operator."""
