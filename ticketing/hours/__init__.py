"""Office hours: when people answer, read from the settings or from Zendesk's schedules."""
