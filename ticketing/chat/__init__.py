"""A session as a live chat: its Sunshine conversation, what goes in and what comes back."""
