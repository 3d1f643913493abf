"""Every verb in a large store beside a small store: what grows, and how fast."""
